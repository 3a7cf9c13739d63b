"""Store API: lists of items, single items and counts."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    select,
    union_all,
)

from aggregator.model import Cursor, ItemCard, ItemDetail, ItemPage, KnownItems, Listing
from aggregator.model.listing_keys import region_level
from aggregator.steps.entries.seen_entries import count_entries
from aggregator.store import item_lists
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.item_lists import (
    NOT_REMOVED,
    POSITION,
    item_cards,
    listing_conditions,
    period_conditions,
    position_of,
    read_cards,
    subject_conditions,
)
from aggregator.store.item_pages import read_newer_page, read_page
from aggregator.store.rows import to_place
from aggregator.store.schema.tables import admitted_entries, forgotten, item_regions, items, seen_entries, sources
from aggregator.store.sql.dialect import key_value_dict

_OURS = re.compile(r"/item/(\d{1,15})(?:[/.?#]|$)")
_EXPORTED = ("id", "url", "title", "published", "first_seen", "story_id", "category", "province", "city", "county")
MAX_SCANNED = 4000  # index rows read by one call at most
_SOURCE: BindParameter[int] = bindparam("source")
MIN_KNOWN, KNOWN_PER_ENTRY = 500, 10  # known items: at least, and for each entry of the last document
_RELATED_READ = 2  # times as many related items, of which some may be of series
_SEEN = select(seen_entries.c.packed).where(seen_entries.c.source_id == _SOURCE)
_ADMITTED = select(admitted_entries.c.uid).where(admitted_entries.c.source_id == _SOURCE)
_PAST = (
    select(forgotten.c.uid, forgotten.c.content_hash).where(forgotten.c.source_id == _SOURCE).limit(bindparam("most"))
)
_NEWEST = (
    select(items.c.uid, items.c.content_hash, items.c.url)
    .where(items.c.source_id == _SOURCE, items.c.removed.is_(None))
    .order_by(items.c.published.desc(), items.c.id.desc())
    .limit(bindparam("most"))
)


class ItemsApi(ConnectionMixin):
    """Read items. Each method is one read transaction."""

    def items(
        self, listing: Listing, limit: int, *, before: Cursor | None = None, after: Cursor | None = None
    ) -> list[ItemCard]:
        """Return a page of the listing, newest first; ``after`` gives the page of newer items, also newest first."""
        with self._read_transaction() as connection:
            cards = read_cards(connection, listing, limit, before=before, after=after)
            return cards[::-1] if after is not None else cards

    def item_page(
        self, listing: Listing, limit: int, *, before: Cursor | None = None, after: Cursor | None = None
    ) -> ItemPage:
        """Return a page of a listing, newest first, with one issue of each series if the listing says so.

        With ``after`` it is the page of newer items. A page reads a bounded number of rows.
        """
        with self._read_transaction() as connection:
            if after is not None:
                return read_newer_page(connection, listing, limit, after)
            return read_page(connection, listing, limit, before)

    def items_with_quota(self, listing: Listing, limit: int, share: float) -> list[ItemCard]:
        """Return the newest items, of one source at most ``share`` (0..1; 0: no limit) of ``limit`` while others can
        fill the places.

        Reads a bounded number of the newest items (``steps.stories.source_quota``).
        """
        with self._read_transaction() as connection:
            return item_lists.newest_by_listing(connection, {"": listing}, limit, share)[""]

    def item(self, item_id: int) -> ItemDetail | None:
        """Return the item, with ``removed`` set if it was withdrawn; None if there is none."""
        with self._read_transaction() as connection:
            return item_lists.item_details(connection, [item_id]).get(item_id)

    def item_details(self, ids: Sequence[int]) -> dict[int, ItemDetail]:
        """Return id -> details of those of the items that exist, in one query a batch."""
        with self._read_transaction() as connection:
            return item_lists.item_details(connection, ids)

    def item_cards(self, ids: Sequence[int]) -> dict[int, ItemCard]:
        """Return id -> card of those of the items that exist."""
        with self._read_transaction() as connection:
            return item_lists.item_cards(connection, ids)

    def find_item_id(self, ref: str) -> int | None:
        """Return the id of an item given by id, by its URL at the publisher or by its URL on our site; None if there is
        none."""
        with self._read_transaction() as connection:
            return _find_item_id(connection, ref)

    def find_item_ids(self, ref: str) -> list[int]:
        """Return the ids of all items with this URL at the publisher, otherwise the result of ``find_item_id``."""
        with self._read_transaction() as connection:
            query = select(items.c.id).where(items.c.url == ref.strip()).order_by(items.c.id)
            item_ids = list(connection.execute(query).scalars())
            item_id = _find_item_id(connection, ref) if not item_ids else None
            return item_ids or ([item_id] if item_id is not None else [])

    def max_item_id(self) -> int:
        """Return the highest item id; 0 if there are no items."""
        with self._read_transaction() as connection:
            return connection.execute(select(func.max(items.c.id))).scalar() or 0

    def removal_reason(self, item_id: int) -> str | None:
        """Return the reason given when the item was withdrawn."""
        with self._read_transaction() as connection:
            return connection.execute(select(items.c.removed_why).where(items.c.id == item_id)).scalar()

    def related_items(self, item_id: int, limit: int) -> list[ItemCard]:
        """Return what to read next: the most similar items around its date, one of each other story and none of a
        series."""
        from aggregator.store.related_items import find_related

        with self._read_transaction() as connection:
            ids = [found.item_id for found in find_related(connection, item_id, _RELATED_READ * limit)]
            cards = item_cards(connection, ids)
            related = [cards[other_id] for other_id in ids if other_id in cards and cards[other_id].series is None]
            return related[:limit]

    def newest_by_listing(
        self, listings: Mapping[str, Listing], limit: int, share: float = 0
    ) -> dict[str, list[ItemCard]]:
        """Return several short lists of the newest items in two queries; ``share`` as in ``items_with_quota``."""
        with self._read_transaction() as connection:
            return item_lists.newest_by_listing(connection, listings, limit, share)

    def count_items_and_stories(self, listing: Listing) -> tuple[int, int]:
        """Return (items, stories) of a listing that has ``since``; meant for a period of about a day."""
        with self._read_transaction() as connection:
            counted = _counted(listing, items.c.story_id)
            query = select(func.count(), func.count(counted.c.story_id.distinct())).select_from(counted)
            total, groups = connection.execute(query).one()
            return total, groups

    def count_items_by(
        self, by: Literal["top", "province", "city", "county", "source"], listing: Listing
    ) -> dict[str, int]:
        """Return the number of items of a listing that has ``since``, by the values of one column."""
        with self._read_transaction() as connection:
            (column,) = (counted := _counted(listing, items.c.source_id if by == "source" else items.c[by])).c
            query = select(column, func.count()).select_from(counted).where(column.is_not(None)).group_by(column)
            counts = key_value_dict(connection, query)
            if by in ("province", "city", "county"):
                return _with_further(connection, counts, by, listing)
            if by != "source":
                return counts
            slugs = connection.execute(select(sources.c.id, sources.c.slug))
            return {slug: counts[source_id] for source_id, slug in slugs if source_id in counts}

    def scan_items(
        self, listing: Listing, limit: int, *, before: Cursor | None = None
    ) -> tuple[list[ItemCard], Cursor | None]:
        """Return items of any combination of filters, newest first, and the cursor to continue from (None at the end).

        At most MAX_SCANNED rows are read, so there may be fewer than ``limit`` items although the list continues.
        """
        with self._read_transaction() as connection:
            rows = connection.execute(_scan_query(listing, before, MAX_SCANNED + 1)).all()
            chosen: list[int] = []
            read = 0
            for row in rows[:MAX_SCANNED]:
                read += 1
                if row.fits:
                    chosen.append(row.id)
                    if len(chosen) == limit:
                        break
            cursor = Cursor(rows[read - 1].published, rows[read - 1].id) if read < len(rows) else None
            cards = item_cards(connection, chosen)
            return [cards[item_id] for item_id in chosen if item_id in cards], cursor

    def export_items(
        self,
        *,
        since: datetime | None = None,
        category: str | None = None,
        region: str | None = None,
        source: str | None = None,
        limit: int | None = None,
        batch: int = 1000,
    ) -> Iterator[dict[str, Any]]:
        """Yield items, newest first, as dicts for ``gedi items --json``: all, or at most ``limit``.

        Keys: id, url, title, source, published, first_seen, story, reprint_of (a URL), category, province, city,
        county, regions (the primary one first).
        """
        with self._read_transaction() as connection:
            original = items.alias("original")
            columns = [items.c[name] for name in (*_EXPORTED, "further_regions")]
            query = (
                select(*columns, sources.c.slug, original.c.url.label("reprint_url"))
                .select_from(items.join(sources).outerjoin(original, items.c.reprint_of == original.c.id))
                .where(
                    NOT_REMOVED,
                    *subject_conditions(category=category, region=region, source=source),
                    *period_conditions(since, None),
                )
                .order_by(*item_lists.NEWEST_FIRST)
            )
            left = sys.maxsize if limit is None else limit
            rows = connection.execute(query.limit(min(batch, left))).all()
            while rows:
                for row in rows:
                    yield _exported(row)
                left -= len(rows)
                older = query.where(position_of(rows[-1].published, rows[-1].id) > POSITION)
                rows = connection.execute(older.limit(min(batch, left))).all() if left else []

    def known_items(self, source_id: int, limit: int = 3000) -> KnownItems:
        """Return what is stored of the source's newest items; how many depends on the length of its last document."""
        with self._read_transaction() as connection:
            seen = connection.execute(_SEEN, {"source": source_id}).scalar() or b""
            parameters = {
                "source": source_id,
                "most": min(limit, max(MIN_KNOWN, KNOWN_PER_ENTRY * count_entries(seen))),
            }
            hashes = key_value_dict(connection, _PAST, parameters)
            addresses: dict[str, str] = {}
            shared: set[str] = set()
            for uid, content, url in connection.execute(_NEWEST, parameters).all():
                hashes[uid] = content
                if addresses.setdefault(url, uid) != uid:
                    shared.add(url)
            admitted = frozenset(connection.execute(_ADMITTED, {"source": source_id}).scalars())
            unique = {url: uid for url, uid in addresses.items() if url not in shared}
            return KnownItems(hashes, unique, seen, admitted)


def _find_item_id(connection: Connection, ref: str) -> int | None:
    ref = ref.strip()
    if ref.isdecimal() and len(ref) <= 15:
        return _existing_id(connection, int(ref))
    query = select(items.c.id).where(items.c.url == ref).order_by(items.c.id.desc()).limit(1)
    item_id: int | None = connection.execute(query).scalar()
    if item_id is not None:
        return item_id
    match = _OURS.search(ref)
    return _existing_id(connection, int(match[1])) if match else None


def _existing_id(connection: Connection, item_id: int) -> int | None:
    existing: int | None = connection.execute(select(items.c.id).where(items.c.id == item_id)).scalar()
    return existing


def _counted(listing: Listing, column: Column[Any]) -> Subquery:
    """Return a column of all items of a listing, not only lead items: those of which its region is the primary one are
    read from the index ``items_published`` alone."""
    chosen = [NOT_REMOVED, *subject_conditions(category=listing.category, source=listing.source)]
    own = select(column).where(*chosen, *period_conditions(listing.since, listing.until))
    if listing.region is None:
        return own.subquery()
    further = _joined_further(select(column), listing).where(*chosen, item_regions.c.region == listing.region)
    return union_all(own.where(items.c[region_level(listing.region)] == listing.region), further).subquery()


def _joined_further(query: Select[Any], listing: Listing) -> Select[Any]:
    """Return a query of the items of a listing's period, joined to their further regions."""
    period = period_conditions(listing.since, listing.until, item_regions.c.published)
    return query.join_from(item_regions, items, items.c.id == item_regions.c.item_id).where(*period)


def _with_further(connection: Connection, counts: dict[str, int], level: str, listing: Listing) -> dict[str, int]:
    """Return the counts of regions of a level with the items of which they are further ones."""
    chosen = subject_conditions(category=listing.category, region=listing.region, source=listing.source)
    query = _joined_further(select(item_regions.c.region, func.count()), listing).where(NOT_REMOVED, *chosen)
    further = key_value_dict(connection, query.group_by(item_regions.c.region))
    found = Counter(counts) + Counter({code: count for code, count in further.items() if region_level(code) == level})
    return dict(found)


def _exported(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": row.url,
        "title": row.title,
        "source": row.slug,
        "published": row.published,
        "first_seen": row.first_seen,
        "story": row.story_id,
        "reprint_of": row.reprint_url,
        "category": row.category,
        "province": row.province,
        "city": row.city,
        "county": row.county,
        "regions": list(to_place((row.province, row.city, row.county), row.further_regions).regions),
    }


def _scan_query(listing: Listing, before: Cursor | None, max_scanned: int) -> Select[Any]:
    filters = subject_conditions(category=listing.category, region=listing.region)
    unfiltered = Listing(
        source=listing.source, story=listing.story, one_per_story=False, since=listing.since, until=listing.until
    )
    fits = case((and_(*filters), 1), else_=0) if filters else case((items.c.id > 0, 1), else_=0)
    query = select(items.c.id, items.c.published, fits.label("fits")).where(*listing_conditions(unfiltered))
    if before is not None:
        query = query.where(position_of(before.published, before.id) > POSITION)
    return query.order_by(items.c.published.desc(), items.c.id.desc()).limit(max_scanned)
