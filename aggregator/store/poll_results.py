"""Item and poll counts by hour and in total; written in the transaction of the poll."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, func, or_, select, update

from aggregator.store import daily_stats
from aggregator.store.open_changes import open_changes
from aggregator.store.schema.tables import service_hours, source_hours, sources
from aggregator.store.sql.statements import execute_rows, upsert


def hour_of(time: datetime) -> int:
    """Return the number of the hour since 1970."""
    return int(time.timestamp()) // 3600


def count_in_hour(connection: Connection, source_id: int, at: datetime, **counts: int) -> None:
    """Add to the source's counts of this hour: item_count, polls, failures."""
    statement = upsert(connection, source_hours, "source_id hour", increment=" ".join(counts))
    connection.execute(statement, {"source_id": source_id, "hour": hour_of(at), **counts})


@dataclass(frozen=True, slots=True)
class Arrivals:
    """New items of a source."""

    count: int
    newest: datetime  # latest publication time
    published: Sequence[datetime]  # those times by which the delay of publication is measured


_OLDER = or_(sources.c.newest.is_(None), sources.c.newest < bindparam("last"))
_NEW_ITEMS = (
    update(sources)
    .where(sources.c.id == bindparam("source"))
    .values(
        item_count=sources.c.item_count + bindparam("number"),
        newest=case((_OLDER, bindparam("last")), else_=sources.c.newest),
    )
)


def count_items(connection: Connection, arrivals: Mapping[int, Arrivals], at: datetime) -> None:
    """Add new items to the counts of their sources, in the order of these to avoid deadlocks."""
    if not arrivals:
        return
    ordered, hour = sorted(arrivals.items()), hour_of(at)
    connection.execute(
        _NEW_ITEMS, [{"source": source_id, "number": new.count, "last": new.newest} for source_id, new in ordered]
    )
    of_sources = upsert(connection, source_hours, "source_id hour", increment="item_count")
    execute_rows(
        connection, of_sources, [{"source_id": one, "hour": hour, "item_count": new.count} for one, new in ordered]
    )
    open_changes(connection).shared.items_by_hour[hour] += sum(new.count for new in arrivals.values())
    daily_stats.count_items(
        connection, {source_id: (new.count, daily_stats.delays(at, new.published)) for source_id, new in ordered}, at
    )


def write_hours(connection: Connection, items_by_hour: Mapping[int, int]) -> None:
    """Add new items to the counts of the service; there is one writer at a time."""
    if items_by_hour:
        of_service = upsert(connection, service_hours, "hour", increment="item_count")
        connection.execute(of_service, [{"hour": hour, "item_count": items_by_hour[hour]} for hour in items_by_hour])


def total_items(connection: Connection) -> int:
    """Return the number of stored items, summed over sources."""
    return int(connection.execute(select(func.coalesce(func.sum(sources.c.item_count), 0))).scalar_one())
