"""The part of the store that decides what to poll, loaded without the rest while nothing is due."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import Connection, Engine, exists, or_, select

from aggregator.runtime.forked_process import run_in_child
from aggregator.store import claims, outbox
from aggregator.store.api.connection import MovedDatabaseError
from aggregator.store.api.polls import PollsApi
from aggregator.store.api.source_lists import SourceListsApi
from aggregator.store.api.source_sync import SourceSyncApi
from aggregator.store.api.workers import WorkersApi
from aggregator.store.availability import Availability, unavailable
from aggregator.store.schema.migrate import (
    EmptyDatabaseError,
    OlderDatabaseError,
    check_known,
    schema_versions,
    version_of,
)
from aggregator.store.schema.move_tables import COPY_OF, MOVED_TO
from aggregator.store.schema.tables import articles, moves, source_lists, sources
from aggregator.store.schema.upgrade import Report, upgrade_database
from aggregator.store.sql import dialect
from aggregator.store.sql.dialect import key_value_dict
from aggregator.store.sql.replica import Replica
from aggregator.texts import Phrase

log = logging.getLogger(__name__)


class UnfinishedCopyError(Exception):
    """The database is a copy that is not finished."""

    def __init__(self) -> None:
        super().__init__(
            Phrase("this database is a copy that is not finished; start gedi move-to again, from the old config")
        )


class PollStore(SourceSyncApi, SourceListsApi, PollsApi, WorkersApi):
    """Sources, their lists, and claims. Each method is one transaction."""

    @classmethod
    def open(
        cls,
        url: str,
        *,
        migrate: bool = True,
        may_upgrade: bool = True,
        report: Report = log.warning,
        timeout: timedelta | None = None,
        read_url: str | None = None,
        max_lag: timedelta = timedelta(0),
    ) -> Self:
        """Return the store at this database URL, its schema upgraded unless ``migrate`` is false.

        ``may_upgrade``: else OlderDatabaseError or EmptyDatabaseError is raised instead. ``report`` receives what an
        upgrade does, line by line. ``timeout`` is the longest time of a statement on PostgreSQL; an upgrade takes as
        long as it needs. Reads within a ``Reading`` use the replica at ``read_url`` unless it is more
        than ``max_lag`` behind. Raises NewerDatabaseError if a newer version of Gedi made the database, and
        DatabaseUnavailableError if it cannot be used now.
        """
        engine = dialect.open_engine(url, timeout=timeout)
        try:
            if migrate and not _is_current(engine, may_upgrade=may_upgrade):
                engine.dispose()  # connections do not survive the fork
                run_in_child(lambda: upgrade_database(url, report))
        except dialect.DATABASE_ERRORS as error:
            engine.dispose()
            raise unavailable(error, dialect.sqlite_path(engine)) from error
        return cls(engine, timeout, Replica(read_url, engine, max_lag) if read_url else None)

    def check_in_use(self) -> None:
        """Raise an error if the database was moved, or is a copy that is not finished."""
        with self._read_transaction() as connection:
            facts = key_value_dict(connection, select(moves.c.name, moves.c.value))
        if MOVED_TO in facts:
            raise MovedDatabaseError(facts[MOVED_TO])
        if COPY_OF in facts:
            raise UnfinishedCopyError

    def adopt_outages(self, earlier: Availability) -> None:
        """Record outages that ended before the store was opened, with the next heartbeat."""
        self._availability.adopt(earlier)

    def check_known(self) -> None:
        """Raise an error unless the database has a schema of this version or an older one, and is in use."""
        with self._read_transaction() as connection:
            version = version_of(connection)
        check_known(version)
        if version == schema_versions()[-1]:
            self.check_in_use()

    def close(self) -> None:
        """Close all connections."""
        if self._replica is not None:
            self._replica.close()
        self._engine.dispose()

    def has_work(self, now: datetime, lists: Sequence[str] = ()) -> bool:
        """Return whether a source, the page of an article or one of these lists of sources is due."""
        is_due = claims.ACTIVE & claims.not_leased(now) & (sources.c.next_poll <= now)
        first = select(sources.c.id).where(is_due).order_by(sources.c.next_poll).limit(1)  # by the index in any case
        pages = articles.c.due <= now
        with self._read_transaction() as connection:
            query = select(or_(first.scalar_subquery().is_not(None), exists().where(pages)))
            return bool(connection.execute(query).scalar()) or (bool(lists) and _lists_due(connection, lists, now))

    def has_due_notices(self, targets: Sequence[str], now: datetime) -> bool:
        """Return whether a notification waits for these targets that may be sent now."""
        with self._read_transaction() as connection:
            return outbox.has_due_notices(connection, targets, now)


def _is_current(engine: Engine, *, may_upgrade: bool) -> bool:
    path = dialect.sqlite_path(engine)
    if not may_upgrade and path is not None and not path.exists():
        raise EmptyDatabaseError  # which opening it would create
    with dialect.read_transaction(engine) as connection:
        version, newest = version_of(connection), schema_versions()[-1]
    check_known(version)
    if version != newest and not may_upgrade:
        raise EmptyDatabaseError if version is None else OlderDatabaseError(version, newest)
    return version == newest


def _lists_due(connection: Connection, urls: Sequence[str], now: datetime) -> bool:
    query = select(source_lists.c.next_poll).where(source_lists.c.url.in_(urls))
    times = connection.execute(query).scalars().all()
    return len(times) < len(set(urls)) or any(time is not None and time <= now for time in times)
