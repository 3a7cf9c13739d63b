"""Rendered feeds, kept as bytes until their listing changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from aggregator.store.schema.tables import counters, documents, feed_versions, listing_changes
from aggregator.store.schema.tables import subscribers as hub_subscribers
from aggregator.store.sql.statements import in_batches, in_list, upsert

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


def delete_documents(connection: Connection, dropped: Collection[str]) -> None:
    for batch in in_batches(dropped):
        connection.execute(delete(documents).where(documents.c.path.in_(batch)))
        connection.execute(delete(feed_versions).where(feed_versions.c.path.in_(batch)))


def delete_unrequested(connection: Connection, now: datetime) -> None:
    """Drop what nobody has asked for in a while, but for what our hub's subscribers wait for, and for archives: made
    anew, they would have their items as edited since. They go with their page of the journal."""
    awaited = select(hub_subscribers.c.path)
    spared = documents.c.path.in_(awaited) | documents.c.listing.startswith("archive/", autoescape=True)
    query = select(documents.c.path).where(documents.c.asked < now - DROP_AFTER, ~spared)
    delete_documents(connection, connection.execute(query).scalars().all())


def delete_listings(connection: Connection, listings: Collection[str]) -> None:
    for batch in in_batches(listings):
        connection.execute(delete(documents).where(documents.c.listing.in_(batch)))
        connection.execute(delete(listing_changes).where(listing_changes.c.listing.in_(batch)))
