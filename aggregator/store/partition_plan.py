"""Which partitions PostgreSQL has to have, and which are over.

``texts`` and ``sketches`` have ranges of item ids, as no time is in their keys: each is as long as a month has items at
the rate of the last week. The others have months or weeks. Rows of pruned items are left where their partition is
dropped soon anyway: deleting each would cost more than all the rest of pruning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import Connection, func, select

from aggregator.store.item_window import item_window
from aggregator.store.schema.tables import counters, items
from aggregator.store.sql import partitions
from aggregator.store.sql.dialect import insert_for
from aggregator.store.sql.partitions import LOWEST, PARTITIONED, SKETCHES, TEXTS, Partitioned, Range

FEWEST_IDS = 50_000  # of a range
MOST_MOVED = 2_000  # rows that are moved from a default partition while the service runs
MOST_KEPT = 1_000  # items of an outdated partition whose rows are moved instead of keeping all of it
NEVER = 1 << 62  # higher than every item id
_MOST_MONTHS = 36  # of a copy that get a range of their own
_RATE_OVER, _MONTH = timedelta(days=7), timedelta(days=30)
_SOON = {True: timedelta(days=8), False: timedelta(days=32)}  # a little more than a range, weekly or not
_LEFT_BELOW = "partitions.left_below"  # counter: item id below which rows of pruned items are left
_FIRST_FROM = select(items.c.first_seen).order_by(items.c.id).limit(1)


@dataclass(frozen=True, slots=True)
class Plan:
    """Ranges to create, and the item id from which it is time to plan again."""

    next_look: int = NEVER
    ranges: list[tuple[Partitioned, int, int]] = field(default_factory=list)


# ---------------------------------------------------------------- ahead
def plan_ranges(connection: Connection, now: datetime, *, ahead: int = 1) -> Plan:
    """Return the ranges that are missing for the present and the ``ahead`` following periods.

    What the default partition has too much of is left there, for ``fill_gaps``; ranges begin after it then.
    """
    if not partitions.have_partitions(connection):
        return Plan()
    found: list[tuple[Partitioned, int, int]] = []
    looks = []
    for table in PARTITIONED:
        ranges = partitions.ranges_of(connection, table)
        top = ranges[-1].upper if ranges else None
        if table.seconds:
            found += _missing_periods(connection, table, now, top, ahead)
        else:
            missing, look = _missing_ids(connection, table, now, top, ahead)
            found += missing
            looks.append(look)
    return Plan(min(looks), found)


def _missing_periods(
    connection: Connection, table: Partitioned, now: datetime, top: int | None, ahead: int
) -> Iterator[tuple[Partitioned, int, int]]:
    starts = table.periods(now, ahead + 1)
    for start, end in pairwise(starts):
        lower = start if top is None else max(start, top)
        if lower < end and not _is_filled(connection, table, lower, end):
            yield table, lower, end


def _missing_ids(
    connection: Connection, table: Partitioned, now: datetime, top: int | None, ahead: int
) -> tuple[list[tuple[Partitioned, int, int]], int]:
    last = partitions.last_item_id(connection)
    _, recent = item_window(connection, now - _RATE_OVER)
    size = max(FEWEST_IDS, recent * (_MONTH // _RATE_OVER))
    reserve = size // 4 * min(ahead, 1)
    if top is not None and last < top - reserve:
        return [], top - size // 4
    lower = last + 1 if top is None else top
    upper = max(lower, last + 1) + size
    if _is_filled(connection, table, lower, upper):
        lower = last + 1
    return [(table, lower, upper)], upper - size // 4


def _is_filled(connection: Connection, table: Partitioned, lower: int, upper: int) -> bool:
    return partitions.count_in_default(connection, table, lower, upper, MOST_MOVED + 1) > MOST_MOVED


def gaps(connection: Connection) -> Iterator[tuple[Partitioned, int, int]]:
    """Yield where ranges are missing for rows that are in a default partition."""
    for table in PARTITIONED:
        last = partitions.last_in_default(connection, table)
        ranges = partitions.ranges_of(connection, table)
        if last is None or not ranges:
            continue
        lowers = [each.upper for each in ranges]
        uppers = [*(each.lower for each in ranges[1:]), max(last + 1, ranges[-1].upper)]
        for lower, upper in zip(lowers, uppers, strict=True):
            if lower < upper and partitions.count_in_default(connection, table, lower, upper, 1):
                yield table, lower, upper


# ---------------------------------------------------------------- behind
def bounds_left(connection: Connection, oldest: Mapping[Partitioned, datetime]) -> dict[Partitioned, int]:
    """Return the key of each table below which rows are left for the drop of their partition.

    ``oldest`` says until when rows are outdated: by the time when their items were first seen, where keys are ids.
    """
    found = {}
    for table, before in oldest.items():
        cut = _cut(connection, table, before)
        found[table] = LOWEST
        for each in partitions.ranges_of(connection, table):
            if each.upper <= cut or (each.lower < cut and _ends_soon(connection, table, each, before)):
                found[table] = each.upper
    return found


def _cut(connection: Connection, table: Partitioned, before: datetime) -> int:
    """Return the key below which everything is outdated: the first item that is not, where keys are ids."""
    if table.seconds:
        return table.key_of(before)
    lowest, _ = item_window(connection, before)  # perhaps far below it, if the items before it were pruned
    first: int | None = connection.execute(select(func.min(items.c.id)).where(items.c.id >= lowest)).scalar()
    return lowest if first is None else first


def _ends_soon(connection: Connection, table: Partitioned, one: Range, before: datetime) -> bool:
    until = before + _SOON[table.weekly]
    if table.seconds:
        return one.upper <= table.key_of(until)
    following: datetime | None = connection.execute(_FIRST_FROM.where(items.c.id >= one.upper)).scalar()
    return following is not None and following <= until


def outdated(connection: Connection, oldest: Mapping[Partitioned, datetime]) -> list[tuple[Partitioned, Range]]:
    """Return the ranges of which all rows are outdated, except for a few items that were not pruned."""
    found = []
    for table, before in oldest.items():
        cut = _cut(connection, table, before)
        for each in partitions.ranges_of(connection, table):
            if each.upper <= cut and (table.seconds or len(_kept(connection, each)) <= MOST_KEPT):
                found.append((table, each))
    return found


def detach(connection: Connection, table: Partitioned, one: Range) -> None:
    """Detach an outdated range; rows of items that were not pruned stay."""
    partitions.detach_range(connection, table, one.name, [] if table.seconds else _kept(connection, one))


def _kept(connection: Connection, one: Range) -> list[int]:
    query = select(items.c.id).where(items.c.id >= one.lower, items.c.id < one.upper).order_by(items.c.id)
    return list(connection.execute(query.limit(MOST_KEPT + 1)).scalars())


def note_left(connection: Connection, item_id: int) -> None:
    """Record below which id rows of pruned items are left."""
    statement = insert_for(connection, counters).values(name=_LEFT_BELOW, value=item_id)
    changed = {"value": statement.excluded.value}
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed))


def left_below(connection: Connection) -> int:
    """Return the recorded id; SQLite leaves no rows."""
    if not partitions.have_partitions(connection):
        return LOWEST
    found: int | None = connection.execute(select(counters.c.value).where(counters.c.name == _LEFT_BELOW)).scalar()
    return LOWEST if found is None else found


# ---------------------------------------------------------------- copies
def lay_out(copy: Connection, original: Connection, now: datetime) -> None:
    """Give an empty database the partitions that the rows of another one, of either kind, need."""
    if not partitions.have_partitions(copy):
        return
    oldest: datetime | None = original.execute(_FIRST_FROM).scalar()
    months = max(0, (now - oldest) // _MONTH) if oldest else 0
    ids, seconds = list[int](), list[int]()
    for number in range(min(months, _MOST_MONTHS), -1, -1):
        first, _ = item_window(original, now - number * _MONTH)
        if first - (ids[-1] if ids else 1) >= FEWEST_IDS:
            ids.append(first)
            seconds += partitions.SEARCH.periods(now - number * _MONTH, 0)
    for table in PARTITIONED:
        if table.seconds:
            older = seconds if table == partitions.SEARCH else []
            partitions.lay_out(copy, table, sorted({*older, *table.periods(now, 2)}))
        else:
            partitions.lay_out(copy, table, [*ids, first + FEWEST_IDS])


ITEM_TABLES = (TEXTS.name, SKETCHES.name)
