"""Store API: rendered feed documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, delete, or_, select, update

from aggregator.model import Lease, RenderedDocument
from aggregator.store import leases, rendered_feeds
from aggregator.store.api.connection import ConnectionMixin, WriterMixin
from aggregator.store.schema.tables import announcements, documents, feed_versions, listing_changes, subscribers
from aggregator.store.sql import locks
from aggregator.store.sql.dialect import insert_for, key_value_dict
from aggregator.store.sql.statements import in_batches
from aggregator.store.transaction_end import has_pending, write_pending

MAX_VERSION_AGE = 500  # history events after which an earlier version is too old for a delta


class DocumentsApi(ConnectionMixin):
    """Read and write rendered feed documents."""

    def get_document(self, path: str) -> RenderedDocument | None:
        """Return the stored document, or None."""
        with self._read_transaction() as connection:
            row = connection.execute(select(documents).where(documents.c.path == path)).first()
            if row is None:
                return None
            return RenderedDocument(
                path=row.path,
                listing_key=row.listing,
                type=row.type,
                body=row.body,
                etag=row.etag,
                modified=row.modified,
                gzip=row.gzip,
                br=row.br,
                zstd=row.zstd,
            )

    def document_etag(self, path: str) -> str | None:
        """Return the ETag of the stored document without its body, or None."""
        with self._read_transaction() as connection:
            return connection.execute(select(documents.c.etag).where(documents.c.path == path)).scalar()

    def document_position(self, path: str, etag: str) -> int | None:
        """Return the number of history events of the listing that the document contained when it had this ETag; None if
        unknown."""
        with self._read_transaction() as connection:
            is_version = (feed_versions.c.path == path) & (feed_versions.c.etag == etag)
            return connection.execute(select(feed_versions.c.position).where(is_version)).scalar()

    def document_paths(self) -> Iterator[str]:
        """Yield the paths of all stored documents, sorted."""
        with self._read_transaction() as connection:
            yield from connection.execute(select(documents.c.path).order_by(documents.c.path)).scalars().all()

    def stale_paths(self, limit: int) -> list[str]:
        """Return up to ``limit`` paths of documents that have to be rendered again."""
        with self._read_transaction() as connection:
            query = select(documents.c.path).where(documents.c.stale).order_by(documents.c.path).limit(limit)
            return list(connection.execute(query).scalars())

    def claim_stale(self, now: datetime, limit: int, duration: timedelta, owner: str) -> tuple[list[str], Lease] | None:
        """Lease up to ``limit`` stale documents that nobody else renders; returns their paths, None if there are none.

        What transactions have left to be written to feeds is written first.
        """
        with self._read_transaction() as connection:
            if not has_pending(connection) and connection.execute(_claimable(now, 1)).first() is None:
                return None
        with self._write_transaction(exclusive=False) as connection:
            write_pending(connection)
            paths = sorted(connection.execute(_claimable(now, limit).with_for_update(skip_locked=True)).scalars())
            lease = Lease(owner, now + duration)
            for batch in in_batches(paths):
                chosen = update(documents).where(documents.c.path.in_(batch))
                connection.execute(chosen.values(**leases.DOCUMENTS.columns(lease)))
            return (paths, lease) if paths else None

    def generation(self) -> int:
        """Return the counter of invalidations; read it before the items that a document is rendered from."""
        with self._read_transaction() as connection:
            return rendered_feeds.generation(connection)

    def changed_listings(self, generation_seen: int) -> set[str]:
        """Return the listings that were marked stale after ``generation()`` returned ``generation_seen``."""
        with self._read_transaction() as connection:
            query = select(listing_changes.c.listing).where(listing_changes.c.generation > generation_seen)
            return set(connection.execute(query).scalars())

    def put_documents(
        self,
        rendered: Sequence[RenderedDocument],
        now: datetime,
        *,
        generation_seen: int | None = None,
        announce: bool = False,
        lease: Lease | None = None,
    ) -> None:
        """Store rendered documents and clear their stale mark.

        ``announce``: queue an announcement of each changed document to an external hub. ``generation_seen``: the value
        of ``generation()`` before the items were read; a document whose listing was marked stale since then stays
        stale. ``lease``: that of the claim. What another worker has claimed meanwhile is not stored.
        """
        with self._write_transaction(exclusive=False) as connection:
            locks.lock_shared_rows(connection)
            if lease is not None:
                rendered = _release(connection, rendered, lease)
            if not rendered:
                return
            etags = {document.path: document.etag for document in rendered}
            _notify_subscribers(connection, etags, now, announce)
            overtaken = _changed_since(connection, {document.listing_key for document in rendered}, generation_seen)
            statement = insert_for(connection, documents)
            new_values: dict[str, ColumnElement[Any]] = {
                column.name: statement.excluded[column.name]
                for column in documents.c
                if column.name not in ("path", "asked", "lease_owner", "leased_until")
            }
            is_unchanged = documents.c.etag == statement.excluded.etag  # unchanged bytes keep Last-Modified
            new_values["modified"] = case((is_unchanged, documents.c.modified), else_=statement.excluded.modified)
            rows: list[dict[str, Any]] = [
                {
                    "path": document.path,
                    "listing": document.listing_key,
                    "type": document.type,
                    "etag": document.etag,
                    "modified": document.modified,
                    "stale": document.listing_key in overtaken,
                    "stored": now,
                    "body": document.body,
                    "gzip": document.gzip,
                    "br": document.br,
                    "zstd": document.zstd,
                    "asked": now,
                }
                for document in rendered
            ]
            connection.execute(statement.on_conflict_do_update(index_elements=["path"], set_=new_values), rows)
            _remember_versions(connection, rendered)

    def delete_documents(self, paths: Sequence[str]) -> None:
        """Delete documents whose feeds no longer exist."""
        with self._write_transaction(exclusive=False) as connection:
            locks.lock_shared_rows(connection)
            rendered_feeds.delete_documents(connection, paths)

    def record_document_requests(self, paths: Sequence[str], now: datetime) -> None:
        """Record that these documents were requested, which keeps them from being pruned."""
        with self._write_transaction(exclusive=False) as connection:
            locks.lock_shared_rows(connection)
            for batch in in_batches(paths):
                connection.execute(update(documents).where(documents.c.path.in_(batch)).values(asked=now))


class DocumentWriter(WriterMixin):
    """Mark documents stale within a write transaction."""

    def mark_stale(self, listings: Iterable[str]) -> None:
        """Mark the documents of these listings stale, when the transaction ends."""
        rendered_feeds.mark_stale(self._connection, set(listings))


def _claimable(now: datetime, limit: int) -> Select[str]:
    is_free = or_(documents.c.leased_until.is_(None), documents.c.leased_until <= now)
    return select(documents.c.path).where(documents.c.stale, is_free).order_by(documents.c.path).limit(limit)


def _release(connection: Connection, rendered: Sequence[RenderedDocument], lease: Lease) -> Sequence[RenderedDocument]:
    """Release the documents of a claim; returns those that were still held."""
    held = leases.DOCUMENTS.held(lease)
    freed = update(documents).where(held).values(lease_owner=None, leased_until=None).returning(documents.c.path)
    paths = set(connection.execute(freed).scalars())
    return [document for document in rendered if document.path in paths]


def _mark_due(connection: Connection, etags: Mapping[str, str], now: datetime) -> None:
    """Make every subscriber due that has an older ETag of these documents; a failing one keeps the time of its next
    attempt."""
    for batch in in_batches(etags):
        of_path = subscribers.c.path.in_(batch) & subscribers.c.next_at.is_(None)
        paths = connection.execute(select(subscribers.c.path).where(of_path).distinct()).scalars().all()
        for path in paths:
            lacking = subscribers.c.delivered.is_distinct_from(etags[path])
            is_outdated = of_path & (subscribers.c.path == path) & lacking
            connection.execute(update(subscribers).where(is_outdated).values(next_at=now))


def _add_announcements(connection: Connection, etags: Mapping[str, str], now: datetime) -> None:
    """Queue announcements of changed documents to the external hub."""
    statement = insert_for(connection, announcements)
    latest = {"etag": statement.excluded.etag}  # a failing announcement keeps its next attempt
    rows = [{"path": path, "etag": etag, "failures": 0, "next_at": now} for path, etag in sorted(etags.items())]
    if rows:
        connection.execute(statement.on_conflict_do_update(index_elements=["path"], set_=latest), rows)


def _remember_versions(connection: Connection, rendered: Sequence[RenderedDocument]) -> None:
    rows = [
        {"path": document.path, "etag": document.etag, "position": document.history_position}
        for document in rendered
        if document.history_position is not None
    ]
    if not rows:
        return
    statement = insert_for(connection, feed_versions)
    new_position = {"position": statement.excluded.position}
    connection.execute(statement.on_conflict_do_update(index_elements=["path", "etag"], set_=new_position), rows)
    for document in rendered:
        if document.history_position is not None:
            long_ago = feed_versions.c.position < document.history_position - MAX_VERSION_AGE
            connection.execute(delete(feed_versions).where(feed_versions.c.path == document.path, long_ago))


def _notify_subscribers(connection: Connection, etags: Mapping[str, str], now: datetime, announce: bool) -> None:
    """Queue deliveries to our subscribers and, with ``announce``, announcements to the external hub."""
    if announce:
        before: dict[str, str] = {}
        for batch in in_batches(etags):
            query = select(documents.c.path, documents.c.etag).where(documents.c.path.in_(batch))
            before |= key_value_dict(connection, query)
        _add_announcements(connection, {path: etags[path] for path in before if before[path] != etags[path]}, now)
    _mark_due(connection, etags, now)


def _changed_since(connection: Connection, listings: Collection[str], generation_seen: int | None) -> set[str]:
    listings_found: set[str] = set()
    if generation_seen is None:
        return listings_found
    for batch in in_batches(listings):
        is_later = listing_changes.c.listing.in_(batch) & (listing_changes.c.generation > generation_seen)
        listings_found |= set(connection.execute(select(listing_changes.c.listing).where(is_later)).scalars())
    return listings_found
