"""Codes of reasons why a search engine did not take the addresses of new stories, with the remedy."""

from __future__ import annotations

from aggregator.messages.message import Code

QUOTA = Code("index.quota", "今天的推送额度用完了，明天零点后继续")
TOKEN = Code("index.token", "百度不认这个token；请到百度搜索资源平台的“普通收录”核对[publishing] baidu_token")
SITE = Code("index.site", "百度说{site}不是这个token登记的站点；请核对[site] url", site=str)
KEY = Code("index.key", "密钥没有通过验证：搜索引擎要能读到{address}", address=str)
FOREIGN = Code("index.foreign", "有{count}个地址不属于登记的站点，没有收下；请核对[site] url", count=int)
BUSY = Code("index.busy", "对方说推送得太多，会晚些再推")
REFUSED = Code("index.refused", "对方没有收下：{detail}（HTTP {status}）", detail=str, status=int)
UNREADABLE = Code("index.unreadable", "对方的应答读不懂（HTTP {status}）；请核对推送的地址", status=int)
