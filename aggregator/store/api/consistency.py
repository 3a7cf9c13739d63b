"""Store API: find rows that contradict each other, and mend them from what they are derived from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete

from aggregator.store import consistency, leases, search_index, story_writes
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.api.workers import present_workers
from aggregator.store.schema.tables import workers
from aggregator.store.sql.dialect import empty_log, log_size
from aggregator.store.sql.statements import in_batches

_AT_ONCE = 100  # rows that are mended in one transaction


@dataclass(frozen=True, slots=True)
class Contradictions:
    """Rows that contradict others."""

    dangling: int  # references to rows that are missing
    orphans: int
    stories: list[int]
    counts: dict[int, int]  # source -> items it has
    unsearchable: list[int]  # items that the search index does not have


class ConsistencyApi(ConnectionMixin):
    """Check and mend the store. Every mending is made in short transactions, while the service may run."""

    def damage(self) -> list[str]:
        """Return what is wrong with the database itself, at most ten lines."""
        with self._read_transaction() as connection:
            return consistency.damage(connection)

    def contradictions(self) -> Contradictions:
        """Return the rows that contradict others. Reads all items."""
        with self._read_transaction() as connection:
            return Contradictions(
                consistency.dangling_references(connection),
                consistency.count_orphans(connection),
                consistency.wrong_stories(connection),
                consistency.wrong_counts(connection),
                consistency.missing_from_search(connection),
            )

    def delete_orphans(self) -> None:
        """Delete rows whose item or story is gone."""
        with self._write_transaction() as connection:
            consistency.delete_orphans(connection)

    def refresh_stories(self, story_ids: list[int], now: datetime) -> None:
        """Compute the rows of stories again from their items."""
        for part in in_batches(story_ids, _AT_ONCE):
            with self._write_transaction() as connection:
                story_writes.refresh_stories(connection, part, now)

    def correct_counts(self) -> None:
        """Count the items of sources again."""
        with self._write_transaction() as connection:
            consistency.set_counts(connection, consistency.wrong_counts(connection))

    def add_to_search(self, item_ids: list[int]) -> None:
        """Add items to the search index."""
        for part in in_batches(item_ids, _AT_ONCE):
            with self._write_transaction() as connection:
                search_index.add_to_index(connection, part)

    def clock_difference(self, clock: Callable[[], datetime]) -> timedelta:
        """Return by how much the clock of the database's machine is ahead."""
        with self._read_transaction() as connection:
            return consistency.clock_difference(connection, clock())

    def polls_in_future(self, now: datetime) -> list[int]:
        """Return the sources whose polls are recorded or planned for an impossible time."""
        with self._read_transaction() as connection:
            return consistency.polls_in_future(connection, now)

    def make_due(self, source_ids: list[int], now: datetime) -> None:
        """Make these sources due."""
        with self._write_transaction() as connection:
            consistency.make_due(connection, source_ids, now)

    def silent_workers(self) -> list[str]:
        """Return the workers that have given no sign of life for a minute."""
        with self._read_transaction() as connection:
            return consistency.silent_workers(connection)

    def held_leases(self) -> dict[str, int]:
        """Return owner -> number of leases, of owners that are no present worker."""
        with self._read_transaction() as connection:
            return leases.count(connection, present_workers())

    def release_workers(self, owners: Collection[str], now: datetime) -> None:
        """Remove these workers, and release every lease of a worker that is not present."""
        with self._write_transaction(exclusive=False) as connection:
            connection.execute(delete(workers).where(workers.c.owner.in_(sorted(owners))))
            leases.release(connection, now, present_workers(), excluded=True)

    def log_size(self) -> int:
        """Return the size of SQLite's write-ahead log in bytes."""
        return log_size(self._engine)

    def empty_log(self) -> bool:
        """Write SQLite's write-ahead log back; returns whether nobody kept it from being emptied."""
        return empty_log(self._engine)
