"""Probe an address for ``gedi check URL``: the document, its feeds, and whether it can be polled conditionally."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from aggregator.config.load import Config, slug_of
from aggregator.config.settings import PollingSettings
from aggregator.fetching.errors import failure_for_status
from aggregator.fetching.fetcher import Fetcher, validators_of
from aggregator.intake.digest import parse_document
from aggregator.intake.parse_task import ParseTask
from aggregator.messages import Message
from aggregator.model import Failed, Fetched, KnownItems, NotModified, ParsedDocument, Source
from aggregator.model.request_options import RequestOptions
from aggregator.texts import t
from feeds.listings.guess_selectors import guess_selectors
from feeds.model import Feed, NotAFeed
from feeds.read import read_feed
from feeds.selectors import Selectors

WELL_KNOWN_PATHS = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml")  # tried only if the page names none
MIN_SHARE = 0.6  # share of the items from which a category or region is proposed for the source


@dataclass(frozen=True, slots=True)
class Probe:
    """A document, and the response to a conditional request for it; ``conditional`` is None without validators."""

    fetched: Fetched
    conditional: str | Message | None


async def probe(
    url: str,
    polling: PollingSettings,
    clock: Callable[[], datetime],
    accept: str | None = None,
    options: RequestOptions | None = None,
) -> Probe | Failed:
    """Fetch an address, and again with its validators, if any. ``options``: how a source of the config is requested."""
    async with Fetcher(polling, polling.user_agent or "Gedi", clock=clock) as fetcher:
        first = await fetcher.get(url, accept=accept, options=options)
        if not isinstance(first, Fetched):
            return first if isinstance(first, Failed) else failure_for_status(304, first.headers, clock())
        validators = validators_of(first)
        if options and options.body is not None:
            return Probe(first, "POST")
        if not validators.etag and not validators.last_modified:
            return Probe(first, None)
        second = await fetcher.get(first.url, validators, accept=accept, options=options)
        return Probe(first, _conditional_result(second))


def _conditional_result(second: Fetched | NotModified | Failed) -> str | Message:
    if isinstance(second, NotModified):
        return "304"
    return "200" if isinstance(second, Fetched) else second.reason


async def find_at_well_known_paths(
    url: str, polling: PollingSettings, clock: Callable[[], datetime], options: RequestOptions | None = None
) -> list[str]:
    """Return the first usual address on the same site that has a feed: a last resort, one request after another."""
    async with Fetcher(polling, polling.user_agent or "Gedi", clock=clock) as fetcher:
        for path in WELL_KNOWN_PATHS:
            answer = await fetcher.get(urljoin(url, path), options=options)
            if isinstance(answer, Fetched) and isinstance(_read_fetched(answer, clock()), Feed):
                return [answer.url]
    return []


def preview(source: Source, fetched: Fetched, config: Config | None, now: datetime) -> ParsedDocument | NotAFeed:
    """Return what would be stored."""
    categories = config.settings.categories if config else ()
    return parse_document(ParseTask(source, fetched.url, fetched.headers, fetched.body, KnownItems(), now, categories))


def _read_fetched(fetched: Fetched, now: datetime) -> Feed | NotAFeed:
    kind = fetched.headers.get("content-type")
    return read_feed(fetched.body, url=fetched.url, media_type=kind, headers=fetched.headers, now=now)


def probe_facts(probed: Probe, digest: ParsedDocument, url: str, now: datetime) -> dict[str, Any]:
    """Return the facts that an admin needs before adding a feed."""
    fetched = probed.fetched
    feed = _read_fetched(fetched, now)
    return {
        "url": fetched.url,
        "title": digest.title,
        "entries": digest.entry_count,
        "unreadable": digest.skipped,
        "undated": sum(not draft.dated for draft in digest.drafts),
        "encoding": feed.encoding if isinstance(feed, Feed) else None,
        "language": feed.language if isinstance(feed, Feed) else None,
        "bytes": len(fetched.body),
        "seconds": round(fetched.elapsed, 2),
        "etag": "etag" in fetched.headers,
        "last_modified": "last-modified" in fetched.headers,
        "conditional": probed.conditional,
        "moved_to": fetched.moved_to,
        "source": propose_source(fetched.moved_to or url, digest, feed.language if isinstance(feed, Feed) else None),
    }


def propose_source(url: str, digest: ParsedDocument, language: str | None) -> dict[str, str]:
    """Return the keys of a ``[[sources]]`` block; category and region if most items share one."""
    table = {"url": url, "slug": slug_of(url), "title": digest.title or slug_of(url)}
    category = _common_value([draft.decision.category for draft in digest.drafts])
    region = _common_value([draft.place.region for draft in digest.drafts])
    valid_language = language if language and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else None
    optional = {
        "category": category,
        "region": region,
        "language": None if valid_language in ("zh-CN", "zh-cn") else valid_language,
    }
    return table | {name: value for name, value in optional.items() if value}


def _common_value(values: list[str | None]) -> str | None:
    most_common = Counter(value for value in values if value).most_common(1)
    return most_common[0][0] if most_common and most_common[0][1] >= MIN_SHARE * len(values) else None


def describe_facts(facts: dict[str, Any]) -> list[str]:
    """Return what was wrong or is worth knowing, one sentence each."""
    polling_cost = {
        "304": t("asked again, it answers 304: cheap to poll"),
        "200": t("asked again with its own validators it sends everything: every poll costs the whole document"),
        "POST": t("it is asked by POST, which is never conditional: every poll costs the whole document"),
        None: t("it sends neither ETag nor Last-Modified: every poll costs the whole document"),
    }.get(facts["conditional"], t("asked again it fails: {reason}", reason=facts["conditional"]))
    sentences = [
        t(
            "{bytes:,} bytes in {seconds} s, {encoding}; {cost}",
            bytes=facts["bytes"],
            seconds=facts["seconds"],
            encoding=facts["encoding"] or t("unknown encoding"),
            cost=polling_cost,
        )
    ]
    if facts["unreadable"]:
        sentences.append(t("{count} entries cannot be read and would be left out", count=facts["unreadable"]))
    if facts["undated"]:
        sentences.append(
            t("{count} without a usable date: they will carry the time of first sight", count=facts["undated"])
        )
    if facts["moved_to"]:
        sentences.append(t("the address has moved permanently to {address}", address=facts["moved_to"]))
    return sentences


def source_block(table: dict[str, str]) -> str:
    """Return the table as TOML."""
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in table.items()]
    return "\n[[sources]]\n" + "\n".join(lines) + "\n"


def guess_source(source: Source, page: Fetched, now: datetime) -> Source | None:
    """Return the source with guessed selectors; None if the page has no list."""
    found = guess_selectors(
        page.body,
        url=page.url,
        media_type=page.headers.get("content-type"),
        charset=source.encoding,
        zone=ZoneInfo(source.timezone),
        language=source.language,
        now=now,
        headers=page.headers,
    )
    return replace(source, kind="html", select=found.select) if found else None


def selector_lines(source: Source) -> str:
    """Return the lines of a [[sources]] block with kind and selectors; "" for a feed."""
    if source.kind == "feed":
        return ""
    parts = ", ".join(
        f"{name} = {_quoted(value)}" for name, value in _selector_keys(source.kind, source.select).items()
    )
    return f'kind = "{source.kind}"\nselect = {{ {parts} }}\n'


def _selector_keys(kind: str, select: Selectors) -> dict[str, str]:
    keys = select.as_dict()
    return {"items": keys.pop("item", ""), **keys} if kind == "json" else keys


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
