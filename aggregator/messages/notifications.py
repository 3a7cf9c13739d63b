"""Codes of the texts of notifications, and of the reasons why they cannot be sent."""

from __future__ import annotations

from aggregator.messages.message import Code, Message

# Texts
STORIES = Code("notify.stories", "{site}：{count}条新闻", site=str, count=int)
INCIDENTS = Code("notify.incidents", "{site}：{count}条运行提醒", site=str, count=int)
OUTLETS = Code("notify.outlets", "{names}等{count}家媒体", names=str, count=int)
FIRST = Code("notify.first", "{outlet}最先报道", outlet=str)
MORE = Code("notify.more", "另有{count}条：{url}", count=int, url=str)
BEGAN = {
    "source": Code("notify.source", "{name}抓取失败：{reason}", name=str, reason=Message),
    "config": Code("notify.config", "config.toml有误，仍按旧的配置运行"),
    "disk": Code("notify.disk", "数据库所在的磁盘快满了"),
    "database": Code("notify.database", "数据库无法写入"),
    "service": Code("notify.service", "服务出过故障，已自行恢复"),
}
OVER = {
    "source": Code("notify.source-over", "{name}恢复正常", name=str),
    "config": Code("notify.config-over", "config.toml已改正并生效"),
    "disk": Code("notify.disk-over", "磁盘空间恢复充足"),
    "database": Code("notify.database-over", "数据库恢复写入"),
    "service": Code("notify.service-over", "服务恢复正常"),
}
SINCE = Code("notify.since", "{began}起", began=str)
FROM_TO = Code("notify.from-to", "{began}至{ended}", began=str, ended=str)
TEST_TITLE = Code("notify.test-title", "{site}：测试消息", site=str)
TEST_TEXT = Code("notify.test-text", "通知目标{name}可以收到消息。内容：{what}", name=str, what=str)

# Reasons
BAD_ADDRESS = Code("notify.bad-address", "地址不能使用：{detail}", detail=str)
REFUSED = Code("notify.refused", "对方没有接受：{detail}", detail=str)
NO_ANSWER = Code("notify.no-answer", "{seconds}秒内没有发送完", seconds=int)
CRASHED = Code("notify.crashed", "发送进程意外结束：{detail}", detail=str)
