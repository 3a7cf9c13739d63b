"""Poll statistics by source and day, and totals; written in the transaction of the poll."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, select

from aggregator.model import PollResult
from aggregator.model.health import DailyPollStats
from aggregator.store.schema.tables import counters, source_days
from aggregator.store.sql.statements import in_batches, upsert

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


def count_items(connection: Connection, source_id: int, at: datetime, count: int) -> None:
    """Add new items to their source's day and to the totals."""
    _add(connection, source_id, at, {"item_count": count})
    add_to_counters(connection, {"items.new": count})


def _add(connection: Connection, source_id: int, at: datetime, counts: Mapping[str, float]) -> None:
    statement = upsert(connection, source_days, "source_id day", increment=" ".join(counts))
    connection.execute(statement, {"source_id": source_id, "day": day_of(at), **counts})


def add_to_counters(connection: Connection, increments: Mapping[str, int]) -> None:
    """Increment counters, always in the same order to avoid deadlocks."""
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
            mean = row.elapsed / row.polls if row.polls else None
            stats[row.source_id, row.day] = DailyPollStats(
                date_of(row.day), row.polls, row.not_modified, row.failures, row.item_count, mean
            )
    empty = [(day, DailyPollStats(date_of(day))) for day in day_numbers]
    return {source_id: tuple(stats.get((source_id, day), none) for day, none in empty) for source_id in source_ids}


def prune(connection: Connection, now: datetime) -> None:
    """Delete days older than KEEP_DAYS."""
    connection.execute(delete(source_days).where(source_days.c.day <= day_of(now) - KEEP_DAYS))
