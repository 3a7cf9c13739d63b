"""Keeps the search index in step with the items it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from aggregator.steps.fold import fold
from aggregator.store.batches import in_batches
from aggregator.store.dialect_search import SearchRow, add_to_search, delete_from_search, search_place
from aggregator.store.schema import items, texts
from aggregator.store.search_words import tags_of, words_of


def add(connection: Connection, ids: Sequence[int]) -> None:
    add_to_search(connection, list(_rows(connection, ids)))


def remove(connection: Connection, ids: Sequence[int]) -> None:
    """Before the items change: what was added is worked out again from them."""
    delete_from_search(connection, list(_rows(connection, ids)))


def _rows(connection: Connection, ids: Sequence[int]) -> Iterator[SearchRow]:
    columns = (items.c.id, items.c.published, items.c.title, items.c.source_id, items.c.category)
    places = (items.c.province, items.c.city, items.c.county)
    query = select(*columns, *places, texts.c.text).join(texts, texts.c.item_id == items.c.id)
    for batch in in_batches(ids):
        for row in connection.execute(query.where(items.c.id.in_(batch))):
            title = fold(row.title)
            tags = tags_of(title, row.source_id, row.category, (row.province, row.city, row.county))
            yield search_place(row.published, row.id), words_of(title), words_of(row.text), tags
