"""Codes of reasons why a document could not be fetched or read, with the remedy.

Several codes share a Chinese sentence that names the remedy; the English ones give more detail.
"""

from __future__ import annotations

from aggregator.messages.message import Code, Message

# ---------------------------------------------------------------- addresses
_ADDRESS = "地址写法有误，请检查config.toml里的拼写"
ADDRESS_TOO_LONG = Code("address.too-long", _ADDRESS, limit=int)
NO_ADDRESS = Code("address.not-a-url", _ADDRESS, url=str, detail=str)
NO_SCHEME = Code("address.no-scheme", _ADDRESS)
OTHER_SCHEME = Code("address.other-scheme", _ADDRESS, scheme=str)
WITH_USER = Code("address.with-user", _ADDRESS)
NO_HOST = Code("address.no-host", _ADDRESS, url=str)
IMPOSSIBLE_HOST = Code("address.impossible-host", _ADDRESS, url=str)
UNUSABLE = Code("address.unusable", _ADDRESS, url=str)
FORBIDDEN = Code("address.forbidden", "这是内网地址，默认不抓取；确实需要时写进polling.allow", host=str, place=str)
NO_RSSHUB = Code("address.no-rsshub", "这是RSSHub的路由，请在config.toml里写[polling] rsshub，即一个实例的地址")

_REDIRECT = "重定向有误或太多次，请检查地址"
REDIRECT_NOWHERE = Code("redirect.nowhere", _REDIRECT)
REDIRECT_NO_ADDRESS = Code("redirect.not-a-url", _REDIRECT)
REDIRECT_UNUSABLE = Code("redirect.unusable", _REDIRECT, reason=Message)
REDIRECT_UNPROTECTED = Code("redirect.unprotected", _REDIRECT)
REDIRECT_CIRCLE = Code("redirect.circle", _REDIRECT)
REDIRECT_POST = Code(
    "redirect.post", "对方把POST请求转到另一个地址，而请求内容只发给来源自己的地址；请在config.toml里写新的地址"
)
TOO_MANY_REDIRECTS = Code("redirect.too-many", _REDIRECT, limit=int)

# ---------------------------------------------------------------- connections
TIMEOUT = Code(
    "fetch.timeout", "对方没有在限定时间内应答，会自动重试；总是很慢的可以调高polling.timeout", seconds=float
)
DNS = Code("fetch.dns", "域名解析不了，请检查拼写或本机网络", host=str)
_TLS = "安全连接建立不了，多半是对方的证书有问题；请告知对方或换一个地址"
CERTIFICATE = Code("fetch.certificate", _TLS, host=str, detail=str)
TLS = Code("fetch.tls", _TLS, host=str)
_CONNECT = "连接不上对方的服务器，会自动重试"
REFUSED = Code("fetch.refused", _CONNECT, host=str)
UNREACHABLE = Code("fetch.unreachable", "连接不上对方的服务器，请检查本机网络", host=str)
TOO_MANY_FILES = Code("fetch.too-many-files", "本机打开的文件太多，请调高上限（ulimit -n），或调低polling.concurrency")
BROKEN_OFF = Code("fetch.broken-off", _CONNECT, host=str)
NO_CONNECTION = Code("fetch.no-connection", _CONNECT, host=str)
PROXY = Code("fetch.proxy", "代理服务器连接不上，或拒绝了请求；请检查config.toml里的proxy", host=str)
CLOSED = Code("fetch.closed", "对方没有应答就断开了连接，会自动重试", host=str)
TRUNCATED = Code("fetch.truncated", "应答中途断开，没有采用，会自动重试")
PROTOCOL = Code("fetch.protocol", "对方的应答不是正确的HTTP；若持续如此，请告知对方")
_INTERNAL = "程序内部出错，详情在日志里；请把它报告给开发者"
INTERNAL = Code("fetch.internal", _INTERNAL)
INTERNAL_READING = Code("fetch.internal-reading", _INTERNAL)
STORING_TIMEOUT = Code("fetch.storing-timeout", "数据库太忙，没能及时存下这次抓取的结果，会自动重试")
ROBOTS = Code(
    "fetch.robots", "对方的robots.txt请程序不要访问这个地址，而[polling] robots设为遵守；请与对方商量或删去该来源"
)

# ---------------------------------------------------------------- bodies
TOO_LARGE = Code("body.too-large", "文档超过大小限制，可以调高polling.max_bytes", size=str)
POSTPONED = Code("body.postponed", "同时下载的内容太多，这一份推迟，会自动重试")
_ENCODING = "对方的压缩方式有误，无法解开；若持续如此，请告知对方"
CODINGS_CHAINED = Code("body.codings-chained", _ENCODING)
CODING_UNKNOWN = Code("body.coding-unknown", _ENCODING, coding=str)
CODING_DAMAGED = Code("body.coding-damaged", _ENCODING, coding=str)
TOO_MANY_PARTS = Code("body.too-many-parts", _ENCODING)

# ---------------------------------------------------------------- responses without a feed
_BUSY = "对方暂时不接受请求，会按对方要求的时间等待后重试"
_SERVER = "对方的服务器出错，会自动重试"
_OTHER = "对方没有给出订阅源，请检查地址"


def _status(name: str, text: str) -> Code:
    """Declare a code for answers with an HTTP status: ``status`` is its number, ``line`` number and phrase."""
    return Code(f"http.{name}", text + "（HTTP {status}）", status=int, line=str)


STATUSES = {
    401: _status("401", "对方要求登录，请换一个公开的地址"),
    403: _status("403", "对方拒绝访问，请联系对方放行，或换一个地址"),
    404: _status("404", "这个地址已经没有内容，请到媒体网站找新的订阅地址"),
    406: _status("406", "对方在这个地址没有订阅源，请检查地址"),
    408: _status("408", "对方太慢，没有收下请求，会自动重试"),
    410: _status("410", "对方说这个订阅源已永久关闭，不再抓取，可以从config.toml里删去"),
    429: _status("429", _BUSY),
    451: _status("451", "对方因法律原因不提供，可以从config.toml里删去"),
    500: _status("500", _SERVER),
    502: _status("502", _SERVER),
    503: _status("503", _BUSY),
    504: _status("504", _SERVER),
}
NOT_CHANGED = _status("not-changed", _OTHER)
NO_FEED = _status("no-feed", _OTHER)
ELSEWHERE = _status("elsewhere", _OTHER)
SERVER_ERROR = _status("server-error", _SERVER)
CLIENT_ERROR = _status("client-error", _OTHER)

# ---------------------------------------------------------------- documents; ``detail``: what the reader found
_NOT_A_FEED = "打开的不是订阅源，请用gedi check查看这个网址有哪些订阅源"
_NO_ITEMS = "列表页上按现在的选择器找不到文章，多半是网页改版了；用gedi check可以看到新的写法"
NOT_A_FEED = Code("document.not-a-feed", _NOT_A_FEED, detail=str)
NOT_A_FEED_BUT = Code("document.not-a-feed-but", _NOT_A_FEED, detail=str, offer=str)
NO_ITEMS = Code("document.no-items", _NO_ITEMS, detail=str)
UNUSABLE_LIST = Code("document.unusable-list", "来源列表有误，整份没有采用：{problems}", problems=str)
CRASHED = Code("reader.crashed", "解析这份文档时子进程退出，已跳过；若一再出现，请把地址报告给开发者", detail=str)
READING_TIMEOUT = Code("reader.timeout", "解析这份文档花的时间太长，已跳过；请把地址报告给开发者", detail=str)
READING_MEMORY = Code("reader.memory", "解析这份文档需要的内存超出限制，已跳过；请看对方有没有较短的订阅源", detail=str)
READING_ERROR = Code("reader.error", "解析这份文档时出错，已跳过；请把地址报告给开发者", detail=str)
NO_ARTICLE = Code("article.no-text", "网页上找不到文章的正文")
SHORT_ARTICLE = Code("article.too-short", "网页上的正文不比订阅源里的多")
OTHER_ARTICLE = Code("article.other-text", "网页讲的是别的内容：是一则通知，或所有地址都转到的页面")

_READERS = {"crashed": CRASHED, "timeout": READING_TIMEOUT, "memory": READING_MEMORY, "error": READING_ERROR}


def reading_failed(kind: str, detail: str) -> Message:
    """Return the message for a worker process without a result; ``kind`` as in ``PoolCallFailed``."""
    return _READERS.get(kind, READING_ERROR)(detail=detail)
