"""The end of a write transaction, for which other workers may wait: it is short, and always in the same order.

Rows of feeds and totals are written by one transaction at a time. Whoever cannot have them at once leaves its changes
in ``pending_changes``, and the next one writes them as well: nobody waits. The settlement comes last, so that the check
sees what all transactions that ended before have stored.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, exists, insert, select

from aggregator.store import daily_stats, journal, poll_results, rendered_feeds, settlements
from aggregator.store.open_changes import OpenChanges, SharedChanges, SnapshotOutdated, take
from aggregator.store.schema.tables import pending_changes
from aggregator.store.sql import locks

_LEAVE = insert(pending_changes)
_TAKE_PENDING = delete(pending_changes).returning(pending_changes.c.number, pending_changes.c.packed)
_TRY = select(locks.shared_rows_are_free(), exists(select(pending_changes.c.number)))
_HAS_PENDING = select(pending_changes.c.number).limit(1)


def end_transaction(connection: Connection) -> None:
    """Write what the transaction has collected. Raises SnapshotOutdated if its decision does not hold any more."""
    changes = take(connection)
    if changes.shared:
        _write_or_leave(connection, changes.shared)
    if changes.is_settlement:
        _settle(connection, changes)


def _write_or_leave(connection: Connection, changes: SharedChanges) -> None:
    if not locks.has_one_writer(connection):
        is_free, pending_exist = connection.execute(_TRY).one()
        if not is_free:
            connection.execute(_LEAVE, {"packed": changes.to_json()})
            return
        if pending_exist and changes.events:
            pending = _take_pending(connection)
            pending.add(changes)
            changes = pending
    _write(connection, changes)


def write_pending(connection: Connection) -> bool:
    """Write what transactions have left, and return whether there was something; waits for other transactions."""
    if connection.execute(_HAS_PENDING).first() is None:
        return False
    locks.lock_shared_rows(connection)
    _write(connection, _take_pending(connection))
    return True


def has_pending(connection: Connection) -> bool:
    """Return whether transactions have left something to write."""
    return connection.execute(_HAS_PENDING).first() is not None


def _take_pending(connection: Connection) -> SharedChanges:
    pending = SharedChanges()
    for _, packed in sorted(tuple(row) for row in connection.execute(_TAKE_PENDING)):
        pending.add(SharedChanges.from_json(packed))
    return pending


def _write(connection: Connection, changes: SharedChanges) -> None:
    journal.write_events(connection, changes.events)
    rendered_feeds.write_stale(connection, changes.stale_listings)
    daily_stats.write_totals(connection, changes.totals)
    poll_results.write_hours(connection, changes.items_by_hour)


def _settle(connection: Connection, changes: OpenChanges) -> None:
    locks.lock_settlement(connection)
    if (
        changes.basis is not None
        and not locks.has_one_writer(connection)
        and settlements.concerns(connection, changes.basis)
    ):
        raise SnapshotOutdated
    if changes.has_withdrawn:
        settlements.append(connection, (), None)
    elif changes.settled_items or changes.settled_stories:
        settlements.append(connection, changes.settled_items, changes.settled_stories)
    if changes.void_marks or changes.marks:
        from aggregator.store import mark_index  # loads numpy, which few transactions need

        mark_index.void_marks(connection, changes.void_marks)
        mark_index.add_marks(connection, changes.marks)
