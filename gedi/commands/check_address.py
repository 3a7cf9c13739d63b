"""What ``gedi check URL`` finds out by visiting: the document, its feeds, and whether it can be asked cheaply."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from aggregator.config.load import Config, slug_of
from aggregator.config.settings import Polling
from aggregator.fetching.fetcher import Fetcher, validators_of
from aggregator.fetching.status_errors import http_failure
from aggregator.intake.digest import Task, digest
from aggregator.messages import render
from aggregator.model import Digest, Failed, Fetched, Known, NotModified, Source
from feeds.model import Feed, NotAFeed
from feeds.read import read

WELL_KNOWN = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml")  # asked only where a page names none
SURE = 0.6  # of the items: a category or region that so many share is proposed for the source


@dataclass(frozen=True, slots=True)
class Visit:
    """A document as it came, and the answer to being asked for it again. ``again`` is None without validators."""

    fetched: Fetched
    again: str | None


async def visit(url: str, polling: Polling, clock: Callable[[], datetime]) -> Visit | Failed:
    """Fetch an address; where the answer has validators, ask once more with them."""
    async with Fetcher(polling, polling.user_agent or "Gedi", clock=clock) as fetcher:
        first = await fetcher.get(url)
        if not isinstance(first, Fetched):
            return first if isinstance(first, Failed) else http_failure(304, first.headers, clock())
        return Visit(first, await _again(first, fetcher))


async def _again(first: Fetched, fetcher: Fetcher) -> str | None:
    validators = validators_of(first)
    if not validators.etag and not validators.last_modified:
        return None
    second = await fetcher.get(first.url, validators)
    if isinstance(second, NotModified):
        return "304"
    return "200" if isinstance(second, Fetched) else render(second.reason)


async def well_known(url: str, polling: Polling, clock: Callable[[], datetime]) -> list[str]:
    """The first usual address on the same site that holds a feed: a last resort, one request after the other."""
    async with Fetcher(polling, polling.user_agent or "Gedi", clock=clock) as fetcher:
        for path in WELL_KNOWN:
            answer = await fetcher.get(urljoin(url, path))
            if isinstance(answer, Fetched) and isinstance(_read(answer, clock()), Feed):
                return [answer.url]
    return []


def understood(source: Source, fetched: Fetched, config: Config | None, now: datetime) -> Digest | NotAFeed:
    """What would be stored."""
    categories = config.settings.categories if config else ()
    return digest(Task(source, fetched.url, fetched.headers, fetched.body, Known(), now, categories))


def _read(fetched: Fetched, now: datetime) -> Feed | NotAFeed:
    kind = fetched.headers.get("content-type")
    return read(fetched.body, url=fetched.url, media_type=kind, headers=fetched.headers, now=now)


def facts(seen: Visit, found: Digest, url: str, now: datetime) -> dict[str, Any]:
    """What an admin wants to know of a feed before taking it in."""
    fetched = seen.fetched
    feed = _read(fetched, now)
    return {
        "url": fetched.url,
        "title": found.title,
        "entries": found.entries,
        "unreadable": found.skipped,
        "undated": sum(not draft.dated for draft in found.drafts),
        "encoding": feed.encoding if isinstance(feed, Feed) else None,
        "language": feed.language if isinstance(feed, Feed) else None,
        "bytes": len(fetched.body),
        "seconds": round(fetched.elapsed, 2),
        "etag": "etag" in fetched.headers,
        "last_modified": "last-modified" in fetched.headers,
        "conditional": seen.again,
        "moved_to": fetched.moved_to,
        "source": proposal(fetched.moved_to or url, found, feed.language if isinstance(feed, Feed) else None),
    }


def proposal(url: str, found: Digest, language: str | None) -> dict[str, str]:
    """The keys of a ``[[sources]]`` block; category and region where most items share one."""
    table = {"url": url, "slug": slug_of(url), "title": found.title or slug_of(url)}
    category = _shared([draft.decision.category for draft in found.drafts])
    region = _shared([draft.place.region for draft in found.drafts])
    plain = language if language and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else None
    extra = {"category": category, "region": region, "language": None if plain in ("zh-CN", "zh-cn") else plain}
    return table | {name: value for name, value in extra.items() if value}


def _shared(values: list[str | None]) -> str | None:
    counted = Counter(value for value in values if value).most_common(1)
    return counted[0][0] if counted and counted[0][1] >= SURE * len(values) else None


def remarks(known: dict[str, Any]) -> list[str]:
    """What was wrong or is worth knowing, one sentence each."""
    again = {
        "304": "asked again, it answers 304: cheap to poll",
        "200": "asked again with its own validators it sends everything: every poll costs the whole document",
        None: "it sends neither ETag nor Last-Modified: every poll costs the whole document",
    }.get(known["conditional"], f"asked again it fails: {known['conditional']}")
    said = [f"{known['bytes']:,} bytes in {known['seconds']} s, {known['encoding'] or 'unknown encoding'}; {again}"]
    if known["unreadable"]:
        said.append(f"{known['unreadable']} entries cannot be read and would be left out")
    if known["undated"]:
        said.append(f"{known['undated']} without a usable date: they will carry the time of first sight")
    if known["moved_to"]:
        said.append(f"the address has moved for good to {known['moved_to']}")
    return said


def block(table: dict[str, str]) -> str:
    """The table as TOML, to paste."""
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in table.items()]
    return "\n[[sources]]\n" + "\n".join(lines) + "\n"
