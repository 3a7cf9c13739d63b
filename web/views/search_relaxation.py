"""Relax a search of several words that found nothing: without exclusions, without filters, with fewer words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from aggregator.model import ItemPage
from aggregator.steps.text.search_query import SearchQuery, parse_query
from web.i18n.language import t
from web.site import Site
from web.views.search_places import split_at_place
from web.views.search_request import SearchBudget, SearchRequest, join_terms, term_text

MAX_WORDS = 4  # words that are tried one by one


@dataclass(frozen=True, slots=True)
class RelaxedSearch:
    """A wider search with its first results, and what makes it wider."""

    request: SearchRequest
    page: ItemPage
    changes: tuple[str, ...]


def relax(site: Site, request: SearchRequest, limit: int, budget: SearchBudget) -> RelaxedSearch | None:
    """Return the first wider search that has results; None if none has, or the query is of one word."""
    query = parse_query(request.words)
    parts = split_at_place(site, query)
    words = parts or tuple(map(term_text, query.required))
    if len(words) < 2:
        return None
    for wider, changes in _with_all_words(request, query, words, is_split=bool(parts)):
        page = budget.search(wider, limit)
        if page.cards:
            return RelaxedSearch(wider, page, changes)
    found = _with_fewer_words(request, query, words, limit, budget)
    if found is None and request.active_filters:
        found = _with_fewer_words(request.without_filters(), query, words, limit, budget)
        return found and replace(found, changes=(*found.changes, _no_filters()))
    return found


def _with_all_words(
    request: SearchRequest, query: SearchQuery, words: Sequence[str], *, is_split: bool
) -> Iterator[tuple[SearchRequest, tuple[str, ...]]]:
    """Yield wider requests for all words, each with its changes."""
    text, excluded = " ".join(words), join_terms((), query.excluded)
    split = (t("分成“%(words)s”", words=text),) if is_split else ()
    if is_split:
        yield replace(request, words=f"{text} {excluded}".strip()), split
    if excluded:
        yield replace(request, words=text), (*split, t("不排除任何词"))
    if request.active_filters:
        wider = replace(request.without_filters(), words=text)
        yield wider, (*split, *((t("不排除任何词"),) if excluded else ()), _no_filters())


def _with_fewer_words(
    request: SearchRequest, query: SearchQuery, words: Sequence[str], limit: int, budget: SearchBudget
) -> RelaxedSearch | None:
    """Return the search without the rarest words that has results; words that alone find nothing go first."""
    alone = {word: budget.search(_for_words(request, query, [word]), limit) for word in words[:MAX_WORDS]}
    common = sorted((word for word in alone if alone[word].cards), key=lambda word: -len(alone[word].cards))
    for count in range(min(len(common), len(words) - 1), 0, -1):
        kept = [word for word in words if word in common[:count]]
        wider = _for_words(request, query, kept)
        page = alone[kept[0]] if count == 1 else budget.search(wider, limit)
        if page.cards:
            dropped = " ".join(word for word in words if word not in kept)
            return RelaxedSearch(wider, page, (t("去掉“%(words)s”", words=dropped),))
    return None


def _for_words(request: SearchRequest, query: SearchQuery, words: Sequence[str]) -> SearchRequest:
    return replace(request, words=" ".join([*words, join_terms((), query.excluded)]).strip())


def _no_filters() -> str:
    return t("不限分类、地区、来源和时间")
