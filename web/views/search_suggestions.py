"""Suggestions for a search without results: similar searches that have some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal
from urllib.parse import urlencode

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
        given = (("category", self.category), ("region", self.region), ("source", self.source))
        return [("q", self.words), *((name, value) for name, value in given if value)]

    @property
    def query_pairs(self) -> list[tuple[str, str]]:
        more = (("within", self.within), ("sort", self.sort if self.sort != "time" else ""))
        return [*self.filter_pairs, *((name, value) for name, value in more if value)]

    @property
    def path(self) -> str:
        return f"/search?{urlencode(self.query_pairs)}"


def suggest_searches(site: Site, query: SearchRequest) -> list[tuple[str, str]]:
    """Return (label, URL) of similar searches that have results."""
    found: list[tuple[str, str]] = []
    for tried, (words, other) in enumerate(_variations(query)):
        if tried == MAX_SEARCHES or len(found) == MAX_SUGGESTIONS:
            break
        if other.path not in [path for _, path in found] and _has_results(site, other):
            found.append((words, other.path))
    return found


def _variations(query: SearchRequest) -> Iterator[tuple[str, SearchRequest]]:
    filters = {
        "within": t("不限时间"),
        "region": t("不限地区"),
        "category": t("不限分类"),
        "source": t("不限来源"),
    }
    given = [name for name in filters if getattr(query, name)]
    for name in given:
        yield filters[name], replace(query, **{name: ""})  # type: ignore[arg-type]
    anywhere = SearchRequest(query.words, sort=query.sort)
    if len(given) > 1:
        yield t("在全部条目里再找一次"), anywhere
    understood = parse_query(query.words)
    if understood.excluded and understood.required:
        words = " ".join(_term_text(term.runs) for term in understood.required)
        yield t("不排除任何词"), replace(query, words=words)
    for piece in _query_parts(understood):
        yield t("只搜“%(words)s”", words=piece), replace(anywhere, words=piece)


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
    pieces = (run[half:], run[:half], run[-2:], run[:2])
    return [piece for piece in dict.fromkeys(pieces) if len(piece) > 1]


def _has_results(site: Site, query: SearchRequest) -> bool:
    since = site.now() - PERIODS[query.within] if query.within else None
    return bool(
        site.store.search_items(
            query.words, 1, category=query.category or None, region=query.region or None,
            source=query.source or None, since=since,
        )
    )  # fmt: skip
