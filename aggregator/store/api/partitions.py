"""Store API: create partitions ahead of what is stored, and drop those that are over. SQLite has none."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from aggregator.runtime.logfmt import format_logfmt
from aggregator.store import partition_plan
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.sql import partitions
from aggregator.store.sql.database_clock import database_time
from aggregator.store.sql.dialect import driver_message, is_busy
from aggregator.store.sql.partitions import LOWEST, Partitioned

log = logging.getLogger(__name__)

Left = Mapping[Partitioned, int]  # key below which rows are left for the drop of their partition
_LOOK_EVERY = 3600.0  # seconds
_RETRY_AFTER = 60.0  # seconds, if a lock could not be had
_ATTEMPTS, _PAUSE = 5, 1.0  # to get a lock for which nobody should have to wait; seconds between two
_MOST_SWEPT = 5_000  # rows deleted from a default partition in a transaction


@dataclass(frozen=True, slots=True)
class PartitionState:
    """Partitions that are missing, by table, and how many rows are in a default partition for want of them."""

    missing: list[str]
    misplaced: list[str]


class PartitionsApi(ConnectionMixin):
    """Keep the partitions of PostgreSQL in step with what is stored."""

    _next_look = 0.0  # of the monotonic clock
    _look_from = 0  # item id from which there may be too few partitions
    _last_item_id = 0  # reserved by this process

    def create_partitions(self, now: datetime, *, attempts: int = _ATTEMPTS) -> None:
        """Create the partitions that will be needed soon."""
        with self._read_transaction() as connection:
            plan = partition_plan.plan_ranges(connection, now)
        if plan.ranges:
            if failure := self._try_shortly(partial(_create, now), attempts):
                names = ",".join(table.name for table, *_ in plan.ranges)
                log.warning("%s", format_logfmt("partitions_not_created", tables=names, error=failure))
                self._look_from, self._next_look = partition_plan.NEVER, time.monotonic() + _RETRY_AFTER
                return
            with self._read_transaction() as connection:
                plan = partition_plan.plan_ranges(connection, now)
        self._look_from, self._next_look = plan.next_look, time.monotonic() + _LOOK_EVERY

    def keep_partitions_ahead(self) -> None:
        """Create partitions when ids come near the end of the last one, and look from time to time at the others.

        Within no transaction or snapshot: those have locks for which this would wait.
        """
        is_due = self._last_item_id >= self._look_from or time.monotonic() >= self._next_look
        if is_due and self._engine.dialect.name != "sqlite":
            with self._read_transaction() as connection:
                now = database_time(connection)
            self.create_partitions(now, attempts=1)

    def partition_state(self) -> PartitionState:
        """Return what is missing for what is stored now, and in default partitions for want of others."""
        with self._read_transaction() as connection:
            if not partitions.have_partitions(connection):
                return PartitionState([], [])
            missing = partition_plan.plan_ranges(connection, database_time(connection), ahead=0).ranges
            misplaced = partition_plan.gaps(connection)
            return PartitionState(
                list(dict.fromkeys(table.name for table, *_ in missing)),
                list(dict.fromkeys(table.name for table, *_ in misplaced)),
            )

    def mend_partitions(self) -> None:
        """Create missing partitions, and move the rows there that default ones have of them; others wait meanwhile."""
        with self._write_transaction() as connection:
            for gap in list(partition_plan.gaps(connection)):
                partitions.create_range(connection, *gap)
            _create(database_time(connection), connection)

    # ------------------------------------------------------------ pruning
    def _leave_rows(self, oldest: Mapping[Partitioned, datetime]) -> Left:
        """Return which rows pruning leaves, and record it."""
        with self._read_transaction() as connection:
            if not partitions.have_partitions(connection):
                return {}
            left = partition_plan.bounds_left(connection, oldest)
            is_known = partition_plan.left_below(connection) == left[partitions.TEXTS]
        if not is_known:
            with self._write_transaction(exclusive=False) as connection:
                partition_plan.note_left(connection, left[partitions.TEXTS])
        return left

    def _drop_partitions(self, oldest: Mapping[Partitioned, datetime], left: Left) -> None:
        """Drop the partitions of which nothing is kept, and what belongs to them of default ones."""
        with self._read_transaction() as connection:
            if not partitions.have_partitions(connection):
                return
            outdated = partition_plan.outdated(connection, oldest)
        for table, one in outdated:
            if failure := self._try_shortly(partial(_detach, table, one)):
                log.warning("%s", format_logfmt("partition_not_dropped", name=one.name, error=failure))
        with self._read_transaction() as connection:
            names = partitions.detached(connection)
        for name in names:
            with self._write_transaction(exclusive=False) as connection:
                partitions.drop_detached(connection, name)
            log.info("partition_dropped name=%s", name.removeprefix(partitions.DETACHED))
        for table, below in left.items():
            count = _MOST_SWEPT if below != LOWEST else 0
            while count == _MOST_SWEPT:
                with self._write_transaction(exclusive=False) as connection:
                    count = partitions.delete_from_default(connection, table, below, _MOST_SWEPT)

    def _try_shortly(self, work: Callable[[Connection], None], attempts: int = _ATTEMPTS) -> str | None:
        """Do what needs a lock of a table, if it can be had within moments, a few times; returns why it failed.

        Nobody who stores or reads something has to fail for it.
        """
        failure = ""
        for attempt in range(attempts):
            try:
                with self._write_transaction() as connection:
                    _without_waiting(connection, work)
                return None
            except _NotDoneError as error:
                failure = str(error)
                if not error.is_busy:
                    break
            time.sleep(_PAUSE if attempt < attempts - 1 else 0)
        return failure


class _NotDoneError(Exception):
    """A statement failed; to the store this is no error of the database, which would count as an outage."""

    def __init__(self, error: DBAPIError) -> None:
        super().__init__(driver_message(error))
        self.is_busy = is_busy(error)


def _without_waiting(connection: Connection, work: Callable[[Connection], None]) -> None:
    try:
        partitions.wait_shortly(connection)
        work(connection)
    except DBAPIError as error:
        raise _NotDoneError(error) from error


def _create(now: datetime, connection: Connection) -> None:
    for table, lower, upper in partition_plan.plan_ranges(connection, now).ranges:
        partitions.create_range(connection, table, lower, upper)


def _detach(table: Partitioned, one: partitions.Range, connection: Connection) -> None:
    partition_plan.detach(connection, table, one)
