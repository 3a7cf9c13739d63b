"""Store API: corrections made by admins. No poll, edit or reclassification overrides them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, select, update

from aggregator.messages import decisions
from aggregator.model import CategoryDecision, LockedFields, Place
from aggregator.model.corrections import Correction
from aggregator.store import (
    correction_log,
    item_texts,
    journal,
    picture_rows,
    rendered_feeds,
    search_index,
    settlements,
    story_writes,
)
from aggregator.store.api import daily_digests
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.correction_log import CorrectionEntry, log_corrections, shown_regions
from aggregator.store.region_rows import renew_further_regions
from aggregator.store.rows import category_columns, place_columns
from aggregator.store.schema.tables import corrections, items, link_constraints, sketches, texts, withdrawn
from aggregator.store.sql.dialect import insert_for
from aggregator.store.sql.statements import in_batches
from aggregator.store.story_changes import Edits

T = TypeVar("T")


class ModerationApi(ConnectionMixin):
    """Apply and list corrections."""

    def split(self, item_id: int, now: datetime) -> int:
        """Move an item into a story of its own; returns that story's id.

        The item and those it leaves are never put into one story again. Raises LookupError if there is no such item.
        """
        with self._write_transaction() as connection:
            before = correction_log.load_rows(connection, [item_id])
            others = _other_items_of_story(connection, item_id)
            story = _apply_split(connection, item_id, now)
            log_corrections(
                connection, CorrectionEntry("split", "story", {item_id: str(story)}, {item_id: others}), before, now
            )
        return story

    def merge(self, item_ids: Sequence[int], now: datetime) -> int:
        """Merge the stories of these items; returns the id of the remaining story. Later placements do not split it.

        Raises LookupError if none of the items exists.
        """
        with self._write_transaction() as connection:
            before = correction_log.load_rows(connection, item_ids)
            story = _apply_merge(connection, item_ids, now)
            others = {item: [other for other in before if other != item] for item in before}
            log_corrections(
                connection, CorrectionEntry("merge", "story", dict.fromkeys(before, str(story)), others), before, now
            )
        return story

    def move(
        self, item_ids: Sequence[int], now: datetime, *, category: str | None = None, place: Place | None = None
    ) -> int:
        """Set the category, the region or both of items and lock them. Returns the number of items; withdrawn ones are
        skipped."""
        with self._write_transaction() as connection:
            before = correction_log.load_rows(connection, _existing_ids(connection, item_ids))
            count = _apply_move(connection, item_ids, now, category, place)
            if category is not None:
                log_corrections(
                    connection, CorrectionEntry("move", "category", dict.fromkeys(before, category)), before, now
                )
            if place is not None:
                log_corrections(
                    connection,
                    CorrectionEntry("move", "region", dict.fromkeys(before, shown_regions(place))),
                    before,
                    now,
                )
        return count

    def reset(
        self,
        now: datetime,
        *,
        categories: Mapping[int, CategoryDecision] | None = None,
        places: Mapping[int, Place] | None = None,
    ) -> int:
        """Unlock category or region of items and set the given computed values. Returns the number of items."""
        with self._write_transaction() as connection:
            categories = categories or {}
            places = places or {}
            ids = _existing_ids(connection, {*categories, *places})
            before = correction_log.load_rows(connection, ids)
            search_index.remove_from_index(connection, ids)
            _write(connection, ids, categories, category_columns, LockedFields.CATEGORY, now)
            _write(connection, ids, places, place_columns, LockedFields.REGION, now)
            renew_further_regions(connection, places)
            search_index.add_to_index(connection, ids)
            moved = Edits(moved=frozenset(ids))
            story_writes.refresh_stories(connection, story_writes.story_ids_of(connection, ids), now, moved)
            journal.append_to_sources(connection, ids, now)
            paths = {item: categories[item].category for item in ids if item in categories}
            log_corrections(connection, CorrectionEntry("reset", "category", paths), before, now)
            codes = {item: shown_regions(places[item]) for item in ids if item in places}
            log_corrections(connection, CorrectionEntry("reset", "region", codes), before, now)
            return len(ids)

    def remove(self, item_ids: Sequence[int], now: datetime, why: str | None = None) -> int:
        """Withdraw items. Returns their number.

        The text is deleted, a tombstone stays, and neither the item nor its URL is accepted again.
        """
        with self._write_transaction() as connection:
            before = correction_log.load_rows(connection, _existing_ids(connection, item_ids))
            count = _apply_removal(connection, item_ids, now, why)
            correction_log.delete_texts(connection, before)
            log_corrections(connection, CorrectionEntry("remove", "item", dict.fromkeys(before)), before, now)
        return count

    def corrections(self, limit: int = 1000, *, item: int | None = None) -> list[Correction]:
        """Return the corrections of all items or of one, latest first."""
        with self._read_transaction() as connection:
            columns: list[Any] = [corrections.c[name] for name in Correction.__dataclass_fields__]
            query = select(*columns).order_by(corrections.c.id.desc()).limit(limit)
            if item is not None:
                query = query.where(corrections.c.item_id == item)
            return [Correction(**{**row._mapping, "others": tuple(row.others)}) for row in connection.execute(query)]


def _existing_ids(connection: Connection, ids: Iterable[int]) -> list[int]:
    """Return those of the items that exist and are not withdrawn, in the given order."""
    given = dict.fromkeys(ids)
    existing: set[int] = set()
    for batch in in_batches(given):
        query = select(items.c.id).where(items.c.id.in_(batch), items.c.removed.is_(None))
        existing.update(connection.execute(query).scalars())
    return [item_id for item_id in given if item_id in existing]


def _other_items_of_story(connection: Connection, item_id: int) -> Sequence[int]:
    """Return the other items of the item's story."""
    own = select(items.c.story_id).where(items.c.id == item_id).scalar_subquery()
    query = select(items.c.id).where(items.c.story_id == own, items.c.id != item_id).order_by(items.c.id)
    return connection.execute(query).scalars().all()


def _write(
    connection: Connection,
    ids: Sequence[int],
    values: Mapping[int, T],
    columns: Callable[[T], dict[str, Any]],
    field: LockedFields,
    now: datetime,
) -> None:
    for item_id in ids:
        if item_id in values:
            unlocked = items.c.pinned.bitwise_and(~field.value)
            changed = columns(values[item_id]) | {"changed": now, "pinned": unlocked}
            connection.execute(update(items).where(items.c.id == item_id).values(**changed))


def _apply_split(connection: Connection, item_id: int, now: datetime) -> int:
    membership = story_writes.load_membership(connection, [item_id], ())
    item = membership.items_by_id.get(item_id)
    if item is None or item.story is None:
        raise LookupError(f"no item {item_id}")
    others = [member for member in membership.members[item.story] if member != item_id]
    _record_constraint(connection, ((item_id, other) for other in others), must_link=False, now=now)
    membership.detach(item)
    item.why = decisions.STORY_ADMIN()
    story_writes.save_membership(connection, membership, now)
    _lock_fields(connection, [item_id], LockedFields.STORY)
    return item_id


def _apply_merge(connection: Connection, item_ids: Sequence[int], now: datetime) -> int:
    membership = story_writes.load_membership(connection, item_ids, ())
    chosen = [membership.items_by_id[item_id] for item_id in sorted(set(item_ids)) if item_id in membership.items_by_id]
    stories = [item.story for item in chosen if item.story is not None]
    if not stories:
        raise LookupError("none of these items is there")
    story = stories[0]
    for other in stories[1:]:
        story = membership.merge(story, other, force=True)
    _drop_cannot_links(connection, list(membership.members[story]))
    _record_constraint(connection, combinations([item.id for item in chosen], 2), must_link=True, now=now)
    story_writes.save_membership(connection, membership, now)
    _lock_fields(connection, [item.id for item in chosen], LockedFields.STORY)
    return story


def _apply_move(
    connection: Connection, item_ids: Sequence[int], now: datetime, category: str | None, place: Place | None
) -> int:
    ids = _existing_ids(connection, item_ids)
    values: dict[str, object] = {"changed": now}
    if category is not None:
        values |= category_columns(CategoryDecision(category, 1.0, decisions.CATEGORY_ADMIN()))
    if place is not None:
        why = decisions.REGION_ADMIN()
        values |= place_columns(replace(place, why=why, further_why=why if place.further else None))
    search_index.remove_from_index(connection, ids)
    for batch in in_batches(ids):
        connection.execute(update(items).where(items.c.id.in_(batch)).values(**values))
    if place is not None:
        renew_further_regions(connection, ids)
    search_index.add_to_index(connection, ids)
    fields = (LockedFields.CATEGORY if category is not None else LockedFields.NONE) | (
        LockedFields.REGION if place is not None else LockedFields.NONE
    )
    _lock_fields(connection, ids, fields)
    moved = Edits(moved=frozenset(ids))
    story_writes.refresh_stories(connection, story_writes.story_ids_of(connection, ids), now, moved)
    journal.append_to_sources(connection, ids, now)
    return len(ids)


def _apply_removal(connection: Connection, item_ids: Sequence[int], now: datetime, why: str | None = None) -> int:
    ids = _existing_ids(connection, item_ids)
    listings = journal.listings_ever_of(connection, ids)
    _block_urls(connection, ids, now, why)
    settlements.record_withdrawal(connection)
    search_index.remove_from_index(connection, ids)
    item_texts.void_marks(connection, ids)
    picture_rows.delete_pictures(connection, ids)
    stories = story_writes.story_ids_of(connection, ids)
    emptied: dict[str, object] = {"packed": None, "html": None, "text": ""}
    emptied_sketch: dict[str, object] = {"fingerprints": b"", "key_terms": b"", "features": None}
    blank: dict[str, object] = {"excerpt": "", "author": None, "editor": None, "media": []}
    emptied_row = {"removed": now, "removed_why": why, "changed": now, **blank}
    for batch in in_batches(ids):
        connection.execute(update(texts).where(texts.c.item_id.in_(batch)).values(**emptied))
        connection.execute(update(sketches).where(sketches.c.item_id.in_(batch)).values(**emptied_sketch))
        connection.execute(update(items).where(items.c.id.in_(batch)).values(**emptied_row))
        copies = update(items).where(items.c.reprint_of.in_(batch))
        connection.execute(copies.values(reprint_of=None, relation="further"))
    story_writes.refresh_stories(connection, stories, now)
    journal.append_events(
        connection,
        {listing: [-item_id for item_id in withdrawn_items] for listing, withdrawn_items in listings.items()},
        now,
    )
    rendered_feeds.mark_stale(connection, {f"archive/{listing}" for listing in listings})
    daily_digests.withdraw_items(connection, ids, now)
    return len(ids)


def _block_urls(connection: Connection, ids: Sequence[int], now: datetime, why: str | None) -> None:
    """Block the URLs of these items, except those that other items have as well."""
    urls: set[str] = set()
    for batch in in_batches(ids):
        urls |= set(connection.execute(select(items.c.url).where(items.c.id.in_(batch))).scalars())
    for chunk in in_batches(urls):
        is_used = items.c.url.in_(chunk) & items.c.removed.is_(None) & items.c.id.not_in(ids)
        urls -= set(connection.execute(select(items.c.url).where(is_used)).scalars())
    if urls:
        rows = [{"url": url, "at": now, "why": why} for url in sorted(urls)]
        connection.execute(insert_for(connection, withdrawn).on_conflict_do_nothing(), rows)


def _lock_fields(connection: Connection, ids: Sequence[int], fields: LockedFields) -> None:
    for batch in in_batches(ids):
        pinned = items.c.pinned.bitwise_or(fields.value)
        connection.execute(update(items).where(items.c.id.in_(batch)).values(pinned=pinned))


def _record_constraint(
    connection: Connection, pairs: Iterable[tuple[int, int]], *, must_link: bool, now: datetime
) -> None:
    """Store a must-link (``same``) or cannot-link for each pair of items; the latest replaces earlier ones."""
    rows = [{"a": min(pair), "b": max(pair), "same": must_link, "at": now} for pair in pairs]
    if rows:
        statement = insert_for(connection, link_constraints)
        new_values = {"same": statement.excluded.same, "at": statement.excluded.at}
        connection.execute(statement.on_conflict_do_update(index_elements=["a", "b"], set_=new_values), rows)


def _drop_cannot_links(connection: Connection, members: Sequence[int]) -> None:
    """Delete the cannot-links among the members of a story that was merged by an admin."""
    for batch in in_batches(members):
        within = link_constraints.c.a.in_(batch) & link_constraints.c.b.in_(members) & ~link_constraints.c.same
        connection.execute(delete(link_constraints).where(within))
