"""Codes of problems of a WebSub subscription."""

from __future__ import annotations

from aggregator.messages.message import Code, Message

UNCONFIRMED = Code("push.unconfirmed", "推送中心收下了请求，却没有来确认；请检查[site] url是不是别人能访问的地址")
REFUSED = Code("push.refused", "推送中心没有接受请求：{reason}", reason=Message)
DENIED = Code("push.denied", "推送中心拒绝了订阅")
DENIED_BECAUSE = Code("push.denied-because", "推送中心拒绝了订阅：{reason}", reason=str)
MISSED = Code("push.missed", "抓取时发现有{items}条新条目没有推送过来", items=int)
BAD_SIGNATURE = Code("push.bad-signature", "收到的推送没有签名，或签名不对")
OTHER_FEED = Code("push.other-feed", "收到的推送属于别的订阅源")
NO_DOCUMENT = Code("push.no-document", "收到的推送不是订阅源的文档")
