"""Store API: the outbox of notifications.

Whoever sends to a target holds its lease. Each transaction checks it, so two workers never choose or send for one
target at the same time, and ``notices`` is unique by target and subject.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, update

from aggregator.messages import Message
from aggregator.model import HistoryEvent, Lease
from aggregator.model.notifications import (
    ENDED,
    INCIDENT,
    NewNotice,
    Notice,
    OutboxMessage,
    TargetClaim,
    TargetState,
    WatchedTarget,
)
from aggregator.store import leases, outbox
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.leases import LeaseLostError
from aggregator.store.schema.tables import notices, notify_messages, notify_targets, troubles
from aggregator.store.sql.dialect import insert_for

Outcome = Literal["sent", "given-up", "void"]
_targets, _messages = notify_targets.c, notify_messages.c
_IS_OPEN = _messages.ended.is_(None)
_WAITS = notices.c.message.is_(None)
LATE = timedelta(days=1)  # how late an incident may be noticed


class NotificationsApi(ConnectionMixin):
    """Targets, notices and messages."""

    def watch_targets(self, targets: Sequence[WatchedTarget], now: datetime) -> None:
        """Insert new targets, and let those that wait try again: the config may have changed."""
        keys = [target.key for target in targets]
        with self._write_transaction(exclusive=False) as connection:
            known = set(connection.execute(select(_targets.key).where(_targets.key.in_(keys))).scalars())
            outbox.add_targets(connection, [target for target in targets if target.key not in known], now)
            connection.execute(update(notify_targets).where(_targets.key.in_(known)).values(next_at=None))

    def claim_targets(
        self, targets: Sequence[WatchedTarget], now: datetime, lease: timedelta, owner: str, limit: int
    ) -> list[TargetClaim]:
        """Lease up to ``limit`` targets for which there is something to do. Only reads while there is none."""
        with self._read_transaction() as connection:
            keys = _with_work(connection, targets, now)[:limit]
        if not keys:
            return []
        with self._write_transaction(exclusive=False) as connection:
            query = select(notify_targets).where(_targets.key.in_(keys), _is_free(now)).order_by(_targets.key)
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            held = Lease(owner, now + lease)
            chosen = update(notify_targets).where(_targets.key.in_([row.key for row in rows]))
            connection.execute(chosen.values(**leases.NOTIFY_TARGETS.columns(held)))
            return [
                TargetClaim(row.key, row.since, row.first_story, row.position, row.failing_since, held) for row in rows
            ]

    # ------------------------------------------------------------ what is new
    def events_after(self, listing: str, position: int, limit: int) -> tuple[list[HistoryEvent], int, bool]:
        """Return the events of a journal after a position, the position after them, and whether there are more."""
        with self._read_transaction() as connection:
            return outbox.events_after(connection, listing, position, limit)

    def known_stories(self, target: str, story_ids: Collection[int]) -> set[int]:
        """Return those of the stories that need not be sent to the target any more."""
        with self._read_transaction() as connection:
            return outbox.known_stories(connection, target, story_ids)

    def new_incidents(self, target: str, since: datetime, now: datetime) -> list[NewNotice]:
        """Return incidents that began after ``since``, and the ends of those that are in the outbox."""
        with self._read_transaction() as connection:
            return _new_incidents(connection, target, max(since, now - LATE))

    def add_notices(self, claim: TargetClaim, new: Sequence[NewNotice], position: int) -> TargetClaim:
        """Put notices into the outbox, and remember that the journal was read up to a position, in one transaction."""
        with self._write_transaction(exclusive=False) as connection:
            _update_held(connection, claim, {"position": position})
            outbox.add_notices(connection, claim.key, new)
        return replace(claim, position=position)

    # ------------------------------------------------------------ messages
    def waiting_notices(self, target: str) -> list[Notice]:
        """Return the notices that are in no message yet, oldest first."""
        with self._read_transaction() as connection:
            query = select(notices).where(notices.c.target == target, _WAITS).order_by(notices.c.id)
            return [_to_notice(row) for row in connection.execute(query)]

    def sent_times(self, target: str, since: datetime) -> list[datetime]:
        """Return when messages were sent after ``since``, in order."""
        with self._read_transaction() as connection:
            is_sent = (_messages.target == target) & (_messages.ended > since) & (_messages.outcome == "sent")
            return list(connection.execute(select(_messages.ended).where(is_sent).order_by(_messages.ended)).scalars())

    def form_messages(self, claim: TargetClaim, groups: Mapping[str, Sequence[int]], now: datetime) -> None:
        """Make messages: id -> notices."""
        with self._write_transaction(exclusive=False) as connection:
            _update_held(connection, claim, {})
            for message, notice_ids in groups.items():
                values = {"id": message, "target": claim.key, "created": now}
                connection.execute(insert_for(connection, notify_messages).values(**values))
                chosen = update(notices).where(notices.c.id.in_(notice_ids), _WAITS)
                connection.execute(chosen.values(message=message))

    def open_messages(self, target: str) -> list[tuple[OutboxMessage, list[Notice]]]:
        """Return the messages that are not sent yet with their notices, in the order in which they were made."""
        with self._read_transaction() as connection:
            query = select(notify_messages).where(_messages.target == target, _IS_OPEN)
            rows = connection.execute(query.order_by(_messages.created, _messages.id)).all()
            of_messages = select(notices).where(notices.c.message.in_([row.id for row in rows]))
            parts: dict[str, list[Notice]] = {row.id: [] for row in rows}
            for row in connection.execute(of_messages.order_by(notices.c.id)) if rows else ():
                parts[row.message].append(_to_notice(row))
        found = [(OutboxMessage(row.id, row.created, row.attempts), parts[row.id]) for row in rows]
        return sorted(found, key=lambda each: (each[0].created, each[1][0].id if each[1] else 0))

    def begin_attempt(self, claim: TargetClaim, message: str, until: datetime) -> TargetClaim:
        """Count an attempt, and extend the lease. Raises LeaseLostError if the target is another's now."""
        lease = Lease(claim.lease.owner, until)
        with self._write_transaction(exclusive=False) as connection:
            _update_held(connection, claim, leases.NOTIFY_TARGETS.columns(lease))
            counted = update(notify_messages).where(_messages.id == message)
            connection.execute(counted.values(attempts=_messages.attempts + 1))
        return replace(claim, lease=lease)

    def end_message(self, claim: TargetClaim, message: str, outcome: Outcome, now: datetime) -> None:
        """Record that a message was sent or given up; a sent one ends a failure of its target."""
        values: dict[str, Any] = {}
        if outcome == "sent":
            values = {"sent": _targets.sent + 1, "last_sent": now, "failing_since": None, "error": None}
        elif outcome == "given-up":
            values = {"given_up": _targets.given_up + 1}
        with self._write_transaction(exclusive=False) as connection:
            _update_held(connection, claim, values)
            ended = update(notify_messages).where(_messages.id == message, _IS_OPEN)
            connection.execute(ended.values(ended=now, outcome=outcome))

    def record_failure(self, claim: TargetClaim, error: Message, since: datetime) -> None:
        """Record why a target cannot be reached."""
        with self._write_transaction(exclusive=False) as connection:
            _update_held(connection, claim, {"error": error, "failing_since": since})

    def release_target(self, claim: TargetClaim, next_at: datetime | None) -> None:
        """Give a target back. It is not looked at before ``next_at``."""
        with self._write_transaction(exclusive=False) as connection:
            _update_held(connection, claim, {"next_at": next_at, "leased_until": None, "lease_owner": None})

    def target_states(self, keys: Sequence[str]) -> list[TargetState]:
        """Return the states of these targets, in this order."""
        with self._read_transaction() as connection:
            rows = connection.execute(select(notify_targets).where(_targets.key.in_(keys))) if keys else ()
            known = {row.key: row for row in rows}
            unsent = select(_messages.id).where(_IS_OPEN, _messages.target.in_(known))
            waits = or_(_WAITS, notices.c.message.in_(unsent))
            counts = select(notices.c.target, func.count()).where(notices.c.target.in_(known), waits)
            waiting: dict[str, int] = dict(tuple(row) for row in connection.execute(counts.group_by(notices.c.target)))
        return [_to_state(key, known.get(key), waiting.get(key, 0)) for key in keys]


def _to_notice(row: Any) -> Notice:
    return Notice(row.id, row.subject, row.at, row.item_id)


def _to_state(key: str, row: Any, waiting: int) -> TargetState:
    if row is None:
        return TargetState(key, None, 0, 0, 0, None, None, None, None)
    times = (row.last_sent, row.failing_since, row.error, row.next_at)
    return TargetState(key, row.since, waiting, row.sent, row.given_up, *times)


def _update_held(connection: Connection, claim: TargetClaim, values: Mapping[str, Any]) -> None:
    """Write to a target that is claimed. Raises LeaseLostError, and nothing is written, if it is another's now."""
    is_held = (_targets.key == claim.key) & leases.NOTIFY_TARGETS.held(claim.lease)
    changed = update(notify_targets).where(is_held).values(values or {"key": claim.key})
    if not connection.execute(changed).rowcount:
        raise LeaseLostError("notify_targets")


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(_targets.leased_until.is_(None), _targets.leased_until <= now)


def _with_work(connection: Connection, targets: Sequence[WatchedTarget], now: datetime) -> list[str]:
    by_key = {target.key: target for target in targets}
    is_due = or_(_targets.next_at.is_(None), _targets.next_at <= now)
    has_waiting = exists().where(notices.c.target == _targets.key, _WAITS)
    has_open = exists().where(_messages.target == _targets.key, _IS_OPEN)
    columns = (_targets.key, _targets.since, _targets.position, or_(has_waiting, has_open).label("waits"))
    rows = connection.execute(select(*columns).where(_targets.key.in_(by_key), is_due, _is_free(now))).all()
    listings = {listing for row in rows if (listing := by_key[row.key].listing) is not None}
    ends = outbox.journal_ends(connection, listings) if listings else {}
    found = []
    for row in rows:
        target = by_key[row.key]
        if target.latest is not None:
            has_news = _is_new(connection, row, target.latest)
        elif target.listing is not None:
            has_news = ends.get(target.listing, 0) > row.position
        else:
            has_news = _has_new_incidents(connection, row, now)
        if row.waits or has_news:
            found.append(row.key)
    return found


def _is_new(connection: Connection, row: Any, notice: NewNotice) -> bool:
    """Return whether something happened since the target was new, and is not in its outbox."""
    known = select(notices.c.id).where(notices.c.target == row.key, notices.c.subject == notice.subject)
    return notice.at > row.since and connection.execute(known).first() is None


def _has_new_incidents(connection: Connection, row: Any, now: datetime) -> bool:
    return bool(_new_incidents(connection, row.key, max(row.since, now - LATE)))


def _new_incidents(connection: Connection, target: str, since: datetime) -> list[NewNotice]:
    recent = connection.execute(select(troubles.c.id, troubles.c.began).where(troubles.c.began >= since)).all()
    began = {f"{INCIDENT}{row.id}": row.began for row in recent}
    ends = select(troubles.c.id, troubles.c.ended).where(troubles.c.ended >= since)
    ended = {f"{INCIDENT}{row.id}": row.ended for row in connection.execute(ends)}
    if not began and not ended:
        return []
    names = {*began, *ended, *(name + ENDED for name in ended)}
    of_target = and_(notices.c.target == target, notices.c.subject.in_(names))
    known = set(connection.execute(select(notices.c.subject).where(of_target)).scalars())
    new = [NewNotice(name, at) for name, at in began.items() if name not in known]
    announced = known | set(began)
    new += [
        NewNotice(name + ENDED, at) for name, at in ended.items() if name in announced and name + ENDED not in known
    ]
    return sorted(new, key=lambda each: each.at)
