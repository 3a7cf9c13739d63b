"""Why a visit failed and what helps, for readers of the site and of its feeds; the command line and the logs keep the
reason's own words. Pure."""

from __future__ import annotations

import re

_KINDS = {
    "bad-address": "地址写法有误，请检查config.toml里的拼写",
    "busy": "对方暂时不接受请求，会按对方要求的时间等待后重试",
    "closed": "对方没有应答就断开了连接，会自动重试",
    "connect": "连接不上对方的服务器，会自动重试",
    "crashed": "解析这份文档时子进程退出，已跳过；若一再出现，请把地址报告给开发者",
    "dns": "域名解析不了，请检查拼写或本机网络",
    "encoding": "对方的压缩方式有误，无法解开；若持续如此，请告知对方",
    "error": "解析这份文档时出错，已跳过；请把地址报告给开发者",
    "forbidden-address": "这是内网地址，默认不抓取；确实需要时写进polling.allow",
    "robots": "对方的robots.txt请程序不要访问这个地址，而[polling] robots设为遵守；请与对方商量或删去该来源",
    "gone": "对方说这个订阅源已永久关闭，不再抓取，可以从config.toml里删去",
    "internal": "程序内部出错，详情在日志里；请把它报告给开发者",
    "memory": "解析这份文档需要的内存超出限制，已跳过；请看对方有没有较短的订阅源",
    "not-a-feed": "打开的不是订阅源，请用gedi check查看这个网址有哪些订阅源",
    "no-items": "列表页上按现在的选择器找不到文章，多半是网页改版了；用gedi check可以看到新的写法",
    "protocol": "对方的应答不是正确的HTTP；若持续如此，请告知对方",
    "redirect": "重定向有误或太多次，请检查地址",
    "timeout": "对方没有在限定时间内应答，会自动重试；总是很慢的可以调高polling.timeout",
    "tls": "安全连接建立不了，多半是对方的证书有问题；请告知对方或换一个地址",
    "too-large": "文档超过大小限制，可以调高polling.max_bytes",
    "truncated": "应答中途断开，没有采用，会自动重试",
}
_STATUSES = {
    "401": "对方要求登录，请换一个公开的地址",
    "403": "对方拒绝访问，请联系对方放行，或换一个地址",
    "404": "这个地址已经没有内容，请到媒体网站找新的订阅地址",
    "406": "对方在这个地址没有订阅源，请检查地址",
    "451": "对方因法律原因不提供，可以从config.toml里删去",
}


_SERVER, _OTHER = "对方的服务器出错，会自动重试", "对方没有给出订阅源，请检查地址"


def sentences() -> tuple[str, ...]:
    """Every sentence that ``in_chinese`` knows."""
    return (*_KINDS.values(), *_STATUSES.values(), _SERVER, _OTHER)


def in_chinese(kind: str | None, error: str | None) -> str:
    """One sentence; "" while all is well. An unknown kind keeps its own words."""
    if not error:
        return ""
    found = re.search(r"\(HTTP (\d{3})", error)
    status = found[1] if found else ""
    if kind == "http":
        general = _SERVER if status.startswith("5") else _OTHER
        text = _STATUSES.get(status, general)
    else:
        text = _KINDS.get(kind or "", error)
    return f"{text}（HTTP {status}）" if status and "HTTP" not in text else text
