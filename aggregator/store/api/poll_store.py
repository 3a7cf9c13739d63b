"""The part of the store that decides what to poll, loaded without the rest while nothing is due."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from sqlalchemy import exists, or_, select

from aggregator.store import claims
from aggregator.store.api.polls import PollsApi
from aggregator.store.api.source_sync import SourceSyncApi
from aggregator.store.api.workers import WorkersApi
from aggregator.store.schema.migrate import upgrade
from aggregator.store.schema.tables import articles, sources
from aggregator.store.sql import dialect


class PollStore(SourceSyncApi, PollsApi, WorkersApi):
    """Sources and claims. Each method is one transaction."""

    @classmethod
    def open(cls, url: str, *, migrate: bool = True) -> Self:
        """Return the store at this database URL, its schema upgraded unless ``migrate`` is false.

        Raises NewerDatabaseError if a newer version of Gedi made the database.
        """
        engine = dialect.open_engine(url)
        if migrate:
            with dialect.write_transaction(engine) as connection:
                upgrade(connection)
        return cls(engine)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def has_work(self, now: datetime) -> bool:
        """Return whether a source or the page of an article is due."""
        is_due = claims.ACTIVE & claims.not_leased(now) & (sources.c.next_poll <= now)
        pages = articles.c.due <= now
        with self._read_transaction() as connection:
            query = select(or_(exists().where(is_due), exists().where(pages)))
            return bool(connection.execute(query).scalar())
