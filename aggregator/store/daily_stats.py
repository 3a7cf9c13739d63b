"""Poll statistics by source and day, and totals; written in the transaction of the poll."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, select

from aggregator.model import PollResult
from aggregator.model.health import DELAYS, DailyPollStats
from aggregator.store.open_changes import open_changes
from aggregator.store.schema.tables import DELAY_COLUMNS, counters, source_days
from aggregator.store.sql.dialect import AnyRow
from aggregator.store.sql.statements import execute_rows, in_batches, upsert

KEEP_DAYS = 30
LISTED_DAYS = 7  # days shown in lists
COUNTERS = ("visits.changed", "visits.unchanged", "visits.failed", "visits.gone", "visits.ms", "items.new")

_CHINA = timedelta(hours=8)  # the outlets' time zone: days begin at midnight there


def day_of(time: datetime) -> int:
    """Return the number of the day since 1970 in China's time zone."""
    return int((time.timestamp() + _CHINA.total_seconds()) // 86400)


def date_of(day: int) -> date:
    """Return the date of a day number."""
    return date(1970, 1, 1) + timedelta(days=day)


def count_poll(connection: Connection, result: PollResult) -> None:
    """Add a poll to its source's day and to the totals."""
    failed = result.outcome in ("failed", "gone")
    _add(
        connection,
        result.source_id,
        result.at,
        {"polls": 1, "not_modified": int(result.status == 304), "failures": int(failed), "elapsed": result.elapsed},
    )
    add_to_counters(connection, {f"visits.{result.outcome}": 1, "visits.ms": round(result.elapsed * 1000)})


def count_items(connection: Connection, counts: Mapping[int, tuple[int, Sequence[int]]], at: datetime) -> None:
    """Add source -> (new items, those of them by delay) to the day of each source and to the totals."""
    rows = [
        {"source_id": source_id, "day": day_of(at), "item_count": count, **dict(zip(DELAY_COLUMNS, late, strict=True))}
        for source_id, (count, late) in counts.items()
    ]
    execute_rows(
        connection,
        upsert(connection, source_days, "source_id day", increment=" ".join(("item_count", *DELAY_COLUMNS))),
        rows,
    )
    add_to_counters(connection, {"items.new": sum(count for count, _ in counts.values())})


def delays(at: datetime, published: Iterable[datetime]) -> Sequence[int]:
    """Return the number of items by the time from their publication until ``at``, in the order of DELAY_COLUMNS."""
    counts = [0] * len(DELAY_COLUMNS)
    for each in published:
        counts[bisect_left(DELAYS, at - each)] += 1
    return counts


def _add(connection: Connection, source_id: int, at: datetime, counts: Mapping[str, float]) -> None:
    statement = upsert(connection, source_days, "source_id day", increment=" ".join(counts))
    connection.execute(statement, {"source_id": source_id, "day": day_of(at), **counts})


def add_to_counters(connection: Connection, increments: Mapping[str, int]) -> None:
    """Increment counters, when the transaction ends."""
    open_changes(connection).shared.totals.update(increments)


def write_totals(connection: Connection, increments: Mapping[str, int]) -> None:
    """Increment counters; there is one writer at a time."""
    if increments:
        statement = upsert(connection, counters, "name", increment="value")
        connection.execute(statement, [{"name": name, "value": increments[name]} for name in sorted(increments)])


def daily_poll_stats(
    connection: Connection, source_ids: Collection[int], now: datetime, days: int
) -> dict[int, tuple[DailyPollStats, ...]]:
    """Return source -> its last ``days`` days, oldest first, including today and days without polls."""
    last = day_of(now)
    day_numbers = range(last - days + 1, last + 1)
    stats: dict[tuple[int, int], DailyPollStats] = {}
    for batch in in_batches(source_ids):
        recent = source_days.c.day.between(day_numbers[0], last)
        for row in connection.execute(select(source_days).where(source_days.c.source_id.in_(batch), recent)):
            stats[row.source_id, row.day] = _to_stats(row)
    empty = [(day, DailyPollStats(date_of(day))) for day in day_numbers]
    return {source_id: tuple(stats.get((source_id, day), none) for day, none in empty) for source_id in source_ids}


_SUMMED = ("polls", "not_modified", "failures", "item_count", "elapsed", *DELAY_COLUMNS)
_BY_DAY = select(source_days.c.day, *(func.sum(source_days.c[name]).label(name) for name in _SUMMED)).group_by(
    source_days.c.day
)


def service_poll_stats(connection: Connection, now: datetime, days: int) -> tuple[DailyPollStats, ...]:
    """Return the sums over all sources of the last ``days`` days, oldest first."""
    last = day_of(now)
    rows = connection.execute(_BY_DAY.where(source_days.c.day.between(last - days + 1, last)))
    stats = {row.day: _to_stats(row) for row in rows}
    return tuple(stats.get(day) or DailyPollStats(date_of(day)) for day in range(last - days + 1, last + 1))


def _to_stats(row: AnyRow) -> DailyPollStats:
    mean = row.elapsed / row.polls if row.polls else None
    delays = tuple(int(getattr(row, name)) for name in DELAY_COLUMNS)
    counts = (int(row.polls), int(row.not_modified), int(row.failures), int(row.item_count))
    return DailyPollStats(date_of(row.day), *counts, mean, delays)


def is_expired(now: datetime) -> ColumnElement[bool]:
    """Return the condition of days older than KEEP_DAYS."""
    return source_days.c.day <= day_of(now) - KEEP_DAYS
