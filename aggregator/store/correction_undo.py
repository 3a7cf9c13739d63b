"""Taking back what an admin decided about category or region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, select, update

from aggregator.model import CategoryDecision, LockedFields, Place
from aggregator.store import correction_log, journal, search_index, story_writes
from aggregator.store.rows import category_columns, place_columns
from aggregator.store.schema.tables import items
from aggregator.store.sql.statements import in_batches

T = TypeVar("T")


def existing_ids(connection: Connection, ids: Iterable[int]) -> list[int]:
    """Those that are there and not withdrawn."""
    found: list[int] = []
    for batch in in_batches(set(ids)):
        query = select(items.c.id).where(items.c.id.in_(batch), items.c.removed.is_(None))
        found += connection.execute(query).scalars()
    return found


def other_items_of_story(connection: Connection, item_id: int) -> Sequence[int]:
    """The other items of its story."""
    own = select(items.c.story_id).where(items.c.id == item_id).scalar_subquery()
    query = select(items.c.id).where(items.c.story_id == own, items.c.id != item_id).order_by(items.c.id)
    return connection.execute(query).scalars().all()


def apply_reset(
    connection: Connection, now: datetime, categories: Mapping[int, CategoryDecision], places: Mapping[int, Place]
) -> int:
    ids = existing_ids(connection, {*categories, *places})
    found = correction_log.before(connection, ids)
    search_index.remove_from_index(connection, ids)
    _write(connection, ids, categories, category_columns, LockedFields.CATEGORY, now)
    _write(connection, ids, places, place_columns, LockedFields.REGION, now)
    search_index.add_to_index(connection, ids)
    story_writes.refresh_stories(connection, story_writes.story_ids_of(connection, ids), now)
    journal.append_events(connection, journal.listings_of_items(connection, ids), now)
    paths = {number: categories[number].category for number in ids if number in categories}
    correction_log.note(connection, "reset", "category", found, now, paths)
    codes = {number: places[number].region for number in ids if number in places}
    correction_log.note(connection, "reset", "region", found, now, codes)
    return len(ids)


def _write(
    connection: Connection,
    ids: Sequence[int],
    values: Mapping[int, T],
    columns: Callable[[T], dict[str, Any]],
    pin: LockedFields,
    now: datetime,
) -> None:
    for number in ids:
        if number in values:
            free = items.c.pinned.bitwise_and(~pin.value)
            changed = columns(values[number]) | {"changed": now, "pinned": free}
            connection.execute(update(items).where(items.c.id == number).values(**changed))
