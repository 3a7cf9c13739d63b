"""Lists with one row for each series, read in order and in bounded rounds.

An issue is left out if the list has a newer one. While a list is read from its top, every newer issue has been read;
further down the next newer issue of each series on the page is looked up.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, literal, or_, select, union_all

from aggregator.model import Cursor, ItemCard, ItemPage, Listing
from aggregator.model.listing_keys import listing_bit, region_level
from aggregator.steps.stories.series import MAX_GAP, SeriesFolder
from aggregator.store.earlier_issues import mark_earlier_issues
from aggregator.store.item_lists import (
    NOT_REMOVED,
    POSITION,
    period_conditions,
    position_of,
    read_cards,
    subject_conditions,
)
from aggregator.store.region_rows import represents_in_further
from aggregator.store.schema.series_columns import key_of
from aggregator.store.schema.tables import items
from aggregator.store.sql.dialect import key_value_dict

MAX_READ = 1000  # rows that one page reads at most
_MAX_ROUND = 200  # rows read at once


def read_page(connection: Connection, listing: Listing, limit: int, before: Cursor | None) -> ItemPage:
    """Return the items of a list after ``before``, or from its top."""
    folder = SeriesFolder()
    shown: list[ItemCard] = []
    first, position, size, read = None, before, limit + 1, 0
    while len(shown) <= limit and read < MAX_READ:
        cards = read_cards(connection, listing, size, before=position)
        if before is not None and listing.one_per_series:
            unknown = folder.unknown(card.series for card in cards)
            folder.add_newer(_next_issues(connection, listing, unknown, Cursor(before.published, before.id - 1)))
        shown += [card for card in cards if not (listing.one_per_series and _is_older(folder, card))]
        if len(cards) < size and len(shown) <= limit:
            return ItemPage(_with_marks(connection, listing, shown), None)
        first, position = first or cards[0], cards[-1].cursor
        read, size = read + size, min(_MAX_ROUND, max(4 * (limit + 1 - len(shown)), read))
    if len(shown) > limit:
        return ItemPage(_with_marks(connection, listing, shown[:limit]), shown[limit - 1].cursor)
    # a page that only older issues fill shows one of them rather than nothing
    return ItemPage(_with_marks(connection, listing, shown or [first] if first else []), position)


def read_newer_page(connection: Connection, listing: Listing, limit: int, after: Cursor) -> ItemPage:
    """Return the ``limit`` items just newer than ``after``, newest first; ``end`` is None if there are fewer."""
    shown: list[ItemCard] = []
    position, size, read = after, limit, 0
    while len(shown) < limit and read < MAX_READ:
        cards = read_cards(connection, listing, size, after=position)
        if cards:
            position = cards[-1].cursor
            shown += _newest_issues(connection, listing, cards, position)
        if len(cards) < size and len(shown) < limit:
            return ItemPage(_with_marks(connection, listing, shown[::-1]), None)
        read, size = read + size, min(_MAX_ROUND, max(4 * (limit + 1 - len(shown)), read))
    if len(shown) >= limit:
        shown = shown[:limit]
        position = shown[-1].cursor
    return ItemPage(_with_marks(connection, listing, shown[::-1]), position)


def _newest_issues(
    connection: Connection, listing: Listing, cards: Sequence[ItemCard], position: Cursor
) -> list[ItemCard]:
    """Return the cards, oldest first and up to ``position``, that have no newer issue in the list."""
    if not listing.one_per_series:
        return list(cards)
    series = {card.series for card in cards if card.series is not None}
    folder = SeriesFolder(_next_issues(connection, listing, series, position))
    return [card for card in reversed(cards) if not _is_older(folder, card)][::-1]


def _is_older(folder: SeriesFolder, card: ItemCard) -> bool:
    return folder.is_older_issue(card.series, card.published)


def _next_issues(
    connection: Connection, listing: Listing, series: Collection[int], position: Cursor
) -> dict[int, datetime]:
    """Return series -> publication of the first issue after ``position`` that is in the listing."""
    if not series:
        return {}
    queries = []
    for key in sorted(series):
        issue = (
            select(literal(key).label("series"), items.c.published)
            .where(
                items.c.series == key_of(key),
                *_membership(listing),
                position_of(position.published, position.id) < POSITION,
                items.c.published <= position.published + MAX_GAP,
            )
            .order_by(items.c.published, items.c.id)
            .limit(1)
            .subquery()
        )
        queries.append(select(*issue.c))
    return key_value_dict(connection, union_all(*queries))


def _membership(listing: Listing) -> list[ColumnElement[bool]]:
    """Return the conditions of a listing for issues of known series, written so that no index of the listing serves
    them."""
    conditions = [NOT_REMOVED, *period_conditions(None, listing.until)]
    if listing.source is not None:  # a series is of one source
        return conditions
    conditions += subject_conditions(category=listing.category, region=listing.region)
    if listing.one_per_story:
        conditions.append(_represents(listing))
        if listing.multi_source_only:
            conditions.append(items.c.many)
    return conditions


def _represents(listing: Listing) -> ColumnElement[bool]:
    bits = items.c.represents.op("&")(listing_bit(listing.category, listing.region)) != 0
    if listing.region is None:
        return bits
    own = items.c[region_level(listing.region)] == listing.region
    return or_(own & bits, represents_in_further(listing.category, listing.region))


def _with_marks(connection: Connection, listing: Listing, cards: Sequence[ItemCard]) -> list[ItemCard]:
    return mark_earlier_issues(connection, cards) if listing.one_per_series else list(cards)
