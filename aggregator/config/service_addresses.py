"""The addresses that chat services show for a robot, as Apprise writes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

_Rewrite = Callable[[str, dict[str, str]], str | None]


def _wecom(path: str, query: dict[str, str]) -> str | None:
    return f"wecombot://{query['key']}" if path == "/cgi-bin/webhook/send" and "key" in query else None


def _dingtalk(path: str, query: dict[str, str]) -> str | None:
    if path != "/robot/send" or "access_token" not in query:
        return None
    secret = f"{query['secret']}@" if "secret" in query else ""
    return f"dingtalk://{secret}{query['access_token']}"


def _feishu(path: str, query: dict[str, str]) -> str | None:
    match = re.fullmatch(r"/open-apis/bot/v2/hook/([\w-]+)/?", path)
    return f"feishu://{match[1]}" if match else None


def _lark(path: str, query: dict[str, str]) -> str | None:
    match = re.fullmatch(r"/open-apis/bot/v2/hook/([\w-]+)/?", path)
    return f"lark://{match[1]}" if match else None


_SERVICES: dict[str, _Rewrite] = {
    "qyapi.weixin.qq.com": _wecom,
    "oapi.dingtalk.com": _dingtalk,
    "open.feishu.cn": _feishu,
    "open.larksuite.com": _lark,
}


def service_address(url: str) -> str:
    """Return the address for Apprise if it is that of a robot of a known service; any other unchanged."""
    try:
        parts = urlsplit(url)
        rewrite = _SERVICES.get(parts.hostname or "") if parts.scheme == "https" else None
    except ValueError:
        return url
    if rewrite is None:
        return url
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return rewrite(parts.path, query) or url


def is_webhook(url: str) -> bool:
    """Return whether an address gets signed JSON; every other goes through Apprise."""
    return re.match(r"https?://", service_address(url), re.IGNORECASE) is not None
