"""Suggestions for a search without results: similar searches that have some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aggregator.steps.text.search_query import SearchQuery, parse_query
from web.i18n.language import t
from web.site import Site
from web.views.search_places import corrections
from web.views.search_request import SearchBudget, SearchRequest, join_terms

MAX_SUGGESTIONS = 3


def suggest_searches(request: SearchRequest, budget: SearchBudget) -> list[tuple[str, str]]:
    """Return (label, URL) of similar searches that have results."""
    suggestions: list[tuple[str, str]] = []
    for label, variation in _variations(request):
        if budget.is_spent or len(suggestions) == MAX_SUGGESTIONS:
            break
        if variation.path not in [path for _, path in suggestions] and budget.search(variation).cards:
            suggestions.append((label, variation.path))
    return suggestions


def suggest_corrections(site: Site, request: SearchRequest, budget: SearchBudget) -> list[tuple[str, str]]:
    """Return (words, URL) of searches for similar names of places and outlets that have results."""
    return [(found.words, found.path) for found in corrections(site, request) if budget.search(found).cards]


def _variations(request: SearchRequest) -> Iterator[tuple[str, SearchRequest]]:
    labels = {
        "within": t("不限时间"),
        "region": t("不限地区"),
        "category": t("不限分类"),
        "source": t("不限来源"),
    }
    for name in request.active_filters:
        yield labels[name], replace(request, **{name: ""})  # type: ignore[arg-type]
    unfiltered = request.without_filters()
    if len(request.active_filters) > 1:
        yield t("在全部条目里再找一次"), unfiltered
    parsed = parse_query(request.words)
    if parsed.excluded and parsed.required:
        yield t("不排除任何词"), replace(request, words=join_terms(parsed.required))
    for part in _query_parts(parsed):
        yield t("只搜“%(words)s”", words=part), replace(unfiltered, words=part)


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
