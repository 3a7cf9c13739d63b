"""Rendered feeds, kept as bytes until their listing changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, select, update

from aggregator.model import RenderedDocument
from aggregator.store import websub_subscribers
from aggregator.store.schema.tables import counters, documents, feed_versions, listing_changes
from aggregator.store.schema.tables import subscribers as hub_subscribers
from aggregator.store.sql.dialect import insert_for, key_value_dict
from aggregator.store.sql.statements import in_batches, in_list, upsert

MAX_VERSION_AGE = 500  # how many events ago a version may be for its successor's news to be told
DROP_AFTER = timedelta(days=14)  # after which a document is dropped; it is made again when somebody asks
_COUNTER = "generation"

_GENERATION = select(counters.c.value).where(counters.c.name == _COUNTER)
_STALE = update(documents).where(in_list(documents.c.listing, "listings"), ~documents.c.stale).values(stale=True)


def generation(connection: Connection) -> int:
    """How often listings have changed; what was read before this was asked may be older."""
    return connection.execute(_GENERATION).scalar() or 0


def mark_stale(connection: Connection, listings: Collection[str]) -> None:
    if not listings:
        return
    connection.execute(upsert(connection, counters, "name", increment="value"), {"name": _COUNTER, "value": 1})
    number = generation(connection)
    latest = upsert(connection, listing_changes, "listing", replace="generation")
    connection.execute(latest, [{"listing": listing, "generation": number} for listing in sorted(listings)])
    connection.execute(_STALE, {"listings": listings})


def put_documents(
    connection: Connection,
    rendered: Sequence[RenderedDocument],
    now: datetime,
    generation_seen: int | None,
    announce: bool,
) -> None:
    if not rendered:
        return
    etags = {document.path: document.etag for document in rendered}
    _notify_subscribers(connection, etags, now, announce)
    overtaken = _changed_since(connection, {document.listing_key for document in rendered}, generation_seen)
    statement = insert_for(connection, documents)
    fresh: dict[str, ColumnElement[Any]] = {
        column.name: statement.excluded[column.name] for column in documents.c if column.name not in ("path", "asked")
    }
    same = documents.c.etag == statement.excluded.etag  # the same bytes have not been modified
    fresh["modified"] = case((same, documents.c.modified), else_=statement.excluded.modified)
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
    connection.execute(statement.on_conflict_do_update(index_elements=["path"], set_=fresh), rows)
    _remember_versions(connection, rendered)


def _remember_versions(connection: Connection, rendered: Sequence[RenderedDocument]) -> None:
    rows = [
        {"path": document.path, "etag": document.etag, "position": document.history_position}
        for document in rendered
        if document.history_position is not None
    ]
    if not rows:
        return
    statement = insert_for(connection, feed_versions)
    later = {"position": statement.excluded.position}
    connection.execute(statement.on_conflict_do_update(index_elements=["path", "etag"], set_=later), rows)
    for document in rendered:
        if document.history_position is not None:
            long_ago = feed_versions.c.position < document.history_position - MAX_VERSION_AGE
            connection.execute(delete(feed_versions).where(feed_versions.c.path == document.path, long_ago))


def _notify_subscribers(connection: Connection, etags: Mapping[str, str], now: datetime, announce: bool) -> None:
    """Whoever waits for changes of these documents gets his turn."""
    if announce:
        before: dict[str, str] = {}
        for batch in in_batches(etags):
            query = select(documents.c.path, documents.c.etag).where(documents.c.path.in_(batch))
            before |= key_value_dict(connection, query)
        websub_subscribers.add_announcements(
            connection, {path: etags[path] for path in before if before[path] != etags[path]}, now
        )
    websub_subscribers.mark_due(connection, etags, now)


def _changed_since(connection: Connection, listings: Collection[str], generation_seen: int | None) -> set[str]:
    found: set[str] = set()
    if generation_seen is None:
        return found
    for batch in in_batches(listings):
        later = listing_changes.c.listing.in_(batch) & (listing_changes.c.generation > generation_seen)
        found |= set(connection.execute(select(listing_changes.c.listing).where(later)).scalars())
    return found


def changed_since(connection: Connection, generation_seen: int) -> set[str]:
    query = select(listing_changes.c.listing).where(listing_changes.c.generation > generation_seen)
    return set(connection.execute(query).scalars())


def get_document(connection: Connection, path: str) -> RenderedDocument | None:
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


def document_etag(connection: Connection, path: str) -> str | None:
    return connection.execute(select(documents.c.etag).where(documents.c.path == path)).scalar()


def stale_paths(connection: Connection, limit: int) -> list[str]:
    query = select(documents.c.path).where(documents.c.stale).order_by(documents.c.path).limit(limit)
    return list(connection.execute(query).scalars())


def document_paths(connection: Connection) -> Iterator[str]:
    yield from connection.execute(select(documents.c.path).order_by(documents.c.path)).scalars().all()


def delete_documents(connection: Connection, dropped: Collection[str]) -> None:
    for batch in in_batches(dropped):
        connection.execute(delete(documents).where(documents.c.path.in_(batch)))
        connection.execute(delete(feed_versions).where(feed_versions.c.path.in_(batch)))


def record_requests(connection: Connection, paths: Collection[str], now: datetime) -> None:
    for batch in in_batches(paths):
        connection.execute(update(documents).where(documents.c.path.in_(batch)).values(asked=now))


def delete_unrequested(connection: Connection, now: datetime) -> None:
    """Drop what nobody has asked for in a while, but for what our hub's subscribers wait for, and for archives: made
    anew, they would have their items as edited since. They go with their page of the journal."""
    awaited = select(hub_subscribers.c.path)
    spared = documents.c.path.in_(awaited) | documents.c.listing.startswith("archive/", autoescape=True)
    query = select(documents.c.path).where(documents.c.asked < now - DROP_AFTER, ~spared)
    delete_documents(connection, connection.execute(query).scalars().all())


def document_position(connection: Connection, path: str, etag: str) -> int | None:
    """How many events of its listing a document knew of when it had this ETag."""
    mine = (feed_versions.c.path == path) & (feed_versions.c.etag == etag)
    return connection.execute(select(feed_versions.c.position).where(mine)).scalar()


def delete_listings(connection: Connection, listings: Collection[str]) -> None:
    for batch in in_batches(listings):
        connection.execute(delete(documents).where(documents.c.listing.in_(batch)))
        connection.execute(delete(listing_changes).where(listing_changes.c.listing.in_(batch)))
