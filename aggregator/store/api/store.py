"""``Store`` and ``Writer``: the classes that combine all parts of the store API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from aggregator.store.api.admin_actions import AdminActionsApi
from aggregator.store.api.admin_queues import AdminQueuesApi
from aggregator.store.api.articles import ArticlesApi, ArticleWriter
from aggregator.store.api.consistency import ConsistencyApi
from aggregator.store.api.conversion import ConversionApi
from aggregator.store.api.correction_requests import CorrectionRequestsApi
from aggregator.store.api.daily_digests import DailyDigestsApi
from aggregator.store.api.documents import DocumentsApi, DocumentWriter
from aggregator.store.api.history import HistoryApi
from aggregator.store.api.index_pushes import IndexPushesApi
from aggregator.store.api.item_writer import ItemWriter
from aggregator.store.api.items import ItemsApi
from aggregator.store.api.maintenance import MaintenanceApi
from aggregator.store.api.mark_merging import MarkMergingApi
from aggregator.store.api.moderation import ModerationApi
from aggregator.store.api.notifications import NotificationsApi
from aggregator.store.api.pictures import PicturesApi, PictureWriter
from aggregator.store.api.poll_store import PollStore
from aggregator.store.api.polls import PollWriter
from aggregator.store.api.search import SearchApi
from aggregator.store.api.series import SeriesApi
from aggregator.store.api.service_health import ServiceHealthApi
from aggregator.store.api.service_history import ServiceHistoryApi
from aggregator.store.api.sitemap_data import SitemapDataApi
from aggregator.store.api.snapshot import Snapshot, SnapshotApi
from aggregator.store.api.source_health import SourceHealthApi
from aggregator.store.api.stories import StoriesApi
from aggregator.store.api.training import TrainingApi
from aggregator.store.api.websub_hub import HubApi
from aggregator.store.api.websub_subscriptions import SubscriptionsApi, SubscriptionWriter
from aggregator.store.api.workers import LeaseWriter
from aggregator.store.sql.dialect import reserve_item_ids
from aggregator.store.sql.replica import Reading, ReplicaState, current_reading, use_reading

if TYPE_CHECKING:  # loaded by the command that needs it
    from aggregator.store.transfer.copy_check import BackupFacts
    from aggregator.store.transfer.move import Report
    from aggregator.store.transfer.table_sync import TableResult


class Writer(ItemWriter, DocumentWriter, ArticleWriter, PictureWriter, PollWriter, SubscriptionWriter, LeaseWriter):
    """One open write transaction. Leaving the ``with`` block commits; an exception rolls everything back."""

    def snapshot(self) -> Snapshot:
        """Return the state that the transaction sees."""
        return Snapshot(self._connection)

    def reserve_item_ids(self, count: int) -> list[int]:
        """Return ``count`` ascending ids for new items, which no other call returns."""
        return reserve_item_ids(self._connection, count) if count else []


class Store(
    SnapshotApi,
    ItemsApi,
    StoriesApi,
    SeriesApi,
    SearchApi,
    PollStore,
    ArticlesApi,
    PicturesApi,
    SourceHealthApi,
    ServiceHealthApi,
    ServiceHistoryApi,
    DocumentsApi,
    DailyDigestsApi,
    HistoryApi,
    SitemapDataApi,
    SubscriptionsApi,
    HubApi,
    IndexPushesApi,
    ModerationApi,
    AdminActionsApi,
    AdminQueuesApi,
    CorrectionRequestsApi,
    TrainingApi,
    MaintenanceApi,
    MarkMergingApi,
    ConversionApi,
    ConsistencyApi,
    NotificationsApi,
):
    """The database of Gedi. Each method is one transaction, except ``prune``, ``merge_marks``, those that create
    partitions, and iterators."""

    def close(self) -> None:
        """Close all connections."""
        self.wait_for_merge()
        super().close()

    def ping(self) -> None:
        """Raise OperationalError if the database does not answer."""
        with self._read_transaction() as connection:
            connection.execute(text("SELECT 1"))

    def replica_state(self) -> ReplicaState | None:
        """Return the state of the replica as this process sees it; None if there is none."""
        return self._replica.state() if self._replica is not None else None

    @contextmanager
    def primary_reads(self) -> Iterator[None]:
        """Read from the primary in this block: what is read decides about a write, or must be the newest."""
        with use_reading(None if current_reading() is None else Reading(may_use_replica=False)):
            yield

    @contextmanager
    def reads_from(self, seen: int) -> Iterator[None]:
        """Read no older state in this block than ``seen_state`` returned earlier, in any process."""
        reading = current_reading()
        if reading is None:
            yield
            return
        former, reading.needed = reading.needed, max(reading.needed, seen)
        try:
            yield
        finally:
            reading.needed = former

    def seen_state(self) -> int:
        """Return which state the last read or write of this request saw; 0 if reads are not routed."""
        reading = current_reading()
        return max(reading.seen, reading.written) if reading is not None else 0

    def back_up(self, path: Path, report: Report) -> BackupFacts:
        """Write a checked copy to ``path`` while the service runs; raises ``transfer.copy_check.BackupError``."""
        from aggregator.store.transfer.backup import back_up

        return back_up(self._engine, path, report)

    def check_unused(self) -> None:
        """Raise ``transfer.restore.InUseError`` if another process uses the database."""
        from aggregator.store.transfer.restore import check_unused

        check_unused(self._engine)

    def restore(self, backup: BackupFacts, stamp: str, report: Report) -> str | None:
        """Put a checked backup in place of the database, which nobody else may use. Returns where that one is now."""
        from aggregator.store.transfer.restore import restore

        return restore(self._engine, backup, stamp, report)

    def move_to(self, copy: Store, report: Report) -> list[TableResult]:
        """Copy everything to an empty store while this one is in use, and refuse writes to this one from then on.

        A copy that was interrupted is continued. Returns what each table has; raises ``transfer.move.MoveError``.
        """
        from aggregator.store.transfer.move import move_store

        return move_store(self._engine, copy._engine, report)

    def cancel_move(self) -> bool:
        """Take writes again after ``move_to``. Returns whether they were refused."""
        from aggregator.store.transfer.move import cancel_move

        return cancel_move(self._engine)

    @contextmanager
    def write_transaction(self, *, settling: bool = False) -> Iterator[Writer]:
        """Open a write transaction; it commits when the block ends without an exception.

        It is the only one, or with ``settling`` one of several that store what visits brought. Then its end may raise
        SnapshotOutdated, which rolls everything back.
        """
        with self._write_transaction(settling=settling) as connection:
            writer = Writer(connection)
            yield writer
            writer.finish()
