"""Conditions and queries for lists of items, each served in order from one index."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Tuple,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    union_all,
)

from aggregator.model import Cursor, ItemCard, ItemDetail, Listing
from aggregator.model.listing_keys import listing_bit, listings_by_bit, region_level, split_codes
from aggregator.model.views import NO_CATEGORY
from aggregator.steps.stories.series import SeriesFolder
from aggregator.steps.stories.source_quota import apply_source_quota
from aggregator.store.earlier_issues import mark_earlier_issues
from aggregator.store.region_rows import is_about, represents_further
from aggregator.store.rows import SELECT_CARDS, SELECT_DETAILS, SELECT_FURTHER_CARDS, to_card, to_detail
from aggregator.store.schema.region_tables import item_regions
from aggregator.store.schema.series_columns import SERIES_ID, key_of
from aggregator.store.schema.tables import items, sources, stories, story_moves
from aggregator.store.sql.statements import in_batches, in_list

NEWEST_FIRST = (items.c.published.desc(), items.c.id.desc())
NOT_REMOVED = items.c.removed.is_(None)
POSITION = tuple_(items.c.published, items.c.id)
_FURTHER_POSITION = tuple_(item_regions.c.published, item_regions.c.item_id)
_SCAN_FACTOR = 10  # times as many candidates are read where a source quota applies,
_MAX_EXTRA_SCANNED = 1000  # but at most this many more


def listing_conditions(listing: Listing) -> list[ColumnElement[bool]]:
    """Return the WHERE conditions of a listing, written to match the partial indexes; those of a region are for the
    items of which it is the primary one."""
    conditions = _conditions_anywhere(listing)
    if listing.region is not None:
        conditions.append(items.c[region_level(listing.region)] == listing.region)
    if _shows_representatives(listing):
        conditions.append(represents(listing_bit(listing.category, listing.region)))
    return conditions + period_conditions(listing.since, listing.until)


def _shows_representatives(listing: Listing) -> bool:
    return listing.one_per_story and listing.source is None and listing.story is None and listing.series is None


def _conditions_anywhere(listing: Listing) -> list[ColumnElement[bool]]:
    """Return the conditions of a listing besides its region and its period."""
    conditions = subject_conditions(category=listing.category, source=listing.source)
    if listing.story is not None:
        conditions.append(items.c.story_id == _current_story(listing.story))
    if listing.series is not None:
        conditions.append(items.c.series == key_of(listing.series))
    if _shows_representatives(listing):
        return [*conditions, items.c.many] if listing.multi_source_only else conditions
    conditions.append(NOT_REMOVED)
    if listing.multi_source_only:
        conditions.append(items.c.story_id.in_(select(stories.c.id).where(stories.c.outlets >= 2)))
    return conditions


def represents(bit: int) -> ColumnElement[bool]:
    """Return the condition that items represent their story in the listings of a bit.

    The numbers are literal as in the partial indexes, which a parameter would not match.
    """
    return items.c.represents.op("&")(literal_column(str(bit))) != literal_column("0")


def subject_conditions(
    *, category: str | None = None, region: str | None = None, source: str | None = None
) -> list[ColumnElement[bool]]:
    """Return the conditions for a category (or ``NO_CATEGORY``), region and source."""
    conditions: list[ColumnElement[bool]] = []
    if category == NO_CATEGORY:
        conditions.append(items.c.top.is_(None))
    elif category is not None:
        conditions.append(items.c.category == category if "/" in category else items.c.top == category)
    if region is not None:
        conditions.append(is_about(region))
    if source is not None:
        conditions.append(items.c.source_id == select(sources.c.id).where(sources.c.slug == source).scalar_subquery())
    return conditions


def period_conditions(
    since: datetime | None, until: datetime | None, published: Column[Any] = items.c.published
) -> list[ColumnElement[bool]]:
    """Return the conditions ``since`` <= published < ``until``."""
    conditions: list[ColumnElement[bool]] = []
    if since is not None:
        conditions.append(published >= since)
    if until is not None:
        conditions.append(published < until)
    return conditions


def _current_story(story_id: int) -> ColumnElement[int]:
    moved = select(story_moves.c.new).where(story_moves.c.old == story_id).scalar_subquery()
    return func.coalesce(moved, story_id)


def position_of(published: datetime, item_id: int) -> Tuple:
    """Return what is compared with ``POSITION``; a literal without a type would not be stored as the column is."""
    return tuple_(literal(published, items.c.published.type), item_id)


def read_cards(
    connection: Connection, listing: Listing, limit: int, *, before: Cursor | None = None, after: Cursor | None = None
) -> list[ItemCard]:
    """Return a part of a listing: newest first, or with ``after`` oldest first."""
    query = SELECT_CARDS.where(*listing_conditions(listing))
    rows = connection.execute(_page(query, POSITION, limit, before, after)).all()
    cards = [to_card(row) for row in rows]
    if listing.region is None:
        return cards
    query = SELECT_FURTHER_CARDS.where(*_further_conditions(listing, listing.region))
    further = connection.execute(_page(query, _FURTHER_POSITION, limit, before, after)).all()
    if further:
        cards += [to_card(row) for row in further]
        cards.sort(key=lambda card: (card.published, card.id), reverse=after is None)
    return cards[:limit]


def _page(
    query: Select[Any], position: Tuple, limit: int, before: Cursor | None = None, after: Cursor | None = None
) -> Select[Any]:
    """Return the query of a part of what ``query`` selects, in the order of ``position``."""
    if before is not None:
        query = query.where(position_of(before.published, before.id) > position)
    if after is not None:
        return query.where(position_of(after.published, after.id) < position).order_by(*position.clauses).limit(limit)
    return query.order_by(*(column.desc() for column in position.clauses)).limit(limit)


def _further_conditions(listing: Listing, region: str) -> list[ColumnElement[bool]]:
    """Return the conditions for the items, joined to ``item_regions``, of which the region is a further one."""
    conditions = [item_regions.c.region == region, *_conditions_anywhere(listing)]
    if _shows_representatives(listing):
        conditions.append(represents_further(listing.category))
    return conditions + period_conditions(listing.since, listing.until, item_regions.c.published)


def newest_by_listing(
    connection: Connection, listings: Mapping[str, Listing], limit: int, share: float
) -> dict[str, list[ItemCard]]:
    """Return key -> newest items of each listing, with two statements in all: first ids, then cards; with a third for
    listings with one issue of each series."""
    if not listings:
        return {}
    queries = []
    for key, listing in listings.items():
        queries += [select(literal(key), *ids.subquery().c) for ids in _candidates(listing, limit, share)]
    rows: dict[str, list[tuple[int, int]]] = {key: [] for key in listings}
    folders = {key: SeriesFolder() for key, listing in listings.items() if listing.one_per_series}
    candidates = connection.execute(union_all(*queries)).all()
    for key, item_id, source, series, published in sorted(candidates, key=lambda row: (row[4], row[1]), reverse=True):
        if key not in folders or not folders[key].is_older_issue(series, published):
            rows[key].append((item_id, source))
    chosen = {key: [found[place][0] for place in apply_source_quota([source for _, source in found], limit, share)]
              for key, found in rows.items()}  # fmt: skip
    found = item_cards(connection, {item_id for ids in chosen.values() for item_id in ids})
    if folders:
        found = {card.id: card for card in mark_earlier_issues(connection, found.values())}
    return {key: [found[item_id] for item_id in ids if item_id in found] for key, ids in chosen.items()}


def _candidates(listing: Listing, limit: int, share: float) -> Iterator[Select[Any]]:
    """Yield the queries of the newest items of a listing: those of a region are in two parts."""
    scans = share or listing.one_per_series
    scan_limit = min(limit * _SCAN_FACTOR, limit + _MAX_EXTRA_SCANNED) if scans else limit
    query = select(items.c.id, items.c.source_id, SERIES_ID.label("series"), items.c.published)
    yield _page(query.where(*listing_conditions(listing)), POSITION, scan_limit)
    if listing.region is not None:
        joined = query.join_from(item_regions, items, items.c.id == item_regions.c.item_id)
        yield _page(joined.where(*_further_conditions(listing, listing.region)), _FURTHER_POSITION, scan_limit)


_SUBJECTS_OF_STORIES = select(
    items.c.category, items.c.province, items.c.city, items.c.county, items.c.further_regions
).where(in_list(items.c.story_id, "ids"), NOT_REMOVED)


def listings_of_stories(connection: Connection, story_ids: Collection[int]) -> set[str]:
    """Return the keys of the listings that have an entry for one of these stories."""
    rows = connection.execute(_SUBJECTS_OF_STORIES, {"ids": story_ids}).all() if story_ids else ()
    return {
        key
        for category, *codes, further in set(rows)
        for key in listings_by_bit(category, *codes, further=split_codes(further)).values()
    }


_OF_THESE = in_list(items.c.id, "ids")
_CARDS_BY_ID, _DETAILS_BY_ID = (
    SELECT_CARDS.where(_OF_THESE),
    SELECT_DETAILS.where(_OF_THESE),
)  # building them costs more than executing them


def item_cards(connection: Connection, ids: Sequence[int] | set[int]) -> dict[int, ItemCard]:
    """Return id -> card of those of the items that exist."""
    cards: dict[int, ItemCard] = {}
    for batch in in_batches(ids):
        rows = connection.execute(_CARDS_BY_ID, {"ids": batch}).all()
        cards |= {row.id: to_card(row) for row in rows}
    return cards


def item_details(connection: Connection, ids: Sequence[int]) -> dict[int, ItemDetail]:
    """Return id -> details of those of the items that exist."""
    details: dict[int, ItemDetail] = {}
    for batch in in_batches(ids):
        rows = connection.execute(_DETAILS_BY_ID, {"ids": batch}).all()
        details |= {row.id: to_detail(row) for row in rows}
    return details


def count_today(connection: Connection, midnight: datetime) -> dict[str, int]:
    """Return "items_today", "stories_today" and "uncategorised" of what was published since ``midnight``.

    Every report counts, not only those that represent their story.
    """
    uncategorized = func.count() - func.count(items.c.top)
    query = select(func.count(), func.count(items.c.story_id.distinct()), uncategorized)
    row = connection.execute(query.where(NOT_REMOVED, items.c.published >= midnight)).one()
    return dict(zip(("items_today", "stories_today", "uncategorised"), row, strict=True))
