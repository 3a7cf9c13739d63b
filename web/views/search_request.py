"""A validated search request and its URLs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from aggregator.model import Cursor, ItemPage, SearchFilter
from aggregator.steps.text.search_query import SearchTerm
from web.site import Site

PERIODS = {"1d": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}


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

    @property
    def active_filters(self) -> list[str]:
        """Return the names of the filters that are set."""
        return [name for name in ("within", "region", "category", "source") if getattr(self, name)]

    def without_filters(self) -> SearchRequest:
        """Return the request for the same words everywhere."""
        return SearchRequest(self.words, sort=self.sort)


class SearchBudget:
    """The number of searches that one page may still make for suggestions."""

    def __init__(self, site: Site, searches: int) -> None:
        self._site = site
        self._left = searches

    @property
    def is_spent(self) -> bool:
        return self._left <= 0

    def search(self, request: SearchRequest, limit: int = 1) -> ItemPage:
        """Return the results of a request; none if the budget is spent."""
        if self.is_spent:
            return ItemPage([], None)
        self._left -= 1
        return search_items(self._site, request, limit)


def search_items(site: Site, request: SearchRequest, limit: int, before: Cursor | None = None) -> ItemPage:
    """Return the first results of a request, one row for each story and series."""
    return site.store.search_page(
        request.words, limit, filters=request.filters(site.now()), sort=request.sort, before=before
    )


def term_text(term: SearchTerm) -> str:
    """Return a term as one writes it in a query."""
    return f'"{" ".join(term.runs)}"' if len(term.runs) > 1 else term.runs[0]


def join_terms(required: Iterable[SearchTerm], excluded: Iterable[SearchTerm] = ()) -> str:
    """Return a query of terms."""
    return " ".join([*map(term_text, required), *(f"-{term_text(term)}" for term in excluded)])
