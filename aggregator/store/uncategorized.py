"""Items that nothing was sure enough about to give them a category, and what is thought of them later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from aggregator.model import CategoryDecision, LockedFields, UncategorizedItem
from aggregator.store import journal, search_index, story_writes
from aggregator.store.rows import category_columns
from aggregator.store.schema.tables import items, sources, texts
from aggregator.store.sql.statements import in_batches


def uncategorized_items(connection: Connection, since: datetime, limit: int) -> list[UncategorizedItem]:
    """Those published since then, newest first; what an admin has decided is left alone."""
    query = (
        select(items.c.id, items.c.title, texts.c.text, items.c.terms, sources.c.category)
        .join(texts, texts.c.item_id == items.c.id)
        .join(sources, sources.c.id == items.c.source_id)
        .where(_is_uncategorized(), items.c.published >= since)
        .order_by(items.c.published.desc(), items.c.id.desc())
        .limit(limit)
    )
    return [
        UncategorizedItem(number, title, words, tuple(terms), category)
        for number, title, words, terms, category in connection.execute(query)
    ]


def set_categories(connection: Connection, decisions: Mapping[int, CategoryDecision], now: datetime) -> list[int]:
    """Write them, but where a visit or an admin was faster; returns the items that have a category now."""
    ids: list[int] = []
    for batch in in_batches(decisions):
        ids += connection.execute(select(items.c.id).where(items.c.id.in_(batch), _is_uncategorized())).scalars()
    search_index.remove_from_index(connection, ids)
    for number in ids:
        values = category_columns(decisions[number]) | {"changed": now}
        connection.execute(update(items).where(items.c.id == number).values(**values))
    search_index.add_to_index(connection, ids)
    story_writes.refresh_stories(connection, story_writes.story_ids_of(connection, ids), now)
    journal.append_events(connection, journal.listings_of_items(connection, ids), now)
    return ids


def _is_uncategorized() -> ColumnElement[bool]:
    undecided: ColumnElement[bool] = items.c.top.is_(None)
    pinned = items.c.pinned.bitwise_and(LockedFields.CATEGORY.value) != 0
    return undecided & items.c.removed.is_(None) & ~pinned
