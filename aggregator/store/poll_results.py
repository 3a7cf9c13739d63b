"""Item and poll counts by hour and in total; written in the transaction of the poll."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, case, func, or_, select, update

from aggregator.store import daily_stats
from aggregator.store.schema.tables import service_hours, source_hours, sources
from aggregator.store.sql.statements import upsert


def hour_of(time: datetime) -> int:
    """Return the number of the hour since 1970."""
    return int(time.timestamp()) // 3600


def count_in_hour(connection: Connection, source_id: int, at: datetime, **counts: int) -> None:
    """Add to the source's counts of this hour; ``numbers``: item_count, polls, failures."""
    statement = upsert(connection, source_hours, "source_id hour", increment=" ".join(counts))
    connection.execute(statement, {"source_id": source_id, "hour": hour_of(at), **counts})


_OLDER = or_(sources.c.newest.is_(None), sources.c.newest < bindparam("last"))
_NEW_ITEMS = (
    update(sources)
    .where(sources.c.id == bindparam("source"))
    .values(
        item_count=sources.c.item_count + bindparam("number"),
        newest=case((_OLDER, bindparam("last")), else_=sources.c.newest),
    )
)


def count_items(connection: Connection, source_id: int, at: datetime, count: int, newest: datetime) -> None:
    """Add new items to the counts of their source; ``newest`` is the latest publication time."""
    connection.execute(_NEW_ITEMS, {"source": source_id, "number": count, "last": newest})
    count_in_hour(connection, source_id, at, item_count=count)
    statement = upsert(connection, service_hours, "hour", increment="item_count")
    connection.execute(statement, {"hour": hour_of(at), "item_count": count})
    daily_stats.count_items(connection, source_id, at, count)


def total_items(connection: Connection) -> int:
    """Return the number of stored items, summed over sources."""
    return int(connection.execute(select(func.coalesce(func.sum(sources.c.item_count), 0))).scalar_one())
