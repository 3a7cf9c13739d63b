"""Codes of reasons for the next poll time. The English text continues "because it"."""

from __future__ import annotations

from aggregator.messages.message import Code, Message

FIXED = Code("poll.fixed-interval", "按配置的固定间隔")
PUSHED = Code("poll.pushed", "有即时推送，抓取只作核对")
NEW = Code("poll.new-source", "新来源，还在了解它的发布规律")
SKIPPED = Code("poll.skip-hours", "对方请求这段时间不要来访")
RETRY_AFTER = Code("poll.retry-after", "对方请求稍后再来")
UPDATE_INTERVAL = Code("poll.update-interval", "对方声明了更新间隔")
FRESHNESS = Code("poll.freshness", "对方声明了更新间隔")
GONE = Code("poll.gone", "对方已永久停止，不再抓取")

USUAL_HOUR = Code("poll.usual-hour", "通常在那个时间发布")
QUIET_HOUR = Code("poll.quiet-hour", "这个时段很少发布，平均{rate}", rate=Message)
RATE_NOW = Code("poll.rate-now", "这个时段{rate}", rate=Message)
RATE = Code("poll.rate", "平均{rate}", rate=Message)

FAILED_ONCE = Code("poll.failed-once", "上次失败，逐次延长间隔")
FAILED = Code("poll.failed", "连续失败 {times} 次，逐次延长间隔", times=int)
BUSY_ONCE = Code("poll.busy-once", "上次失败（对方繁忙），逐次延长间隔")
BUSY = Code("poll.busy", "连续失败 {times} 次（对方繁忙），逐次延长间隔", times=int)

# rates that other codes contain
PER_HOUR = Code("rate.hour", "每小时约 {count} 条", count=int)
PER_DAY = Code("rate.day", "每天约 {count} 条", count=int)
PER_WEEK = Code("rate.week", "每周约 {count} 条", count=int)
PER_MONTH = Code("rate.month", "每月约 {count} 条", count=int)
RARELY = Code("rate.rarely", "每月不到 1 条")
