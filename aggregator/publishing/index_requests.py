"""What search engines are sent, and what their answers mean: Baidu's 普通收录 (API 推送) and IndexNow. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from aggregator.config.load import Config
from aggregator.fetching.address_guard import is_public_url
from aggregator.messages import Message, index_errors
from aggregator.model import Fetched

BAIDU, INDEXNOW = "baidu", "indexnow"
_MAX_DETAIL = 200  # characters of an answer that are shown
_QUOTA, _TOKEN, _SITE = "over quota", "token is not valid", "site error"


@dataclass(frozen=True, slots=True)
class IndexRequest:
    """A POST that sends addresses to a search engine."""

    url: str = field(repr=False)  # Baidu's has the token in it
    headers: dict[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class IndexAnswer:
    """What came of it; ``is_taken`` whether the addresses are done with, ``remain`` how many more it takes today."""

    is_taken: bool
    error: Message | None = None
    remain: int | None = None


def configured_services(config: Config) -> tuple[str, ...]:
    """Return the search engines that are pushed to: none if they could not reach the site."""
    settings = config.publishing
    chosen = ((BAIDU, settings.baidu_token), (INDEXNOW, settings.indexnow_key))
    names = tuple(name for name, secret in chosen if secret)
    return names if names and is_public_url(config.site.url or "") else ()


def baidu_request(endpoint: str, token: str, urls: Sequence[str]) -> IndexRequest:
    """Return the push of addresses of one site: one a line."""
    joint = "&" if urlsplit(endpoint).query else "?"
    address = f"{endpoint}{joint}site={quote(origin(urls[0]), safe=':/')}&token={quote(token)}"
    return IndexRequest(address, {"Content-Type": "text/plain"}, "\n".join(urls).encode())


def indexnow_request(endpoint: str, key: str, site_url: str, urls: Sequence[str]) -> IndexRequest:
    """Return the submission of a set of addresses (indexnow.org)."""
    parts = urlsplit(site_url)
    body = {"host": parts.netloc, "key": key, "keyLocation": key_address(site_url, key), "urlList": list(urls)}
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return IndexRequest(endpoint, headers, json.dumps(body).encode())


def key_address(site_url: str, key: str) -> str:
    """Return where the site serves the key of IndexNow."""
    return f"{site_url}/{key}.txt"


def origin(url: str) -> str:
    """Return scheme and host of an address, by which Baidu knows a site."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def baidu_answer(answer: Fetched, site_url: str) -> IndexAnswer:
    """Return what an answer of Baidu means: an object with "remain" and "success", or with "error" and "message"."""
    content = _json_object(answer.body)
    message = str(content.get("message", ""))
    if _QUOTA in message:
        return IndexAnswer(False, index_errors.QUOTA(), 0)
    if _TOKEN in message:
        return IndexAnswer(False, index_errors.TOKEN())
    if _SITE in message:
        return IndexAnswer(False, index_errors.SITE(site=origin(site_url)))
    if message or answer.status >= 400:
        return IndexAnswer(False, _refused(answer, message))
    remain = content.get("remain")
    if not isinstance(remain, int) or not isinstance(content.get("success"), int):
        return IndexAnswer(False, index_errors.UNREADABLE(status=answer.status))
    lost = sum(len(found) for name in ("not_same_site", "not_valid") if isinstance(found := content.get(name), list))
    return IndexAnswer(True, index_errors.FOREIGN(count=lost) if lost else None, max(remain, 0))


def indexnow_answer(answer: Fetched, site_url: str, key: str) -> IndexAnswer:
    """Return what an answer of IndexNow means, which is in its status alone."""
    if answer.status in (200, 202):  # 202: the key will be verified
        return IndexAnswer(True)
    if answer.status == 403:
        return IndexAnswer(False, index_errors.KEY(address=key_address(site_url, key)))
    if answer.status == 429:
        return IndexAnswer(False, index_errors.BUSY())
    return IndexAnswer(False, _refused(answer, str(_json_object(answer.body).get("message", ""))))


def _refused(answer: Fetched, message: str) -> Message:
    text = message or answer.body[: 4 * _MAX_DETAIL].decode("utf-8", "replace")
    detail = " ".join("".join(char if char.isprintable() else " " for char in text).split())[:_MAX_DETAIL]
    if not detail:
        return index_errors.UNREADABLE(status=answer.status)
    return index_errors.REFUSED(detail=detail, status=answer.status)


def _json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of an answer; an empty one if it is none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
