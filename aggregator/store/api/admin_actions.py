"""Store API: the log of what admins do, and undoing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from aggregator.messages.message import Message, unpack
from aggregator.model import LockedFields
from aggregator.model.moderation import Actor, AdminAction, NewAction
from aggregator.store import correction_log, item_texts, journal, search_index, story_writes
from aggregator.store.api.admin_queues import read_again
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.correction_log import CorrectionEntry, log_corrections, shown_regions
from aggregator.store.region_rows import renew_further_regions
from aggregator.store.rows import to_place
from aggregator.store.schema.tables import (
    admin_actions,
    corrections,
    forgotten,
    items,
    link_constraints,
    sources,
    withdrawn,
)
from aggregator.store.sql.dialect import AnyRow, storable
from aggregator.store.sql.statements import in_batches
from aggregator.store.story_changes import Edits
from aggregator.store.story_membership import StoryMembership

KEEP_ACTIONS = timedelta(days=365)
MAX_TITLE = 300
_PLACED = ("category", "top", "category_score", "province", "city", "county", "further_regions", "pinned")
_MESSAGES = ("category_why", "region_why", "further_why", "story_why")


class AdminActionsApi(ConnectionMixin):
    """Log actions, list them, and restore what they changed."""

    def record_action(self, action: NewAction, actor: Actor, now: datetime) -> int:
        """Log an action; returns its number."""
        with self._write_transaction(exclusive=False) as connection:
            values = {
                "at": now,
                "who": storable(actor.name),
                "via": actor.via,
                "action": action.action,
                "subject": storable(action.subject),
                "title": storable(action.title)[:MAX_TITLE],
                "before": action.before,
                "after": action.after,
                "undo": dict(action.undo) if action.undo is not None else None,
            }
            added = insert(admin_actions).values(**values).returning(admin_actions.c.id)
            return int(connection.execute(added).scalar_one())

    def admin_actions(self, limit: int, *, before: int | None = None) -> list[AdminAction]:
        """Return the last actions, latest first, or those before a number."""
        with self._read_transaction() as connection:
            query = select(admin_actions).order_by(admin_actions.c.id.desc()).limit(limit)
            if before is not None:
                query = query.where(admin_actions.c.id < before)
            return [_to_action(row) for row in connection.execute(query)]

    def action_to_undo(self, number: int) -> tuple[AdminAction, Mapping[str, Any]] | None:
        """Return an action and what undoing needs; None if there is no such action."""
        with self._read_transaction() as connection:
            row = connection.execute(select(admin_actions).where(admin_actions.c.id == number)).first()
            return (_to_action(row), row.undo or {}) if row is not None else None

    def claim_undo(self, number: int, undone_by: int) -> bool:
        """Mark an action as undone by another; returns False if it is already."""
        with self._write_transaction(exclusive=False) as connection:
            open_action = (admin_actions.c.id == number) & admin_actions.c.undone_by.is_(None)
            statement = update(admin_actions).where(open_action).values(undone_by=undone_by)
            return bool(connection.execute(statement).rowcount)

    def item_states(self, item_ids: Sequence[int]) -> list[dict[str, Any]]:
        """Return what corrections change of these items, as JSON values."""
        columns = [items.c[name] for name in ("id", "story_id", "relation", "reprint_of", "similarity", *_PLACED)]
        states: list[dict[str, Any]] = []
        with self._read_transaction() as connection:
            query = select(*columns, *(items.c[name] for name in _MESSAGES)).where(items.c.removed.is_(None))
            for batch in in_batches(set(item_ids)):
                for row in connection.execute(query.where(items.c.id.in_(batch))):
                    state = dict(row._mapping)
                    states.append(state | {name: _packed(state[name]) for name in _MESSAGES})
        return states

    def story_members(self, item_ids: Sequence[int]) -> list[list[int]]:
        """Return the members of each story that has one of these items."""
        with self._read_transaction() as connection:
            own = select(items.c.story_id).where(items.c.id.in_(item_ids))
            query = select(items.c.story_id, items.c.id).where(items.c.story_id.in_(own)).order_by(items.c.id)
            groups: dict[int, list[int]] = {}
            for story, item_id in connection.execute(query):
                groups.setdefault(story, []).append(item_id)
            return list(groups.values())

    def restore_placement(self, states: Sequence[Mapping[str, Any]], now: datetime) -> int:
        """Give items the category, region and locks that they had. Returns the number of items."""
        with self._write_transaction() as connection:
            present = correction_log.load_rows(connection, _present(connection, [state["id"] for state in states]))
            chosen = [state for state in states if state["id"] in present]
            ids = [state["id"] for state in chosen]
            search_index.remove_from_index(connection, ids)
            for state in chosen:
                values: dict[str, Any] = {name: state.get(name) for name in _PLACED} | {"changed": now}
                values |= {name: unpack(state[name]) for name in ("category_why", "region_why")}
                values["further_why"] = unpack(why) if (why := state.get("further_why")) else None
                connection.execute(update(items).where(items.c.id == state["id"]).values(**values))
            renew_further_regions(connection, ids)
            search_index.add_to_index(connection, ids)
            moved = Edits(moved=frozenset(ids))
            story_writes.refresh_stories(connection, story_writes.story_ids_of(connection, ids), now, moved)
            journal.append_to_sources(connection, ids, now)
            _log_restored(connection, chosen, present, now)
            return len(ids)

    def restore_story(self, states: Sequence[Mapping[str, Any]], others: Sequence[int], now: datetime) -> bool:
        """Undo a split: put items back among these others. Returns False if none of the others is left."""
        with self._write_transaction() as connection:
            ids = _present(connection, [state["id"] for state in states])
            left = _present(connection, others)
            if not ids or not left:
                return False
            pairs = [(min(one, other), max(one, other)) for one in ids for other in left]
            _delete_constraints(connection, pairs, must_link=False)
            membership = story_writes.load_membership(connection, [*ids, *left], ())
            before = correction_log.load_rows(connection, ids)
            for state in (state for state in states if state["id"] in ids):
                item = membership.items_by_id[state["id"]]
                target = membership.items_by_id[left[0]].story
                if item.story is not None and target is not None:
                    membership.merge(item.story, target, force=True)
                _restore_relation(membership, state)
            story_writes.save_membership(connection, membership, now)
            _unlock_stories(connection, ids)
            _log_stories(connection, membership, ids, before, now)
            return True

    def restore_stories(self, groups: Sequence[Sequence[int]], chosen: Sequence[int], now: datetime) -> bool:
        """Undo a merge: give each group of items, except the one founded first, a story of its own again. Returns
        False if they are no longer in one story."""
        with self._write_transaction() as connection:
            present = set(_present(connection, [item_id for group in groups for item_id in group]))
            membership = story_writes.load_membership(connection, sorted(present), ())
            stories = {membership.items_by_id[item_id].story for item_id in present}
            if len(stories) != 1:
                return False
            pairs = [(one, other) for one in sorted(chosen) for other in sorted(chosen) if one < other]
            _delete_constraints(connection, pairs, must_link=True)
            before = correction_log.load_rows(connection, present)
            founder = min(present)
            for group in groups:
                members = sorted(present.intersection(group))
                if founder in members:
                    continue
                for item_id in members:
                    membership.move(membership.items_by_id[item_id], members[0])
            story_writes.save_membership(connection, membership, now)
            _unlock_stories(connection, [item_id for item_id in chosen if item_id in present])
            moved = [item_id for item_id in present if str(membership.items_by_id[item_id].story) != str(founder)]
            _log_stories(connection, membership, moved, before, now)
            return True

    def readmit(self, item_ids: Sequence[int], now: datetime) -> int:
        """Undo a withdrawal: forget the items, so that the next poll, due now, stores them if their source still has
        them. Tombstones stay. Returns the number of items."""
        with self._write_transaction() as connection:
            query = select(items.c.id, items.c.source_id, items.c.uid, items.c.url)
            gone = items.c.id.in_(list(item_ids)) & items.c.removed.is_not(None)
            rows = connection.execute(query.where(gone)).all()
            for row in rows:
                connection.execute(delete(withdrawn).where(withdrawn.c.url == row.url))
                same = (forgotten.c.source_id == row.source_id) & (forgotten.c.uid == row.uid)
                connection.execute(delete(forgotten).where(same))
                one_less = sources.c.item_count - 1
                counted = update(sources).where(sources.c.id == row.source_id, sources.c.item_count > 0)
                connection.execute(counted.values(item_count=one_less))
                read_again(connection, row.source_id, now)
            ids = [row.id for row in rows]
            stories = story_writes.story_ids_of(connection, ids)
            constraints = or_(link_constraints.c.a.in_(ids), link_constraints.c.b.in_(ids))
            connection.execute(delete(link_constraints).where(constraints))
            over = corrections.c.item_id.in_(ids) & (corrections.c.subject == "item")
            connection.execute(update(corrections).where(over).values(holds=False))
            item_texts.delete_rows(connection, ids)
            connection.execute(delete(items).where(items.c.id.in_(ids)))
            story_writes.refresh_stories(connection, stories, now)
            return len(ids)


def prune(connection: Connection, now: datetime) -> None:
    """Delete old actions."""
    connection.execute(delete(admin_actions).where(admin_actions.c.at < now - KEEP_ACTIONS))


def _to_action(row: AnyRow) -> AdminAction:
    known = ("id", "at", "who", "via", "action", "subject", "title", "before", "after")
    values = {name: getattr(row, name) for name in known}
    return AdminAction(**values, can_undo=row.undo is not None and row.undone_by is None, undone_by=row.undone_by)


def _present(connection: Connection, ids: Iterable[int]) -> list[int]:
    found: list[int] = []
    for batch in in_batches(set(ids)):
        query = select(items.c.id).where(items.c.id.in_(batch), items.c.removed.is_(None))
        found += connection.execute(query.order_by(items.c.id)).scalars()
    return found


def _delete_constraints(connection: Connection, pairs: Iterable[tuple[int, int]], *, must_link: bool) -> None:
    for a, b in pairs:
        same = link_constraints.c.same if must_link else ~link_constraints.c.same
        connection.execute(delete(link_constraints).where(link_constraints.c.a == a, link_constraints.c.b == b, same))


def _unlock_stories(connection: Connection, ids: Iterable[int]) -> None:
    """Unlock the story of items about which no other correction holds."""
    for item_id in ids:
        constrained = or_(link_constraints.c.a == item_id, link_constraints.c.b == item_id)
        if connection.execute(select(link_constraints.c.a).where(constrained).limit(1)).first() is None:
            unlocked = items.c.pinned.bitwise_and(~LockedFields.STORY.value)
            connection.execute(update(items).where(items.c.id == item_id).values(pinned=unlocked))


def _restore_relation(membership: StoryMembership, state: Mapping[str, Any]) -> None:
    item = membership.items_by_id[state["id"]]
    original = state["reprint_of"]
    if original is not None and original not in membership.members[item.story or 0]:
        return
    item.relation, item.reprint_of, item.similarity = state["relation"], original, state["similarity"]
    item.why, item.is_changed = unpack(state["story_why"]), True


def _log_stories(
    connection: Connection,
    membership: StoryMembership,
    ids: Iterable[int],
    before: Mapping[int, AnyRow],
    now: datetime,
) -> None:
    after = {item_id: str(membership.items_by_id[item_id].story) for item_id in ids}
    log_corrections(connection, CorrectionEntry("reset", "story", after), before, now)


def _log_restored(
    connection: Connection, states: Sequence[Mapping[str, Any]], before: Mapping[int, AnyRow], now: datetime
) -> None:
    """Log what is restored: as a correction where an earlier one holds again, as a reset elsewhere."""
    for subject, field in (("category", LockedFields.CATEGORY), ("region", LockedFields.REGION)):
        for verb in ("move", "reset"):
            chosen = {
                state["id"]: _value(subject, state)
                for state in states
                if bool(state["pinned"] & field.value) == (verb == "move")
                and (verb == "move" or _value(subject, state) != _stored(subject, before[state["id"]]))
            }
            entry = CorrectionEntry(verb, subject, chosen)  # type: ignore[arg-type]
            log_corrections(connection, entry, before, now)


def _packed(why: Message | None) -> str | None:
    return why.pack() if why is not None else None


def _value(subject: str, state: Mapping[str, Any]) -> str | None:
    codes = (state["province"], state["city"], state["county"])
    return state["category"] if subject == "category" else shown_regions(to_place(codes, state.get("further_regions")))


def _stored(subject: str, row: AnyRow) -> str | None:
    codes = (row.province, row.city, row.county)
    return row.category if subject == "category" else shown_regions(to_place(codes, row.further_regions))
