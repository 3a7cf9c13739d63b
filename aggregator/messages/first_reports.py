"""Codes of the reasons for which a date of publication does not count when the first report of a story is sought."""

from __future__ import annotations

from aggregator.messages.message import Code

UNDATED = Code("first.undated", "没有可用的发布时间")
ROUNDED = Code("first.rounded", "发布时间只精确到日")
BACKDATED = Code("first.backdated", "这家媒体标注的时间常常不准")
SEEN_LATE = Code("first.seen-late", "在别家报道之后才出现在它的订阅源里")
