"""Maintenance of the search index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from aggregator.steps.text.normalize import fold
from aggregator.store.schema.tables import items, texts
from aggregator.store.schema.text_columns import PLAIN_TEXT
from aggregator.store.search_tokens import item_tags, tokenize
from aggregator.store.sql.dialect_search import convert_entries, delete_from_search, insert_into_search
from aggregator.store.sql.search_entry import SearchRow, search_key
from aggregator.store.sql.statements import in_list

_INDEXED = (
    select(items.c.id, items.c.published, items.c.title, items.c.source_id, items.c.category, PLAIN_TEXT)
    .add_columns(items.c.province, items.c.city, items.c.county)
    .join(texts, texts.c.item_id == items.c.id)
    .where(in_list(items.c.id, "ids"))
)


def add_to_index(connection: Connection, ids: Sequence[int]) -> None:
    """Add items to the index."""
    insert_into_search(connection, list(_rows(connection, ids)))


def remove_from_index(connection: Connection, ids: Sequence[int]) -> None:
    """Remove items from the index; must run before they change, because their index entry is computed from them."""
    delete_from_search(connection, list(_rows(connection, ids)))


def convert_index(connection: Connection, ids: Sequence[int]) -> None:
    """Convert the entries of items from the form of an older schema."""
    convert_entries(connection, list(_rows(connection, ids)))


def _rows(connection: Connection, ids: Sequence[int]) -> Iterator[SearchRow]:
    rows = connection.execute(_INDEXED, {"ids": ids}).all() if ids else ()
    for item_id, published, title, source_id, category, text, *region_codes in rows:
        headline = fold(title)
        tags = item_tags(headline, source_id, category, region_codes)
        yield search_key(published, item_id), tokenize(headline), tokenize(text), tags
