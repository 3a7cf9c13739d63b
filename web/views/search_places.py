"""Regions and outlets that a search names: by name, pinyin or initials, or with one wrong character."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from aggregator.reference.gazetteer import Division
from aggregator.reference.pinyin import latin_key, reads_as
from aggregator.reference.place_search import PlaceSearch, similar_names
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.search_query import SearchQuery, SearchTerm, is_han, parse_query
from web.i18n.display_names import display_name, english_place_name, place_path
from web.site import Site
from web.views.search_request import SearchRequest, join_terms

MAX_REGIONS = 3
MAX_INITIALS_REGIONS = 6  # initials are of many places
MAX_OUTLETS = 3
MAX_CORRECTIONS = 3
MAX_CORRECTED_TERMS = 3  # terms of a query that are compared with names
OUTLETS_SECONDS = 300  # how long the list of outlets is cached


@dataclass(frozen=True, slots=True)
class NamedPage:
    """A link to a page of this site; ``detail`` distinguishes pages of one name."""

    name: str
    path: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outlet:
    """The title of a source, as published and normalized, and where it is at home."""

    slug: str
    title: str
    folded: str
    region: str


def regions_named(site: Site, words: str, *, guess: bool) -> list[NamedPage]:
    """Return the pages of the regions that a query names; with ``guess`` also by initials or with a wrong character."""
    places, text = PlaceSearch.load(site.gazetteer), _searched_text(words)
    found = places.find(text) if not latin_key(text) else _by_latin_name(site, places, text)
    limit = MAX_REGIONS
    if not found and guess and latin_key(text):
        found, limit = _nearest(site, places.find_initials(text)), MAX_INITIALS_REGIONS
    if not found and guess:
        names = dict.fromkeys(name for _, name in _similar_places(places, parse_query(words)))
        found = [division for name in names for division in places.by_name(name)]
    return [_region_page(site, division) for division in found[:limit]]


def outlets_named(site: Site, words: str) -> list[NamedPage]:
    """Return the pages of the outlets whose title a query contains, or spells in pinyin or initials."""
    text = _searched_text(words)
    key = latin_key(text)
    if len(text) < 2:
        return []
    named = (
        NamedPage(outlet.title, f"/source/{outlet.slug}")
        for outlet in _outlets(site)
        if (len(outlet.folded) > 1 and outlet.folded in text) or (key and reads_as(outlet.folded, key))
    )
    return list(islice(named, MAX_OUTLETS))


def corrections(site: Site, request: SearchRequest) -> list[SearchRequest]:
    """Return the query with one word replaced by a similar name of a place or outlet, the most similar first."""
    query = parse_query(request.words)
    places = PlaceSearch.load(site.gazetteer)
    outlets = [outlet.folded for outlet in _outlets(site)]
    found = [*_similar_places(places, query), *_similar_outlets(query, outlets)]
    return [replace(request, words=_replace_word(query, wrong, name)) for wrong, name in dict.fromkeys(found)][
        :MAX_CORRECTIONS
    ]


def split_at_place(site: Site, query: SearchQuery) -> tuple[str, ...]:
    """Return the short name of a place and the rest of a query of one word (枣庄市天气预报).

    Returns () for a query of other words.
    """
    runs = [run for term in query.required for run in term.runs]
    if len(runs) != 1 or not is_han(runs[0]):
        return ()
    (run,) = runs
    for mention, divisions in PlaceSearch.load(site.gazetteer).find_mentions(run):
        before, after = run[: mention.start], run[mention.end :]
        parts = [part for part in (before, divisions[0].short, after) if part]
        if len(parts) > 1 and all(len(part) > 1 for part in parts):
            return tuple(parts)
    return ()


def _searched_text(words: str) -> str:
    """Return the words that are searched for, normalized, without what is excluded."""
    return " ".join(run for term in parse_query(words).required for run in term.runs)


def _by_latin_name(site: Site, places: PlaceSearch, text: str) -> list[Division]:
    spelled = places.find_spelled(text)
    return spelled or [
        division for code in english_place_name(text) if (division := site.gazetteer.get(code)) is not None
    ]


def _nearest(site: Site, divisions: Iterable[Division]) -> list[Division]:
    """Return provinces and cities before counties, and those where outlets are at home before the others."""
    homes = {code for outlet in _outlets(site) for code in site.gazetteer.ancestor_codes(outlet.region)}
    return sorted(divisions, key=lambda division: (division.code not in homes, division.level))


def _similar_places(places: PlaceSearch, query: SearchQuery) -> Iterator[tuple[str, str]]:
    """Yield (part of a term, similar name of a division); the part is the whole term or its beginning."""
    for run in _han_runs(query.required):
        if places.find_mentions(run):
            continue
        for length in (len(run), *range(min(len(run) - 1, 4), 1, -1)):
            names = places.similar_names(run[:length])
            yield from ((run[:length], name) for name in names[:2])
            if names:
                break


def _similar_outlets(query: SearchQuery, titles: Sequence[str]) -> Iterator[tuple[str, str]]:
    for run in _han_runs(query.required):
        if len(run) > 2:
            yield from ((run, title) for title in similar_names(run, titles)[:2])


def _han_runs(terms: Iterable[SearchTerm]) -> list[str]:
    runs = [term.runs[0] for term in terms if len(term.runs) == 1 and is_han(term.runs[0])]
    return [run for run in runs if len(run) > 1][:MAX_CORRECTED_TERMS]


def _replace_word(query: SearchQuery, wrong: str, name: str) -> str:
    required = [
        SearchTerm((name + term.runs[0][len(wrong) :],)) if term.runs[0].startswith(wrong) else term
        for term in query.required
    ]
    return join_terms(required, query.excluded)


def _outlets(site: Site) -> list[Outlet]:
    """Return all outlets (cached)."""
    return site.cache.get(
        "search outlets",
        OUTLETS_SECONDS,
        lambda: [
            Outlet(source.slug, source.title, fold(source.title), source.region or "")
            for source in site.store.sources()
            if source.title
        ],
    )


def _region_page(site: Site, division: Division) -> NamedPage:
    outer = site.gazetteer.chain(division.code)[:-1]
    return NamedPage(display_name(division, full=True), f"/region/{division.code}", place_path(outer))
