"""Search results with one row for each story and each series, read in order and in bounded rounds.

A result is left out if another matching report of its story precedes it, or if its series has a newer matching issue.
While results are read from the newest, every preceding one has been read; further down the reports that precede the
page are looked up in the stories and series on it, and asked whether they match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, bindparam, func, select, tuple_

from aggregator.model import Cursor, ItemCard, ItemPage
from aggregator.steps.stories.series import MAX_GAP, SeriesFolder
from aggregator.store.earlier_issues import mark_earlier_issues
from aggregator.store.item_lists import NOT_REMOVED, item_cards
from aggregator.store.schema.series_columns import SERIES_ID
from aggregator.store.schema.tables import items, series
from aggregator.store.sql.dialect import AnyRow
from aggregator.store.sql.statements import in_list

MAX_READ = 400  # results that one page reads at most
_MAX_ROUND = 100  # results read at once
_FOREVER = timedelta(days=36500)


def _nearest_preceding(column: Column[Any], chosen: ColumnElement[bool], most: int) -> Select[Any]:
    """Return the query of the chosen items that precede a position, the nearest with each value of a column."""
    nth = func.row_number().over(partition_by=column, order_by=(items.c.published, items.c.id)).label("nth")
    position = tuple_(bindparam("start", type_=items.c.published.type), bindparam("id"))
    mates = (
        select(items.c.id, items.c.story_id, SERIES_ID.label("series"), items.c.published, nth)
        .where(
            chosen,
            NOT_REMOVED,
            position <= tuple_(items.c.published, items.c.id),
            items.c.published <= bindparam("until", type_=items.c.published.type),
        )
        .subquery()
    )
    return select(mates.c.id, mates.c.story_id, mates.c.series, mates.c.published).where(mates.c.nth <= most)


_NEAR, _FAR = 32, 512  # preceding reports of a story that are looked up, first and if none of those matches
_OF_STORIES = in_list(items.c.story_id, "values")
_OF_SERIES = items.c.series.in_(select(series.c.key).where(in_list(series.c.id, "values")))
_STORY_MATES = _nearest_preceding(items.c.story_id, _OF_STORIES, _NEAR)
_ALL_STORY_MATES = _nearest_preceding(items.c.story_id, _OF_STORIES, _FAR)
_SERIES_MATES = _nearest_preceding(items.c.series, _OF_SERIES, 4)
_NEWEST_FIRST = (
    select(items.c.id, items.c.story_id, SERIES_ID.label("series"), items.c.published)
    .where(in_list(items.c.id, "ids"))
    .order_by(items.c.published.desc(), items.c.id.desc())
)


@dataclass(frozen=True, slots=True)
class ResultReader:
    """How the results of one search are read.

    ``read`` takes the position to read after and a number of results; ``matching`` takes rows with ``id`` and
    ``published`` and returns the ids of those that match.
    """

    read: Callable[[Cursor | None, int], Sequence[int]]
    matching: Callable[[Sequence[AnyRow]], set[int]]


@dataclass(slots=True)
class _Rows:
    """What has been read of a list of results, to tell which rows to leave out."""

    stories: set[int] = field(default_factory=set)
    series: SeriesFolder = field(default_factory=SeriesFolder)
    looked_up: set[int] = field(default_factory=set)  # stories whose preceding reports are known

    def is_shown(self, card: ItemCard) -> bool:
        """Return whether the next row of the list has a row of its own."""
        is_older = self.series.is_older_issue(card.series, card.published)
        is_known = card.story_id in self.stories
        self.stories.add(card.story_id)
        return not (is_older or is_known)


def newest_results(connection: Connection, results: ResultReader, limit: int, before: Cursor | None) -> ItemPage:
    """Return the results after ``before``, or the newest, one of each story and series."""
    rows, shown = _Rows(), list[ItemCard]()
    first, position, size, read = None, before, limit + 1, 0
    while len(shown) <= limit and read < MAX_READ:
        ids = results.read(position, size)
        found = item_cards(connection, ids)
        cards = [found[item_id] for item_id in ids if item_id in found]
        if before is not None:
            _add_preceding(connection, rows, results, cards, before)
        shown += [card for card in cards if rows.is_shown(card)]
        is_end = len(ids) < size or not cards  # entries of pruned items may be left (store.partition_plan), as the last
        if is_end and len(shown) <= limit:
            return ItemPage(mark_earlier_issues(connection, shown), None)
        first, position = first or cards[0], cards[-1].cursor
        read, size = read + size, min(_MAX_ROUND, max(4 * (limit + 1 - len(shown)), read // 2))
    if len(shown) > limit:
        return ItemPage(mark_earlier_issues(connection, shown[:limit]), shown[limit - 1].cursor)
    # a page without a row of its own shows one of the rows that were left out rather than nothing
    return ItemPage(mark_earlier_issues(connection, shown or [first] if first else []), position)


def best_results(connection: Connection, ids: Sequence[int], limit: int) -> list[ItemCard]:
    """Return the first of ranked results, one of each story and series: the best report, and the newest issue."""
    folder = SeriesFolder()
    stories: dict[int, int] = {}
    for item_id, story, series_id, published in connection.execute(_NEWEST_FIRST, {"ids": ids}).all():
        if not folder.is_older_issue(series_id, published):
            stories[item_id] = story or item_id
    best: dict[int, int] = {}
    for item_id in ids:
        if item_id in stories:
            best.setdefault(stories[item_id], item_id)
    chosen = list(best.values())[:limit]
    cards = item_cards(connection, chosen)
    return mark_earlier_issues(connection, (cards[item_id] for item_id in chosen if item_id in cards))


def _add_preceding(
    connection: Connection, rows: _Rows, results: ResultReader, cards: Sequence[ItemCard], before: Cursor
) -> None:
    """Add what precedes the page in the stories and series of its rows."""
    stories = {card.story_id for card in cards if card.story_items > 1} - rows.looked_up - rows.stories
    unknown = rows.series.unknown(card.series for card in cards)
    rows.looked_up |= stories
    mates = [
        *_mates(connection, _STORY_MATES, stories, before, _FOREVER),
        *_mates(connection, _SERIES_MATES, unknown, before, MAX_GAP),
    ]
    preceding = _matching(results, mates)
    rows.stories |= {mate.story_id for mate in preceding if mate.story_id in stories}
    rows.series.add_newer(_nearest(preceding, unknown))
    counts = Counter(mate.story_id for mate in mates)
    undecided = {story for story in stories - rows.stories if counts[story] >= _NEAR}
    further = _mates(connection, _ALL_STORY_MATES, undecided, before, _FOREVER)
    rows.stories |= {mate.story_id for mate in _matching(results, further)}


def _matching(results: ResultReader, mates: Sequence[AnyRow]) -> list[AnyRow]:
    """Return the items that match the search."""
    matching = results.matching(mates) if mates else set()
    return [mate for mate in mates if mate.id in matching]


def _mates(
    connection: Connection, statement: Select[Any], values: Collection[int], before: Cursor, gap: timedelta
) -> Sequence[AnyRow]:
    """Return the items with one of the values that precede ``before``, no newer than ``gap`` after it."""
    if not values:
        return []
    limits = {"start": before.published, "id": before.id, "until": before.published + gap}
    return connection.execute(statement, {"values": values} | limits).all()


def _nearest(preceding: Iterable[AnyRow], wanted: Collection[int]) -> dict[int, datetime]:
    """Return series -> publication of its next newer issue."""
    nearest: dict[int, datetime] = {}
    for mate in preceding:
        if mate.series in wanted:
            nearest[mate.series] = min(mate.published, nearest.get(mate.series, mate.published))
    return nearest
