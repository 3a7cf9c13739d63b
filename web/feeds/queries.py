"""Validation of the query parameters of feed URLs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aggregator.config.load import Config
from aggregator.model import Cursor
from aggregator.publishing.render import FeedWindow, SearchFeedQuery
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from feeds.dates.parse import parse_date
from web.views.text import clean_input

_MAX_TEXT = 100
_MAX_QUERY = 2000
_QUERY = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
_UNIX = re.compile(r"\d{9,11}", re.ASCII)
_CURSOR = re.compile(r"(.+)_([1-9]\d{0,17})", re.ASCII)
_TIME_HINT = "write a time such as 2026-05-20T08:00:00Z, 2026-05-20 or seconds since 1970"

QueryParameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class InvalidQuery:
    """The reason why a query is rejected."""

    message: str


def canonical_query(raw: str) -> str:
    """Return the known parameters of a query as written, or "" if they are too long or invalid (RFC 3986 3.4)."""
    parts = [part for part in raw.split("&") if part.partition("=")[0] in _PARAMETERS]
    canonical = "&".join(parts)
    return canonical if len(canonical) <= _MAX_QUERY and _QUERY.fullmatch(canonical) else ""


def parse_window(query: QueryParameters, path: str, raw_query: str) -> FeedWindow | InvalidQuery | None:
    """Return the part of a feed that is requested, None for the feed itself, or why the query is invalid.

    Unknown parameters are ignored.
    """
    if "since" not in query and "before" not in query:
        return None
    if "/archive/" in path:
        return InvalidQuery("An archive accepts neither since nor before.\n")
    since = before = None
    if "since" in query:
        since = _time(query["since"][0])
        if since is None:
            return InvalidQuery(f"since: {_TIME_HINT}.\n")
    if "before" in query:
        before = _cursor(query["before"][0])
        if before is None:
            return InvalidQuery(f"before: {_TIME_HINT}.\n")
        if path.startswith("/feeds/hot."):
            return InvalidQuery(
                "The hot feed is ordered by hotness and does not accept before; use since or its archives.\n"
            )
    return FeedWindow(since, before, raw_query)


def parse_search(query: QueryParameters, path: str, config: Config, store: Store) -> SearchFeedQuery | InvalidQuery:
    """Return a search with its filters, or why the query is invalid."""
    text = clean_input(query.get("q", [""])[0], _MAX_TEXT)
    if not text:
        return InvalidQuery(f"q: missing search terms; use {path}?q=WORDS\n")
    category, region, source = (clean_input(query.get(name, [""])[0], _MAX_TEXT) or None for name in _FILTERS)
    known_category = config.category_tree.find(category) if category else None
    if category and known_category is None:
        return InvalidQuery(f"category: {category} does not exist; see /feeds.\n")
    if region and Gazetteer.load().get(region) is None:
        return InvalidQuery(f"region: {region} is not a GB/T 2260 code such as 370400.\n")
    if source and not any(listed_source.slug == source for listed_source in store.sources()):
        return InvalidQuery(f"source: {source} does not exist; see /sources.\n")
    before = _cursor(query["before"][0]) if "before" in query else None
    if before is None and "before" in query:
        return InvalidQuery(f"before: {_TIME_HINT}.\n")
    return SearchFeedQuery(text, known_category.path if known_category else None, region, source, before)


_FILTERS = ("category", "region", "source")
_PARAMETERS = frozenset({"q", "since", "before", *_FILTERS})


def _cursor(text: str) -> Cursor | None:
    match = _CURSOR.fullmatch(text)
    published = _time(match[1] if match else text)
    return Cursor(published, int(match[2]) if match else 0) if published else None


def _time(text: str) -> datetime | None:
    """Return a time in UTC, in whole seconds, or None if it is invalid. An unescaped "+" arrives as a space."""
    text = text.strip()[:40]
    if _UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    parsed = parse_date(re.sub(r"(?<=\d) (?=\d\d:?\d\d$)", "+", text)) if "T" in text else parse_date(text)
    return parsed.astimezone(UTC).replace(microsecond=0) if parsed else None
