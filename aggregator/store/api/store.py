"""``Store`` and ``Writer``: the classes that combine all parts of the store API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from aggregator.store.api.articles import ArticlesApi, ArticleWriter
from aggregator.store.api.candidates import CandidateSearch
from aggregator.store.api.conversion import ConversionApi
from aggregator.store.api.correction_requests import CorrectionRequestsApi
from aggregator.store.api.documents import DocumentsApi, DocumentWriter
from aggregator.store.api.history import HistoryApi
from aggregator.store.api.item_writer import ItemWriter
from aggregator.store.api.items import ItemsApi
from aggregator.store.api.maintenance import MaintenanceApi
from aggregator.store.api.moderation import ModerationApi
from aggregator.store.api.pictures import PicturesApi, PictureWriter
from aggregator.store.api.polls import PollsApi, PollWriter
from aggregator.store.api.search import SearchApi
from aggregator.store.api.service_health import ServiceHealthApi
from aggregator.store.api.sitemap_data import SitemapDataApi
from aggregator.store.api.source_health import SourceHealthApi
from aggregator.store.api.source_sync import SourceSyncApi
from aggregator.store.api.stories import StoriesApi
from aggregator.store.api.story_writer import StoryWriter
from aggregator.store.api.training import TrainingApi
from aggregator.store.api.websub_hub import HubApi
from aggregator.store.api.websub_subscriptions import SubscriptionsApi, SubscriptionWriter
from aggregator.store.schema.migrate import upgrade
from aggregator.store.sql import dialect


class Writer(
    ItemWriter,
    CandidateSearch,
    StoryWriter,
    DocumentWriter,
    ArticleWriter,
    PictureWriter,
    PollWriter,
    SubscriptionWriter,
):
    """One open write transaction. Leaving the ``with`` block commits; an exception rolls everything back.

    SQLite: BEGIN IMMEDIATE. PostgreSQL: one advisory lock, so that two workers never open two stories for one event at
    the same moment.
    """


class Store(
    ItemsApi,
    StoriesApi,
    SearchApi,
    SourceSyncApi,
    PollsApi,
    ArticlesApi,
    PicturesApi,
    SourceHealthApi,
    ServiceHealthApi,
    DocumentsApi,
    HistoryApi,
    SitemapDataApi,
    SubscriptionsApi,
    HubApi,
    ModerationApi,
    CorrectionRequestsApi,
    TrainingApi,
    MaintenanceApi,
    ConversionApi,
):
    """The database of Gedi. Each method is one transaction, except ``prune`` and iterators."""

    @classmethod
    def open(cls, url: str, *, migrate: bool = True) -> Store:
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

    def ping(self) -> None:
        """Raise OperationalError if the database does not answer."""
        with self._read_transaction() as connection:
            connection.execute(text("SELECT 1"))

    def backup(self, path: str) -> None:
        """Write a consistent copy to ``path`` while the service runs (SQLite only: VACUUM INTO).

        Raises an error that names pg_dump on PostgreSQL.
        """
        dialect.copy_database(self._engine, path)

    @contextmanager
    def write_transaction(self) -> Iterator[Writer]:
        """Open an exclusive write transaction; it commits when the block ends without an exception."""
        with self._write_transaction() as connection:
            writer = Writer(connection)
            yield writer
            writer.finish()
