"""Invalidation and deletion of rendered feed documents."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from aggregator.store.open_changes import open_changes
from aggregator.store.schema.tables import counters, documents, feed_versions, listing_changes
from aggregator.store.schema.tables import subscribers as hub_subscribers
from aggregator.store.sql.dialect import set_generation
from aggregator.store.sql.statements import in_batches, in_list, upsert

DROP_AFTER = timedelta(days=14)  # unrequested; it is rendered again on the next request
_COUNTER = "generation"

_GENERATION = select(counters.c.value).where(counters.c.name == _COUNTER)
_STALE = update(documents).where(in_list(documents.c.listing, "listings"), ~documents.c.stale).values(stale=True)


def generation(connection: Connection) -> int:
    """Return the number of invalidations so far."""
    return connection.execute(_GENERATION).scalar() or 0


def mark_stale(connection: Connection, listings: Collection[str]) -> None:
    """Mark the documents of these listings stale, when the transaction ends."""
    if listings:
        open_changes(connection).shared.stale_listings.update(listings)


def write_stale(connection: Connection, listings: Collection[str]) -> None:
    """Begin a generation, in which the documents of these listings are stale; there is one writer at a time."""
    if not listings:
        return
    increment = upsert(connection, counters, "name", increment="value").returning(counters.c.value)
    current = connection.execute(increment, {"name": _COUNTER, "value": 1}).scalar_one()
    set_generation(connection, listings, current)
    connection.execute(_STALE, {"listings": listings})


def delete_documents(connection: Connection, dropped: Collection[str]) -> None:
    """Delete documents and the record of their versions."""
    for batch in in_batches(dropped):
        connection.execute(delete(documents).where(documents.c.path.in_(batch)))
        connection.execute(delete(feed_versions).where(feed_versions.c.path.in_(batch)))


def delete_unrequested(connection: Connection, now: datetime) -> None:
    """Delete documents not requested for DROP_AFTER.

    Kept are those that have hub subscribers, and archives: rendered again, an archive would contain later edits.
    Archives are deleted with their page of the journal.
    """
    subscribed = select(hub_subscribers.c.path)
    spared = documents.c.path.in_(subscribed) | documents.c.listing.startswith("archive/", autoescape=True)
    query = select(documents.c.path).where(documents.c.asked < now - DROP_AFTER, ~spared)
    delete_documents(connection, connection.execute(query).scalars().all())


def delete_listings(connection: Connection, listings: Collection[str]) -> None:
    """Delete the documents of these listings, and their invalidation records."""
    for batch in in_batches(listings):
        connection.execute(delete(documents).where(documents.c.listing.in_(batch)))
        connection.execute(delete(listing_changes).where(listing_changes.c.listing.in_(batch)))
