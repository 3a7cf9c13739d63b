"""Lists that no index holds as such: read from the index next to them, and no further than a fixed reach."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, and_, case, select, tuple_

from aggregator.model import Cursor, ItemCard, Listing
from aggregator.store.item_lists import item_cards, listing_conditions, subject_conditions
from aggregator.store.schema.tables import items

MAX_SCANNED = 4000  # rows of the index that one call reads at most


def scan_items(
    connection: Connection, listing: Listing, limit: int, before: Cursor | None, max_scanned: int = MAX_SCANNED
) -> tuple[list[ItemCard], Cursor | None]:
    """Items, newest first, and the place to go on from: None where the list ends. Fewer than ``limit`` with a place:
    the reach was not enough."""
    rows = connection.execute(_query(listing, before, max_scanned + 1)).all()
    chosen: list[int] = []
    read = 0
    for row in rows[:max_scanned]:
        read += 1
        if row.fits:
            chosen.append(row.id)
            if len(chosen) == limit:
                break
    more = Cursor(rows[read - 1].published, rows[read - 1].id) if read < len(rows) else None
    found = item_cards(connection, chosen)
    return [found[number] for number in chosen if number in found], more


def _query(listing: Listing, before: Cursor | None, max_scanned: int) -> Select[Any]:
    narrow = subject_conditions(category=listing.category, region=listing.region)
    whole = Listing(
        source=listing.source, story=listing.story, leads_only=False, since=listing.since, until=listing.until
    )
    fits = case((and_(*narrow), 1), else_=0) if narrow else case((items.c.id > 0, 1), else_=0)
    query = select(items.c.id, items.c.published, fits.label("fits")).where(*listing_conditions(whole))
    if before is not None:
        query = query.where(tuple_(before.published, before.id) > tuple_(items.c.published, items.c.id))
    return query.order_by(items.c.published.desc(), items.c.id.desc()).limit(max_scanned)
