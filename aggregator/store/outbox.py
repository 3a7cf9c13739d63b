"""Rows of the outbox of notifications that several transactions need: new targets, events of journals, pruning."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, func, insert, literal, or_, select

from aggregator.model import HistoryEvent
from aggregator.model.notifications import STORY, NewNotice, WatchedTarget
from aggregator.store import journal
from aggregator.store.journal import EVENT_BYTES, PAGE_SIZE
from aggregator.store.schema.tables import items, notices, notify_messages, notify_targets, stories
from aggregator.store.sql.dialect import insert_for
from aggregator.store.sql.statements import in_batches

KNOWN_BEFORE = "-"  # in place of a message: the target was not sent it
KNOWN_FOR = timedelta(days=3)  # how long ago the last report of a story is that counts as known before
KEEP_MESSAGES = timedelta(days=30)


def add_targets(connection: Connection, targets: Sequence[WatchedTarget], now: datetime) -> None:
    """Insert targets that are new: only what happens from now on is sent to them."""
    first_story = int(connection.execute(select(func.max(items.c.id))).scalar() or 0) + 1
    ends = journal_ends(connection, {target.listing for target in targets if target.listing is not None})
    for target in targets:
        values = {"key": target.key, "since": now, "first_story": first_story}
        position = ends.get(target.listing or "", 0)
        added = insert_for(connection, notify_targets).values(**values, position=position).on_conflict_do_nothing()
        if not connection.execute(added).rowcount or target.several < 2:
            continue
        known = select(stories.c.id).where(
            stories.c.outlets >= literal(target.several), stories.c.last_published >= now - KNOWN_FOR
        )
        rows = [
            {"target": target.key, "subject": f"{STORY}{story}", "item_id": story, "at": now, "message": KNOWN_BEFORE}
            for story in connection.execute(known).scalars()
        ]
        if rows:
            connection.execute(insert(notices), rows)


def journal_ends(connection: Connection, listings: Collection[str]) -> dict[str, int]:
    """Return listing -> number of its events."""
    pages = journal.open_pages(connection, sorted(listings))
    return {key: closed * PAGE_SIZE + len(packed) // EVENT_BYTES for key, (closed, packed) in pages.items()}


def events_after(
    connection: Connection, listing: str, position: int, limit: int
) -> tuple[list[HistoryEvent], int, bool]:
    """Return the events after a position, about ``limit``, the position after them, and whether there are more.

    Pages that were pruned are skipped.
    """
    newest = journal.current_page(connection, listing)
    if newest is None:
        return [], position, False
    end = (newest.number - 1) * PAGE_SIZE + len(newest.events)
    events: list[HistoryEvent] = []
    while position < end and len(events) < limit:
        number = position // PAGE_SIZE + 1
        page = newest if number == newest.number else journal.full_page(connection, listing, number)
        if page is not None:
            events += page.events[position % PAGE_SIZE :]
        position = min(number * PAGE_SIZE, end)
    return events, position, position < end


def known_stories(connection: Connection, target: str, story_ids: Collection[int]) -> set[int]:
    """Return those of the stories that are in the outbox of a target, themselves or by a report that they have now."""
    known: set[int] = set()
    for batch in in_batches(story_ids):
        subjects = [f"{STORY}{story}" for story in batch]
        of_target = notices.c.target == target
        found = connection.execute(select(notices.c.subject).where(of_target, notices.c.subject.in_(subjects)))
        known |= {int(subject.removeprefix(STORY)) for subject in found.scalars()}
        shown = select(items.c.story_id).join(notices, notices.c.item_id == items.c.id)
        known |= set(connection.execute(shown.where(of_target, items.c.story_id.in_(batch))).scalars())
    return known


def add_notices(connection: Connection, target: str, new: Sequence[NewNotice]) -> None:
    """Insert what is not in the outbox of the target yet."""
    rows = [{"target": target, "subject": each.subject, "item_id": each.item_id, "at": each.at} for each in new]
    if rows:
        connection.execute(insert_for(connection, notices).on_conflict_do_nothing(), rows)


def has_due_notices(connection: Connection, targets: Sequence[str], now: datetime) -> bool:
    """Return whether something waits in the outbox of these targets that may be sent now."""
    is_due = or_(notify_targets.c.next_at.is_(None), notify_targets.c.next_at <= now)
    waiting = exists().where(notices.c.target == notify_targets.c.key, notices.c.message.is_(None))
    unsent = exists().where(notify_messages.c.target == notify_targets.c.key, notify_messages.c.ended.is_(None))
    query = select(notify_targets.c.key).where(notify_targets.c.key.in_(targets), is_due, or_(waiting, unsent)).limit(1)
    return connection.execute(query).first() is not None


def prune(connection: Connection, now: datetime, keep: timedelta) -> None:
    """Delete old messages, and notices of what is older than ``keep``."""
    connection.execute(delete(notify_messages).where(notify_messages.c.ended < now - KEEP_MESSAGES))
    before = now - max(keep, KEEP_MESSAGES)
    connection.execute(delete(notices).where(notices.c.at < before, notices.c.message.is_not(None)))
