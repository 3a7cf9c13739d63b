"""Suggestions for a search without results: similar searches that have some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from aggregator.model import SearchFilter
from aggregator.steps.text.search_query import SearchQuery, parse_query
from web.i18n.language import t
from web.site import Site

PERIODS = {"1d": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
MAX_SUGGESTIONS = 3
MAX_SEARCHES = 8  # searches made per page to find suggestions


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A validated search request; absent parameters are empty."""

    words: str
    category: str = ""
    region: str = ""
    source: str = ""
    within: str = ""
    sort: Literal["time", "rel"] = "time"

    @property
    def filter_pairs(self) -> list[tuple[str, str]]:
        """Return the query pairs that the feed of the search supports."""
        filters = (("category", self.category), ("region", self.region), ("source", self.source))
        return [("q", self.words), *((name, value) for name, value in filters if value)]

    def filters(self, now: datetime) -> SearchFilter:
        """Return the conditions for the store."""
        since = now - PERIODS[self.within] if self.within else None
        return SearchFilter(self.category or None, self.region or None, self.source or None, since)

    @property
    def query_pairs(self) -> list[tuple[str, str]]:
        """Return all query pairs, without defaults."""
        options = (("within", self.within), ("sort", self.sort if self.sort != "time" else ""))
        return [*self.filter_pairs, *((name, value) for name, value in options if value)]

    @property
    def path(self) -> str:
        """Return the URL of the search page."""
        return f"/search?{urlencode(self.query_pairs)}"


def suggest_searches(site: Site, query: SearchRequest) -> list[tuple[str, str]]:
    """Return (label, URL) of similar searches that have results."""
    suggestions: list[tuple[str, str]] = []
    for count, (label, variation) in enumerate(_variations(query)):
        if count == MAX_SEARCHES or len(suggestions) == MAX_SUGGESTIONS:
            break
        if variation.path not in [path for _, path in suggestions] and _has_results(site, variation):
            suggestions.append((label, variation.path))
    return suggestions


def _variations(query: SearchRequest) -> Iterator[tuple[str, SearchRequest]]:
    labels = {
        "within": t("不限时间"),
        "region": t("不限地区"),
        "category": t("不限分类"),
        "source": t("不限来源"),
    }
    active = [name for name in labels if getattr(query, name)]
    for name in active:
        yield labels[name], replace(query, **{name: ""})  # type: ignore[arg-type]
    unfiltered = SearchRequest(query.words, sort=query.sort)
    if len(active) > 1:
        yield t("在全部条目里再找一次"), unfiltered
    parsed = parse_query(query.words)
    if parsed.excluded and parsed.required:
        words = " ".join(_term_text(term.runs) for term in parsed.required)
        yield t("不排除任何词"), replace(query, words=words)
    for part in _query_parts(parsed):
        yield t("只搜“%(words)s”", words=part), replace(unfiltered, words=part)


def _term_text(runs: tuple[str, ...]) -> str:
    return f'"{" ".join(runs)}"' if len(runs) > 1 else runs[0]


def _query_parts(query: SearchQuery) -> list[str]:
    """Return parts of the query: each of several words, or of one long word its halves, its end and its beginning."""
    runs = sorted((run for term in query.required for run in term.runs), key=len, reverse=True)
    if len(runs) > 1:
        return [run for run in runs[:4] if len(run) > 1]
    if not runs or len(runs[0]) < 3 or runs[0].isascii():
        return []
    run, half = runs[0], (len(runs[0]) + 1) // 2
    parts = (run[half:], run[:half], run[-2:], run[:2])
    return [part for part in dict.fromkeys(parts) if len(part) > 1]


def _has_results(site: Site, query: SearchRequest) -> bool:
    return bool(site.store.search_items(query.words, 1, filters=query.filters(site.now())))
