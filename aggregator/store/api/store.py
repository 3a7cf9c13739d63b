"""The public face of the store: what each method means is said here, how it is done in the file it calls."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from aggregator.messages import Message
from aggregator.model import (
    CategoryDecision,
    Example,
    HostQuota,
    KnownItems,
    Poll,
    RenderedDocument,
    Source,
    SourceHealth,
    UncategorizedItem,
)
from aggregator.model.articles import ArticleJob
from aggregator.store import (
    article_queue,
    claims,
    item_writes,
    journal,
    pruning,
    rendered_feeds,
    source_health,
    source_sync,
    sources,
    training_data,
    uncategorized,
)
from aggregator.store.api.health import HealthApi
from aggregator.store.api.moderation import ModerationApi
from aggregator.store.api.publications import PublicationsApi
from aggregator.store.api.reader import Reader
from aggregator.store.api.sitemap_data import SitemapDataApi
from aggregator.store.api.websub import WebSubApi
from aggregator.store.api.writer import Writer
from aggregator.store.schema.migrate import upgrade
from aggregator.store.sql import dialect

_BATCH_PAUSE = (
    0.05  # seconds between two batches of upkeep: neither lock is fair, and a poll must not wait for all of them
)


class Store(Reader, WebSubApi, HealthApi, ModerationApi, PublicationsApi, SitemapDataApi):
    """The one public face. Made by ``Store.open(url)``, which brings the schema up to date (Alembic)."""

    # -- life
    @classmethod
    def open(cls, url: str, *, migrate: bool = True) -> Store:
        engine = dialect.open_engine(url)
        if migrate:
            with dialect.write_transaction(engine) as connection:
                upgrade(connection)
        return cls(engine)

    def close(self) -> None:
        self._engine.dispose()

    def ping(self) -> None:
        """Raises when the database does not answer."""
        with self._read_transaction() as connection:
            connection.execute(text("SELECT 1"))

    def backup(self, path: str) -> None:
        """A consistent copy while the service runs (SQLite: VACUUM INTO; PostgreSQL: a clear error naming pg_dump)."""
        dialect.copy_database(self._engine, path)

    # -- sources and polls
    def sync_sources(self, sources: Sequence[Source], now: datetime, spread: timedelta) -> dict[str, int]:
        """Make the table agree with the config (``Source.id`` is ignored). Known by slug, address, former slug, as
        ``source_sync`` says; a new url for a known source keeps history and forgets validators; a source no longer
        listed is kept with its items, state off. New sources are due at once, but spread evenly over ``spread``. Feeds
        that show what has changed of a source become stale. Returns slug -> id."""
        with self._write_transaction() as connection:
            return source_sync.sync_sources(connection, sources, now, spread)

    def apply_render_fingerprint(self, fingerprint: int) -> bool:
        """Every document becomes stale when they were rendered under another fingerprint (of title, language, names
        of categories ...: 63 bits). True when that was so."""
        with self._write_transaction() as connection:
            return source_sync.apply_render_fingerprint(connection, fingerprint)

    def current_slug(self, slug: str) -> str | None:
        """The name that a source has now which once had this one."""
        with self._read_transaction() as connection:
            return source_sync.current_slug(connection, slug)

    def sources(self) -> list[Source]:
        """The listed sources."""
        with self._read_transaction() as connection:
            return sources.listed_sources(connection)

    def claim_polls(
        self,
        now: datetime,
        limit: int,
        lease: timedelta,
        owner: str,
        *,
        slugs: Sequence[str] | None = None,
        all_sources: bool = False,
        quota: HostQuota | None = None,
    ) -> list[Poll]:
        """Lease up to ``limit`` sources that are due (or those named, or all enabled ones), most overdue first. A
        lease that ran out is claimed again. ``share``: of what is due, no more of one host than this. PostgreSQL:
        FOR UPDATE SKIP LOCKED."""
        with self._write_transaction(exclusive=False) as connection:
            return sources.claim_polls(connection, now, limit, lease, owner, slugs, all_sources, quota)

    def spread_overdue(self, now: datetime, step: timedelta, longest: timedelta) -> int:
        """Let what is due come one after the other, ``step`` apart but all within ``longest``: for a start after a
        long rest. Returns how many."""
        with self._write_transaction(exclusive=False) as connection:
            return claims.spread_overdue(connection, now, step, longest)

    def claim_articles(self, now: datetime, limit: int, of_one_source: int, lease: timedelta) -> list[ArticleJob]:
        """Up to ``limit`` items that wait for their article and are due, lent for ``lease``: after it they are due
        again. PostgreSQL: FOR UPDATE SKIP LOCKED."""
        with self._write_transaction(exclusive=False) as connection:
            return article_queue.claim(connection, now, limit, of_one_source, lease)

    def count_articles(self) -> tuple[int, int]:
        """How many items wait for their article, and how many were left without."""
        with self._read_transaction() as connection:
            return article_queue.counts(connection)

    def article_failure_reasons(self, item_ids: Sequence[int]) -> dict[int, Message]:
        """Why the articles of these items have not come, for those that failed."""
        with self._read_transaction() as connection:
            return article_queue.failure_reasons(connection, item_ids)

    def release_leases(self, owner: str) -> None:
        """Give back every lease of this owner (a worker that stops)."""
        with self._write_transaction(exclusive=False) as connection:
            sources.release_leases(connection, owner)

    def lease_owners(self, prefix: str) -> list[str]:
        """Who holds leases, of those whose name begins so."""
        with self._read_transaction() as connection:
            return sources.lease_owners(connection, prefix)

    def release_claims(self, owner: str, source_ids: Sequence[int]) -> None:
        """Give back the leases of sources that were claimed but not visited."""
        with self._write_transaction(exclusive=False) as connection:
            sources.release_claims(connection, owner, source_ids)

    def next_due(self) -> datetime | None:
        with self._read_transaction() as connection:
            return sources.next_due(connection)

    def known_items(self, source_id: int, limit: int = 3000) -> KnownItems:
        """What is stored of a source, of its newest items: as many as its last document makes likely to be there."""
        with self._read_transaction() as connection:
            return item_writes.known_items(connection, source_id, limit)

    def source_health(
        self,
        now: datetime,
        *,
        state: str | None = None,
        region: str | None = None,
        query: str | None = None,
        slug: str | None = None,
        sort: str = "-state",
        limit: int = 50,
        offset: int = 0,
        after: str | None = None,
    ) -> list[SourceHealth]:
        """Sources for the status page, ill ones first. ``after``: only those whose slug comes after this one."""
        with self._read_transaction() as connection:
            return source_health.source_health(
                connection,
                now,
                state=state,
                region=region,
                query=query,
                slug=slug,
                sort=sort,
                limit=limit,
                offset=offset,
                after=after,
            )

    def health_totals(self, now: datetime) -> dict[str, int]:
        """Numbers by state ("ok", "slow" ...), "sources", "items_today", "stories_today", "uncategorised", "items"."""
        with self._read_transaction() as connection:
            return source_health.health_totals(connection, now)

    def poll_now(self, slug: str, now: datetime) -> bool:
        with self._write_transaction(exclusive=False) as connection:
            return sources.poll_now(connection, slug, now)

    # -- writing
    @contextmanager
    def write_transaction(self) -> Iterator[Writer]:
        with self._write_transaction() as connection:
            yield Writer(connection)

    # -- documents
    def get_document(self, path: str) -> RenderedDocument | None:
        with self._read_transaction() as connection:
            return rendered_feeds.get_document(connection, path)

    def document_etag(self, path: str) -> str | None:
        """Its ETag alone: cheap enough to be asked often."""
        with self._read_transaction() as connection:
            return rendered_feeds.document_etag(connection, path)

    def generation(self) -> int:
        """How often listings have been marked stale. Ask before reading what a document is rendered from."""
        with self._read_transaction() as connection:
            return rendered_feeds.generation(connection)

    def put_documents(
        self,
        rendered: Sequence[RenderedDocument],
        now: datetime,
        *,
        generation_seen: int | None = None,
        announce: bool = False,
    ) -> None:
        """Store rendered documents; no longer stale. ``announce``: another's hub is to be told of what has changed.
        ``seen``: what ``generation()`` said before the items were read; a document whose listing has been marked
        stale since then stays stale."""
        with self._write_transaction() as connection:
            rendered_feeds.put_documents(connection, rendered, now, generation_seen, announce)

    def stale_paths(self, limit: int) -> list[str]:
        """Paths to render again."""
        with self._read_transaction() as connection:
            return rendered_feeds.stale_paths(connection, limit)

    def delete_documents(self, paths: Sequence[str]) -> None:
        """Forget documents whose feeds are no more."""
        with self._write_transaction() as connection:
            rendered_feeds.delete_documents(connection, paths)

    def document_paths(self) -> Iterator[str]:
        with self._read_transaction() as connection:
            yield from rendered_feeds.document_paths(connection)

    # -- upkeep
    def prune(self, now: datetime, keep: timedelta, batch: int = 1000) -> int:
        """Delete items older than ``keep`` with all that hangs on them, in batches, and poll records after 14 days."""
        deleted = 0
        while True:
            with self._write_transaction() as connection:
                number = pruning.prune_items(connection, now - keep, now, batch)
            if number == 0:
                break
            deleted += number
            time.sleep(_BATCH_PAUSE)
        with self._write_transaction() as connection:
            pruning.prune_records(connection, now)
            rendered_feeds.mark_stale(
                connection, {f"archive/{name}" for name in journal.prune_pages(connection, now - keep)}
            )
        return deleted

    def stats(self) -> dict[str, Any]:
        with self._read_transaction() as connection:
            return pruning.collect_stats(connection)

    def training_examples(self, limit: int) -> Iterator[Example]:
        """Title and text of items whose category is certain: set by an admin (these first), by the source, by the
        publisher's term or by a config's pattern."""
        with self._read_transaction() as connection:
            yield from training_data.training_examples(connection, limit)

    def claim_retraining(self, place: str, now: datetime, every: timedelta) -> bool:
        """May this worker let the model in ``place`` learn? One of them may, once in ``every``."""
        with self._write_transaction() as connection:
            return training_data.claim_retraining(connection, place, now, every)

    def uncategorized_items(self, since: datetime, limit: int) -> list[UncategorizedItem]:
        """Items published since then that have no category, newest first; none about which an admin decided."""
        with self._read_transaction() as connection:
            return uncategorized.uncategorized_items(connection, since, limit)

    def set_categories(self, decisions: Mapping[int, CategoryDecision], now: datetime) -> list[int]:
        """Give items that still have no category one; what was decided meanwhile stays. Returns which got it."""
        with self._write_transaction() as connection:
            return uncategorized.set_categories(connection, decisions, now)
