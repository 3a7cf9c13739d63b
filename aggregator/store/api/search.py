"""Store API: full-text search in titles and texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import log
from typing import Literal

from sqlalchemy import Connection, select

from aggregator.model import Cursor, ItemCard, ItemPage, SearchFilter
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.search_query import SearchQuery, SearchTerm, parse_query
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.item_lists import item_cards
from aggregator.store.schema.tables import items, sources, texts
from aggregator.store.schema.text_columns import PLAIN_TEXT
from aggregator.store.search_pages import ResultReader, best_results, newest_results
from aggregator.store.search_tokens import (
    build_match,
    category_tag,
    needs_text_check,
    region_tag,
    source_tag,
    title_tags,
)
from aggregator.store.sql.dialect import AnyRow
from aggregator.store.sql.dialect_search import find_in_search, match_keys
from aggregator.store.sql.search_entry import MAX_SEARCH_KEY, SearchMatch, item_of_search_key, search_key
from aggregator.store.sql.statements import in_batches, in_list, in_partitions

MAX_RANKED = 100  # newest matches that are ranked by relevance, and as many with the terms in the title
_TEXTS_PER_ROUND = 200  # texts read at once where the index alone cannot decide
_MAX_ROUNDS = 5  # reads of texts in one search
_TITLE_WEIGHT = 4.0  # one match in the title counts as many in the text
_NO_FILTER = SearchFilter()
_Texts = tuple[str, str]  # title as displayed, text as searched
_TEXTS_BY_ID = (
    select(items.c.id, items.c.title, PLAIN_TEXT)
    .join(texts, texts.c.item_id == items.c.id)
    .where(in_list(items.c.id, "ids"), in_partitions(texts.c.item_id, "ids"))
)


class SearchApi(ConnectionMixin):
    """Search items."""

    def search_items(
        self,
        query: str,
        limit: int,
        *,
        filters: SearchFilter = _NO_FILTER,
        sort: Literal["time", "rel"] = "time",
        before: Cursor | None = None,
    ) -> list[ItemCard]:
        """Return the items whose title or text matches the query; every input is a valid query
        (``steps.text.search_query``).

        Runs of Han characters match as phrases of bigrams; a single character matches in titles only. Both databases
        give the same results. ``sort``: "time" is newest first; "rel" ranks the newest matches, and the newest matches
        in titles, by relevance.
        """
        with self._search(query, filters) as search:
            if search is None:
                return []
            if sort == "time":
                ids = search.newest(_upper_key(before), limit)
            else:
                ids = search.best(max(MAX_RANKED, limit))[:limit]
            cards = item_cards(search.connection, ids)
            return [cards[item_id] for item_id in ids if item_id in cards]

    def search_page(
        self,
        query: str,
        limit: int,
        *,
        filters: SearchFilter = _NO_FILTER,
        sort: Literal["time", "rel"] = "time",
        before: Cursor | None = None,
    ) -> ItemPage:
        """Return a page of ``search_items`` with one row for each story and series.

        ``sort`` "rel" has no ``end``: it ranks the same matches whatever ``limit`` is.
        """
        with self._search(query, filters) as search:
            if search is None:
                return ItemPage([], None)
            if sort == "rel":
                return ItemPage(best_results(search.connection, search.best(MAX_RANKED), limit), None)
            results = ResultReader(lambda after, count: search.newest(_upper_key(after), count), search.matching)
            return newest_results(search.connection, results, limit, before)

    def matching_reports(self, query: str, story_ids: Sequence[int]) -> dict[int, int]:
        """Return story -> its first report that matches the query, for those of the stories that have one."""
        found: dict[int, int] = {}
        with self._search(query, _NO_FILTER) as search:
            if search is None:
                return found
            for batch in in_batches(story_ids):
                of_stories = select(items.c.id, items.c.published, items.c.story_id).where(
                    items.c.story_id.in_(batch), items.c.removed.is_(None)
                )
                rows = search.connection.execute(of_stories.order_by(items.c.id.desc())).all()
                matching = search.matching(rows)
                found |= {row.story_id: row.id for row in rows if row.id in matching}
        return found

    @contextmanager
    def _search(self, query: str, filters: SearchFilter) -> Iterator[_Search | None]:
        """Yield the search within a transaction; None if nothing can match."""
        with self._read_transaction() as connection:
            yield _prepare(connection, query, filters)


def _prepare(connection: Connection, query: str, filters: SearchFilter) -> _Search | None:
    """Return the search; None if nothing can match."""
    parsed = parse_query(query)
    tags = _filter_tags(connection, filters)
    if tags is None or not parsed.required:
        return None
    lower = search_key(filters.since, 0) if filters.since else -MAX_SEARCH_KEY
    return _Search(connection, parsed, build_match(parsed, tags), lower)


def _upper_key(before: Cursor | None) -> int:
    return search_key(before.published, before.id) if before else MAX_SEARCH_KEY


def _filter_tags(connection: Connection, filters: SearchFilter) -> list[str] | None:
    """Return the tags that every result has; None if there is no such source."""
    tags = [category_tag(filters.category)] if filters.category else []
    if filters.region:
        tags.append(region_tag(filters.region))
    if filters.source:
        source_id = connection.execute(select(sources.c.id).where(sources.c.slug == filters.source)).scalar()
        if source_id is None:
            return None
        tags.append(source_tag(source_id))
    return tags


class _Search:
    """One search within a transaction; texts that were read are kept for its next step.

    ``lower`` is the key of the oldest result.
    """

    def __init__(self, connection: Connection, query: SearchQuery, match: SearchMatch, lower: int) -> None:
        self.connection = connection
        self._query = query
        self._match = match
        self._lower = lower
        self._required = [term for term in query.required if needs_text_check(term)]
        self._excluded = [term for term in query.excluded if needs_text_check(term)]
        self._texts_by_id: dict[int, _Texts] = {}

    def newest(self, upper: int, limit: int) -> list[int]:
        """Return the newest items before the key ``upper``, of which texts decide where the index cannot."""
        return self._newest(self._match, upper, limit)

    def matching(self, rows: Sequence[AnyRow]) -> set[int]:
        """Return the ids of the rows that match."""
        keys = match_keys(self.connection, self._match, sorted({search_key(row.published, row.id) for row in rows}))
        item_ids = {item_of_search_key(key) for key in keys}
        if not (self._required or self._excluded):
            return item_ids
        texts_by_id = self._texts(sorted(item_ids))
        return {item_id for item_id in item_ids if self._matches(texts_by_id.get(item_id))}

    def best(self, most: int) -> list[int]:
        """Rank by matches in title and text, ties newest first; computed here so that both databases agree."""
        match = self._match
        newest = self._newest(match, MAX_SEARCH_KEY, most)
        letters = title_tags(self._query)
        if len(newest) == most and letters:  # older matches exist, perhaps with the terms in their titles
            in_titles = SearchMatch(match.phrases, (*match.tags, *letters), match.excluded_phrases, match.excluded_tags)
            newest += self._newest(in_titles, MAX_SEARCH_KEY, most)
        newest = list(dict.fromkeys(newest))
        patterns = [term.pattern for term in self._query.required]
        scores = {
            item_id: _score(fold(title), text, patterns) for item_id, (title, text) in self._texts(newest).items()
        }
        return sorted(newest, key=lambda item_id: -scores.get(item_id, 0.0))

    def _newest(self, match: SearchMatch, upper: int, limit: int) -> list[int]:
        if not (self._required or self._excluded):
            keys = find_in_search(self.connection, match, upper, self._lower, limit)
            return [item_of_search_key(key) for key in keys]
        item_ids: list[int] = []
        size = min(limit + limit // 4, _TEXTS_PER_ROUND)  # the index is rarely wrong
        for _ in range(_MAX_ROUNDS):
            keys = find_in_search(self.connection, match, upper, self._lower, size)
            found = [item_of_search_key(key) for key in keys]
            texts_by_id = self._texts(found)
            item_ids += [item_id for item_id in found if self._matches(texts_by_id.get(item_id))]
            if len(item_ids) >= limit or len(keys) < size:
                break
            upper, size = keys[-1], _TEXTS_PER_ROUND
        return item_ids[:limit]

    def _texts(self, ids: Sequence[int]) -> dict[int, _Texts]:
        """Return item -> title and normalized text, of those that exist."""
        for batch in in_batches([item_id for item_id in ids if item_id not in self._texts_by_id]):
            for item_id, title, text in self.connection.execute(_TEXTS_BY_ID, {"ids": batch}).all():
                self._texts_by_id[item_id] = title, text
        return {item_id: self._texts_by_id[item_id] for item_id in ids if item_id in self._texts_by_id}

    def _matches(self, texts: _Texts | None) -> bool:
        if texts is None:
            return False
        return all(_contains(texts, term) for term in self._required) and not any(
            _contains(texts, term) for term in self._excluded
        )


def _contains(title_and_text: _Texts, term: SearchTerm) -> bool:
    title, text = title_and_text
    return bool(term.pattern.search(text) or term.pattern.search(fold(title)))


def _score(title: str, body: str, patterns: Sequence[re.Pattern[str]]) -> float:
    length_factor = 1.0 + log(1.0 + len(body) / 500)
    return sum(
        _TITLE_WEIGHT * bool(pattern.search(title)) + log(1.0 + len(pattern.findall(body))) / length_factor
        for pattern in patterns
    )
