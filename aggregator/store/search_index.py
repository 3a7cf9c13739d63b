"""Maintenance of the search index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, select

from aggregator.model import Draft
from aggregator.model.listing_keys import split_codes
from aggregator.steps.text.batches import Report, in_batches
from aggregator.steps.text.normalize import fold
from aggregator.store.schema.tables import items, texts
from aggregator.store.schema.text_columns import PLAIN_TEXT
from aggregator.store.search_tokens import category_tags, item_tags
from aggregator.store.sql.dialect import storable
from aggregator.store.sql.dialect_search import convert_entries, delete_from_search, former_keys, insert_into_search
from aggregator.store.sql.search_entry import SearchRow, TagChange, search_key
from aggregator.store.sql.statements import in_list, in_partitions

_INDEXED = (
    select(items.c.id, items.c.published, items.c.title, items.c.source_id, items.c.category, PLAIN_TEXT)
    .add_columns(items.c.province, items.c.city, items.c.county, items.c.further_regions)
    .join(texts, texts.c.item_id == items.c.id)
    .where(in_list(items.c.id, "ids"), in_partitions(texts.c.item_id, "ids"))
)
_CATEGORIES = (
    select(items.c.id, items.c.published, items.c.category)
    .where(in_list(items.c.id, "ids"), items.c.removed.is_(None))
    .order_by(items.c.id)
)


def add_to_index(connection: Connection, ids: Sequence[int]) -> None:
    """Add items to the index."""
    insert_into_search(connection, list(_rows(connection, ids)))


def entries_of(source_id: int, ids: Mapping[str, int], drafts: Iterable[Draft]) -> list[SearchRow]:
    """Return the entries of new items of a source; ``ids``: uid -> item."""
    rows: list[SearchRow] = []
    for draft in drafts:
        place, title = draft.place, fold(storable(draft.title))
        codes = (place.province, place.city, place.county, *place.further)
        tags = item_tags(title, source_id, draft.decision.category, codes)
        words = draft.stored_text.words if draft.stored_text else _search_words([(title, storable(draft.text))])[0]
        rows.append((search_key(draft.published, ids[draft.uid]), words, tags))
    return rows


def category_changes(connection: Connection, categories: Mapping[int, str | None]) -> list[TagChange]:
    """Return the changes of tags for the new categories of stored items; must run before the items change."""
    rows = connection.execute(_CATEGORIES, {"ids": sorted(categories)}).all()
    keys = {item_id: search_key(published, item_id) for item_id, published, _ in rows}
    former = former_keys(connection, list(keys.values()))
    convert_index(connection, [item_id for item_id, key in keys.items() if key in former])
    changes: list[TagChange] = []
    for item_id, _, category in rows:
        old, new = category_tags(category), category_tags(categories[item_id])
        lost, added = [tag for tag in old if tag not in new], [tag for tag in new if tag not in old]
        changes.append((keys[item_id], lost, added))
    return changes


def write_entries(connection: Connection, entries: Sequence[SearchRow], changes: Sequence[TagChange]) -> None:
    """Add entries to the index, and change the tags of others.

    FTS5 writes what was inserted, as a segment to be merged later, before many other statements. So a transaction
    writes all its entries at its end.
    """
    insert_into_search(connection, entries, changes)


def remove_from_index(connection: Connection, ids: Sequence[int]) -> None:
    """Remove items from the index; must run before they change, because their index entry is computed from them."""
    delete_from_search(connection, list(_rows(connection, ids)))


def convert_index(connection: Connection, ids: Sequence[int]) -> None:
    """Convert the entries of items from the form of an older schema."""
    convert_entries(connection, list(_rows(connection, ids)))


def _rows(connection: Connection, ids: Sequence[int]) -> Iterator[SearchRow]:
    rows = connection.execute(_INDEXED, {"ids": ids}).all() if ids else ()
    reports = [(fold(title), text) for _, _, title, _, _, text, *_ in rows]
    for row, (title, _), words in zip(rows, reports, _search_words(reports), strict=True):
        item_id, published, _, source_id, category, _, *primary, further = row
        tags = item_tags(title, source_id, category, (*primary, *split_codes(further)))
        yield search_key(published, item_id), words, tags


def _search_words(reports: Sequence[Report]) -> list[str]:
    if not reports:
        return []
    from aggregator.steps.text.search_words import (
        search_words_of,  # loads numpy, which a poll without news does without
    )

    return [words for batch in in_batches(reports) for words in search_words_of(batch)]
