"""Store API: signs of life of workers, and the leases of those that gave none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, delete, literal, select

from aggregator.model import Poll, ReceivedPush
from aggregator.model.articles import ArticleJob
from aggregator.model.pictures import PictureJob
from aggregator.store import leases
from aggregator.store.api.connection import ConnectionMixin, WriterMixin
from aggregator.store.leases import LeasedTable, LeaseLostError
from aggregator.store.schema.tables import sources, workers
from aggregator.store.sql import dialect, locks
from aggregator.store.sql.database_clock import milliseconds
from aggregator.store.sql.statements import in_list, upsert

DEAD_AFTER = timedelta(seconds=6)  # without a sign of life
MAX_GAP = timedelta(seconds=4)  # between the own signs of life of a worker that may declare others dead

_LOCK_SOURCES = (
    select(sources.c.id).where(in_list(sources.c.id, "ids")).order_by(sources.c.id).with_for_update(key_share=True)
)
_PRESENT: Select[str] = select(workers.c.owner)


def present_workers() -> Select[str]:
    """Return the query of the names of all workers."""
    return _PRESENT


ClaimedWork = Poll | ReceivedPush | ArticleJob | PictureJob


class WorkersApi(ConnectionMixin):
    """Which workers are alive. Times are those of the database, because the clocks of machines differ."""

    def join(self, owner: str, now: datetime, is_gone: Callable[[str], bool]) -> None:
        """Record a new worker, and release the leases of those that are known to be gone."""
        self.release_gone(now, is_gone)
        with self._write_transaction(exclusive=False) as connection:
            _record(connection, owner, milliseconds(connection))

    def worker_names(self) -> list[str]:
        """Return the names of all workers that have joined and not left."""
        with self._read_transaction() as connection:
            return list(connection.execute(_PRESENT).scalars())

    def release_gone(self, now: datetime, is_gone: Callable[[str], bool]) -> None:
        """Release the leases of workers that are known to be gone."""
        with self._read_transaction() as connection:
            gone = [owner for owner in connection.execute(_PRESENT).scalars() if is_gone(owner)]
        if gone:
            with self._write_transaction(exclusive=False) as connection:
                connection.execute(delete(workers).where(workers.c.owner.in_(gone)))
                leases.release(connection, now, _PRESENT, excluded=True)

    def beat(self, owner: str, now: datetime) -> list[str]:
        """Record a sign of life. Returns the workers that gave none for ``DEAD_AFTER``, whose leases are released.

        A worker that has been silent itself declares no other dead: perhaps the database was not available. It does
        not wait for other transactions of its process.
        """
        with self._begin_write(exclusive=False) as connection:
            seen_by_owner = dialect.key_value_dict(connection, select(workers.c.owner, workers.c.seen))
            present = milliseconds(connection)
            _record(connection, owner, present)
            before = seen_by_owner.get(owner)
            if before is None or present - before > MAX_GAP / timedelta(milliseconds=1):
                return []
            last = present - int(DEAD_AFTER / timedelta(milliseconds=1))
            dead = sorted(other for other, seen in seen_by_owner.items() if seen < last and other != owner)
            if dead:
                connection.execute(delete(workers).where(workers.c.owner.in_(dead), workers.c.seen < last))
                leases.release(connection, now, _PRESENT, excluded=True)
            return dead

    def leave(self, owner: str, now: datetime) -> None:
        """Remove a worker that stops, and release its leases."""
        with self._write_transaction(exclusive=False) as connection:
            connection.execute(delete(workers).where(workers.c.owner == owner))
            leases.release(connection, now, select(literal(owner)))


class LeaseWriter(WriterMixin):
    """Check leases within a write transaction."""

    def require_leases(self, claimed: Sequence[ClaimedWork]) -> None:
        """Raise LeaseLostError unless all of this work is still leased as it was claimed; it stays so until the end.

        Work without a lease is not checked. Sources are locked before what was claimed of them (``sql.locks``).
        """
        of_sources = {one.source.id for one in claimed if isinstance(one, ReceivedPush | ArticleJob)}
        if of_sources and not locks.has_one_writer(self._connection):
            self._connection.execute(_LOCK_SOURCES, {"ids": of_sources}).all()
        for kind, leased in _TABLES:
            held = {_key(one): one.lease for one in claimed if isinstance(one, kind) and one.lease is not None}
            if held and (lost := leases.lost_keys(self._connection, leased, held)):
                raise LeaseLostError(f"{leased.table.name} {sorted(lost)}")


_TABLES: tuple[tuple[type[ClaimedWork], LeasedTable], ...] = (
    (Poll, leases.SOURCES),
    (ReceivedPush, leases.PUSHES),
    (ArticleJob, leases.ARTICLES),
    (PictureJob, leases.PICTURES),
)


def _key(claimed: ClaimedWork) -> int:
    if isinstance(claimed, Poll):
        return claimed.source.id
    return claimed.item_id if isinstance(claimed, ArticleJob) else claimed.id


def _record(connection: Connection, owner: str, present: int) -> None:
    statement = upsert(connection, workers, "owner", replace="seen")
    connection.execute(statement, [{"owner": owner, "seen": present}])
