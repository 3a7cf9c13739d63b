"""An admin's decisions, which no poll, no edit and no relearning takes back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import combinations

from sqlalchemy import Connection, delete, select, update

from aggregator.messages import decisions
from aggregator.model import CategoryDecision, LockedFields, Place
from aggregator.store import item_texts, journal, rendered_feeds, search_index, story_writes
from aggregator.store.rows import category_columns, place_columns
from aggregator.store.schema.tables import items, link_constraints, texts, withdrawn
from aggregator.store.sql.dialect import insert_for
from aggregator.store.sql.statements import in_batches


def apply_split(connection: Connection, item_id: int, now: datetime) -> int:
    board = story_writes.load_membership(connection, [item_id], ())
    report = board.reports.get(item_id)
    if report is None or report.story is None:
        raise LookupError(f"no item {item_id}")
    left = [number for number in board.members[report.story] if number != item_id]
    _record_constraint(connection, ((item_id, other) for other in left), same=False, now=now)
    board.detach(report)
    report.why = decisions.STORY_ADMIN()
    story_writes.save_membership(connection, board, now)
    _lock_fields(connection, [item_id], LockedFields.STORY)
    return item_id


def apply_merge(connection: Connection, item_ids: Sequence[int], now: datetime) -> int:
    board = story_writes.load_membership(connection, item_ids, ())
    chosen = [board.reports[number] for number in sorted(set(item_ids)) if number in board.reports]
    found = [report.story for report in chosen if report.story is not None]
    if not found:
        raise LookupError("none of these items is there")
    story = found[0]
    for other in found[1:]:
        story = board.merge(story, other, force=True)
    _drop_cannot_links(connection, list(board.members[story]))
    _record_constraint(connection, combinations([report.id for report in chosen], 2), same=True, now=now)
    story_writes.save_membership(connection, board, now)
    _lock_fields(connection, [report.id for report in chosen], LockedFields.STORY)
    return story


def apply_move(
    connection: Connection, item_ids: Sequence[int], now: datetime, category: str | None, place: Place | None
) -> int:
    ids = _existing_ids(connection, item_ids)
    values: dict[str, object] = {"changed": now}
    if category is not None:
        values |= category_columns(CategoryDecision(category, 1.0, decisions.CATEGORY_ADMIN()))
    if place is not None:
        values |= place_columns(Place(place.province, place.city, place.county, decisions.REGION_ADMIN()))
    search_index.remove_from_index(connection, ids)
    for batch in in_batches(ids):
        connection.execute(update(items).where(items.c.id.in_(batch)).values(**values))
    search_index.add_to_index(connection, ids)
    pin = (LockedFields.CATEGORY if category is not None else LockedFields.NONE) | (
        LockedFields.REGION if place is not None else LockedFields.NONE
    )
    _lock_fields(connection, ids, pin)
    story_writes.refresh_stories(connection, story_writes.story_ids_of(connection, ids), now)
    journal.append_events(connection, journal.listings_of_items(connection, ids), now)
    return len(ids)


def apply_removal(connection: Connection, item_ids: Sequence[int], now: datetime, why: str | None = None) -> int:
    ids = _existing_ids(connection, item_ids)
    shown = journal.listings_of_items(connection, ids, ever=True)
    _block_urls(connection, ids, now, why)
    search_index.remove_from_index(connection, ids)
    item_texts.delete_marks(connection, ids)
    touched = story_writes.story_ids_of(connection, ids)
    emptied = {"html": None, "text": "", "marks": b"", "topics": b""}
    blank: dict[str, object] = {"excerpt": "", "author": None, "editor": None, "media": []}
    emptied_row = {"removed": now, "removed_why": why, "changed": now, **blank}
    for batch in in_batches(ids):
        connection.execute(update(texts).where(texts.c.item_id.in_(batch)).values(**emptied))
        connection.execute(update(items).where(items.c.id.in_(batch)).values(**emptied_row))
        copies = update(items).where(items.c.reprint_of.in_(batch))
        connection.execute(copies.values(reprint_of=None, relation="further"))
    story_writes.refresh_stories(connection, touched, now)
    journal.append_events(connection, {listing: [-number for number in gone] for listing, gone in shown.items()}, now)
    rendered_feeds.mark_stale(connection, {f"archive/{listing}" for listing in shown})
    return len(ids)


def _block_urls(connection: Connection, ids: Sequence[int], now: datetime, why: str | None) -> None:
    """The addresses of these items are taken in no more, unless other items that stay have them too."""
    urls: set[str] = set()
    for batch in in_batches(ids):
        urls |= set(connection.execute(select(items.c.url).where(items.c.id.in_(batch))).scalars())
    for chunk in in_batches(urls):
        others = items.c.url.in_(chunk) & items.c.removed.is_(None) & items.c.id.not_in(ids)
        urls -= set(connection.execute(select(items.c.url).where(others)).scalars())
    if urls:
        rows = [{"url": url, "at": now, "why": why} for url in sorted(urls)]
        connection.execute(insert_for(connection, withdrawn).on_conflict_do_nothing(), rows)


def _existing_ids(connection: Connection, ids: Sequence[int]) -> list[int]:
    found: list[int] = []
    for batch in in_batches(set(ids)):
        query = select(items.c.id).where(items.c.id.in_(batch), items.c.removed.is_(None))
        found += connection.execute(query).scalars()
    return found


def _lock_fields(connection: Connection, ids: Sequence[int], pin: LockedFields) -> None:
    for batch in in_batches(ids):
        pinned = items.c.pinned.bitwise_or(pin.value)
        connection.execute(update(items).where(items.c.id.in_(batch)).values(pinned=pinned))


def _record_constraint(connection: Connection, pairs: Iterable[tuple[int, int]], *, same: bool, now: datetime) -> None:
    """The latest word on a pair is the one that holds."""
    rows = [{"a": min(pair), "b": max(pair), "same": same, "at": now} for pair in pairs]
    if rows:
        statement = insert_for(connection, link_constraints)
        latest = {"same": statement.excluded.same, "at": statement.excluded.at}
        connection.execute(statement.on_conflict_do_update(index_elements=["a", "b"], set_=latest), rows)


def _drop_cannot_links(connection: Connection, members: Sequence[int]) -> None:
    """Stories put together by hand are held apart by no earlier word."""
    for batch in in_batches(members):
        within = link_constraints.c.a.in_(batch) & link_constraints.c.b.in_(members) & ~link_constraints.c.same
        connection.execute(delete(link_constraints).where(within))
