"""Journal of what appeared in each listing, in order of arrival; the source of archives, deltas and windows of feeds.

A listing's events are numbered by position. Every PAGE_SIZE of them form a page, which never changes; the rest are in
the listing's own row. So an arrival costs one row a listing, however much is stored, and reading a page costs one row.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from aggregator.model import HistoryEvent, HistoryPage
from aggregator.model.listing_keys import listing_keys_of
from aggregator.store.open_changes import open_changes
from aggregator.store.rows import pack_int64s, to_place, unpack_int64s
from aggregator.store.schema.tables import feed_journals, feed_pages, items
from aggregator.store.sql.statements import execute_rows, in_batches, in_list, upsert

PAGE_SIZE = 50  # events; a different size would renumber published pages
EVENT_BYTES = 16  # bytes of one event

_PAGES = insert(feed_pages)
_HEADS = select(feed_journals.c.listing, feed_journals.c.closed, feed_journals.c.events).where(
    in_list(feed_journals.c.listing, "listings")
)


def append_events(connection: Connection, item_ids_by_listing: Mapping[str, Sequence[int]], now: datetime) -> None:
    """Append item ids (negative: withdrawn) to each listing, in the given order, when the transaction ends."""
    if item_ids_by_listing:
        open_changes(connection).shared.add_events(item_ids_by_listing, int(now.timestamp()))


def write_events(connection: Connection, events_by_listing: Mapping[str, Sequence[tuple[int, int]]]) -> None:
    """Write (item, second) events of each listing, of which there is one writer at a time."""
    heads, pages = [], []
    open_events = open_pages(connection, events_by_listing)
    for listing, events in sorted(events_by_listing.items()):
        closed, packed = open_events.get(listing, (0, b""))
        packed += b"".join(pack_int64s(event) for event in events)
        while len(packed) >= PAGE_SIZE * EVENT_BYTES:
            full, packed, closed = packed[: PAGE_SIZE * EVENT_BYTES], packed[PAGE_SIZE * EVENT_BYTES :], closed + 1
            until = datetime.fromtimestamp(unpack_int64s(full)[-1], UTC)
            pages.append({"listing": listing, "number": closed, "until": until, "events": zlib.compress(full)})
        heads.append({"listing": listing, "closed": closed, "events": packed})
    execute_rows(connection, upsert(connection, feed_journals, "listing", replace="closed events"), heads)
    execute_rows(connection, _PAGES, pages)


def open_pages(connection: Connection, listings: Collection[str]) -> dict[str, tuple[int, bytes]]:
    """Return listing -> (number of full pages, packed events of the open page)."""
    rows = connection.execute(_HEADS, {"listings": listings}).all() if listings else ()
    return {listing: (closed, bytes(events)) for listing, closed, events in rows}


# ---------------------------------------------------------------- listings of items
def source_listing_key(source_id: int) -> str:
    """Return the key of a source's listing; by id, because the history outlives a slug."""
    return f"source/{source_id}"


def append_to_sources(connection: Connection, ids: Collection[int], now: datetime) -> None:
    """Append an event to the listing of each item's source, whose subscribers receive the edit."""
    item_ids_by_listing: defaultdict[str, list[int]] = defaultdict(list)
    for batch in in_batches(ids):
        query = select(items.c.id, items.c.source_id).where(items.c.id.in_(batch)).order_by(items.c.id)
        for item_id, source_id in connection.execute(query):
            item_ids_by_listing[source_listing_key(source_id)].append(item_id)
    append_events(connection, item_ids_by_listing, now)


def listings_ever_of(connection: Connection, ids: Collection[int]) -> dict[str, list[int]]:
    """Return listing -> the items that it shows or may have shown."""
    item_ids_by_listing: defaultdict[str, list[int]] = defaultdict(list)
    columns = ("id", "source_id", "category", "province", "city", "county", "further_regions")
    for batch in in_batches(ids):
        query = select(*(items.c[name] for name in columns)).where(items.c.id.in_(batch)).order_by(items.c.id)
        for row in connection.execute(query):
            place = to_place((row.province, row.city, row.county), row.further_regions)
            for key in {source_listing_key(row.source_id), "hot", *listing_keys_of(row.category, place)}:
                item_ids_by_listing[key].append(row.id)
    return item_ids_by_listing


# ---------------------------------------------------------------- reading
def current_page(connection: Connection, listing: str) -> HistoryPage | None:
    """Return the page that is not full; None if nothing was ever listed."""
    open_page = open_pages(connection, [listing]).get(listing)
    if open_page is None:
        return None
    closed, packed = open_page
    return HistoryPage(closed + 1, _events(packed), _page_exists(connection, listing, closed))


def full_page(connection: Connection, listing: str, number: int) -> HistoryPage | None:
    """Return a full page; None if it does not exist yet or was pruned."""
    is_page = (feed_pages.c.listing == listing) & (feed_pages.c.number == number)
    packed = connection.execute(select(feed_pages.c.events).where(is_page)).scalar()
    if not packed:
        return None
    events = packed if len(packed) == PAGE_SIZE * EVENT_BYTES else zlib.decompress(packed)  # older pages are plain
    return HistoryPage(number, _events(events), _page_exists(connection, listing, number - 1))


def _page_exists(connection: Connection, listing: str, number: int) -> bool:
    is_page = (feed_pages.c.listing == listing) & (feed_pages.c.number == number)
    return number > 0 and connection.execute(select(feed_pages.c.number).where(is_page)).first() is not None


def _events(packed: bytes) -> tuple[HistoryEvent, ...]:
    numbers = unpack_int64s(packed)
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return tuple(HistoryEvent(abs(item), datetime.fromtimestamp(at, UTC), item < 0) for item, at in pairs)


def prune_pages(connection: Connection, before: datetime, limit: int = 1000) -> list[str]:
    """Delete full pages that ended before ``before``; returns the listings concerned."""
    query = select(feed_pages.c.listing, feed_pages.c.number).where(feed_pages.c.until < before)
    rows: Sequence[Any] = connection.execute(query.order_by(feed_pages.c.until).limit(limit)).all()
    for row in rows:
        is_page = (feed_pages.c.listing == row.listing) & (feed_pages.c.number == row.number)
        connection.execute(delete(feed_pages).where(is_page))
    return sorted({row.listing for row in rows})
