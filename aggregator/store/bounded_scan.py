"""Lists that no index holds as such: read from the index next to them, and no further than a fixed reach."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, and_, case, select, tuple_

from aggregator.model import Cursor, ItemCard, Listing
from aggregator.store.item_lists import cards, conditions, subject
from aggregator.store.schema.tables import items

REACH = 4000  # rows of the index that one call reads at most


def slice_of(
    connection: Connection, listing: Listing, limit: int, before: Cursor | None, reach: int = REACH
) -> tuple[list[ItemCard], Cursor | None]:
    """Items, newest first, and the place to go on from: None where the list ends. Fewer than ``limit`` with a place:
    the reach was not enough."""
    rows = connection.execute(_query(listing, before, reach + 1)).all()
    chosen: list[int] = []
    read = 0
    for row in rows[:reach]:
        read += 1
        if row.fits:
            chosen.append(row.id)
            if len(chosen) == limit:
                break
    more = Cursor(rows[read - 1].published, rows[read - 1].id) if read < len(rows) else None
    found = cards(connection, chosen)
    return [found[number] for number in chosen if number in found], more


def _query(listing: Listing, before: Cursor | None, reach: int) -> Select[Any]:
    narrow = subject(category=listing.category, region=listing.region)
    whole = Listing(
        source=listing.source, story=listing.story, leads_only=False, since=listing.since, until=listing.until
    )
    fits = case((and_(*narrow), 1), else_=0) if narrow else case((items.c.id > 0, 1), else_=0)
    query = select(items.c.id, items.c.published, fits.label("fits")).where(*conditions(whole))
    if before is not None:
        query = query.where(tuple_(before.published, before.id) > tuple_(items.c.published, items.c.id))
    return query.order_by(items.c.published.desc(), items.c.id.desc()).limit(reach)
