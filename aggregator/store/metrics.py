"""The service in numbers: nothing here reads a table of items."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select

from aggregator.model.health import Metrics
from aggregator.store import daily_stats, incidents, poll_results, source_health
from aggregator.store.claims import ACTIVE
from aggregator.store.schema.tables import (
    articles,
    counters,
    documents,
    pushes,
    source_hours,
    sources,
    subscribers,
    subscriptions,
)
from aggregator.store.sql.dialect import insert_for, key_value_dict, size_in_bytes

OVERDUE_AFTER = timedelta(minutes=5)
_HEARTBEAT_COUNTER = "worker.tick"  # milliseconds since 1970


def collect_metrics(connection: Connection, now: datetime) -> Metrics:
    def number(query: Any) -> int:
        return int(connection.execute(query).scalar_one() or 0)

    late = ACTIVE & (sources.c.next_poll < now - OVERDUE_AFTER)
    free = sources.c.leased_until.is_(None) | (sources.c.leased_until < now)
    recent = source_hours.c.hour > poll_results.hour_of(now - timedelta(hours=24))
    known = key_value_dict(
        connection, select(counters.c.name, counters.c.value).where(counters.c.name.in_(daily_stats.COUNTERS))
    )
    by_standing = select(subscriptions.c.standing, func.count()).where(subscriptions.c.current)
    return Metrics(
        states=source_health.count_by_state(connection),
        overdue=number(select(func.count()).select_from(sources).where(late, free)),
        counters={name: known.get(name, 0) for name in daily_stats.COUNTERS},
        items=poll_results.total_items(connection),
        items_last_day=number(select(func.sum(source_hours.c.item_count)).where(recent)),
        open_incidents=incidents.count_open(connection),
        stale_feeds=number(select(func.count()).select_from(documents).where(documents.c.stale)),
        articles_waiting=number(select(func.count()).select_from(articles).where(articles.c.due.is_not(None))),
        pushes_waiting=number(select(func.count()).select_from(pushes).where(pushes.c.body.is_not(None))),
        subscriptions=key_value_dict(connection, by_standing.group_by(subscriptions.c.standing)),
        subscribers=number(select(func.count()).select_from(subscribers)),
        bytes=size_in_bytes(connection),
        last_heartbeat=last_heartbeat(connection),
    )


def record_heartbeat(connection: Connection, now: datetime) -> None:
    """A poller is alive."""
    statement = insert_for(connection, counters).values(name=_HEARTBEAT_COUNTER, value=int(now.timestamp() * 1000))
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    )


def clear_heartbeat(connection: Connection) -> None:
    """It has been stopped: nobody is to wait for it."""
    connection.execute(delete(counters).where(counters.c.name == _HEARTBEAT_COUNTER))


def last_heartbeat(connection: Connection) -> datetime | None:
    found = connection.execute(select(counters.c.value).where(counters.c.name == _HEARTBEAT_COUNTER)).scalar()
    return None if found is None else datetime.fromtimestamp(found / 1000, UTC)
