"""Store API: incidents, metrics and the heartbeat of the service."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select

from aggregator.messages import Message
from aggregator.model.health import Incident, IncidentSubject, Metrics
from aggregator.store import daily_stats, incidents, poll_results
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.api.source_health import count_by_state
from aggregator.store.claims import ACTIVE
from aggregator.store.incidents import IS_OPEN, close_incident, record_incident
from aggregator.store.schema.tables import (
    articles,
    counters,
    documents,
    pushes,
    source_hours,
    sources,
    subscribers,
    subscriptions,
    troubles,
)
from aggregator.store.sql.dialect import AnyRow, insert_for, key_value_dict, size_in_bytes

OVERDUE_AFTER = timedelta(minutes=5)
_HEARTBEAT_COUNTER = "worker.tick"  # value: milliseconds since 1970


class ServiceHealthApi(ConnectionMixin):
    """Incidents, metrics and heartbeat."""

    def recent_incidents(self, limit: int) -> list[Incident]:
        """Return the ``limit`` incidents that began last and the ``limit`` that ended last, each once, unordered."""
        with self._read_transaction() as connection:
            began = connection.execute(_select().order_by(troubles.c.began.desc(), troubles.c.id.desc()).limit(limit))
            ended = connection.execute(
                _select()
                .where(troubles.c.ended.is_not(None))
                .order_by(troubles.c.ended.desc(), troubles.c.id.desc())
                .limit(limit)
            )
            incidents_by_id: dict[int, Incident] = {row.id: _to_incident(row) for row in (*began, *ended)}
            return list(incidents_by_id.values())

    def incidents_by_id(self, ids: Collection[int]) -> dict[int, Incident]:
        """Return id -> incident."""
        with self._read_transaction() as connection:
            rows = connection.execute(_select().where(troubles.c.id.in_(ids)))
            return {row.id: _to_incident(row) for row in rows}

    def open_service_incidents(self) -> list[Incident]:
        """Return the open incidents of the service itself: disk and database."""
        with self._read_transaction() as connection:
            subjects = ("disk", "database")
            query = _select().where(IS_OPEN, troubles.c.subject.in_(subjects)).order_by(troubles.c.began)
            return [_to_incident(row) for row in connection.execute(query)]

    def open_incident(self, subject: IncidentSubject, detail: Message, began: datetime) -> None:
        """Open an incident of the service; an open one of the same subject and detail is kept."""
        with self._write_transaction() as connection:
            query = select(troubles.c.detail).where(IS_OPEN, troubles.c.subject == subject)
            open_detail = connection.execute(query).scalar()
            if open_detail == detail:
                return
            close_incident(connection, subject, began)
            record_incident(connection, subject, began, detail)

    def close_incident(self, subject: IncidentSubject, now: datetime) -> None:
        """Close the open incident of this subject, if there is one."""
        with self._write_transaction() as connection:
            incidents.close_incident(connection, subject, now)

    def metrics(self, now: datetime) -> Metrics:
        """Return the metrics of the service; no table of items is read, so the cost does not grow with them."""
        with self._read_transaction() as connection:

            def number(query: Any) -> int:
                """Return the single integer of the query, 0 for NULL."""
                return int(connection.execute(query).scalar_one() or 0)

            is_overdue = ACTIVE & (sources.c.next_poll < now - OVERDUE_AFTER)
            not_leased = sources.c.leased_until.is_(None) | (sources.c.leased_until < now)
            recent = source_hours.c.hour > poll_results.hour_of(now - timedelta(hours=24))
            counter_values = key_value_dict(
                connection, select(counters.c.name, counters.c.value).where(counters.c.name.in_(daily_stats.COUNTERS))
            )
            by_standing = select(subscriptions.c.standing, func.count()).where(subscriptions.c.current)
            return Metrics(
                states=count_by_state(connection),
                overdue=number(select(func.count()).select_from(sources).where(is_overdue, not_leased)),
                counters={name: counter_values.get(name, 0) for name in daily_stats.COUNTERS},
                items=poll_results.total_items(connection),
                items_last_day=number(select(func.sum(source_hours.c.item_count)).where(recent)),
                open_incidents=incidents.count_open(connection),
                stale_feeds=number(select(func.count()).select_from(documents).where(documents.c.stale)),
                articles_waiting=number(select(func.count()).select_from(articles).where(articles.c.due.is_not(None))),
                pushes_waiting=number(select(func.count()).select_from(pushes).where(pushes.c.body.is_not(None))),
                subscriptions=key_value_dict(connection, by_standing.group_by(subscriptions.c.standing)),
                subscribers=number(select(func.count()).select_from(subscribers)),
                bytes=size_in_bytes(connection),
                last_heartbeat=_last_heartbeat(connection),
            )

    def record_heartbeat(self, now: datetime) -> None:
        """Record that a poller is running and can write."""
        with self._write_transaction(exclusive=False) as connection:
            milliseconds = int(now.timestamp() * 1000)
            statement = insert_for(connection, counters).values(name=_HEARTBEAT_COUNTER, value=milliseconds)
            connection.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
            )

    def clear_heartbeat(self) -> None:
        """Record that the poller was stopped regularly."""
        with self._write_transaction(exclusive=False) as connection:
            connection.execute(delete(counters).where(counters.c.name == _HEARTBEAT_COUNTER))

    def last_heartbeat(self) -> datetime | None:
        """Return the time of the last heartbeat; None if no poller has run or the last was stopped regularly."""
        with self._read_transaction() as connection:
            return _last_heartbeat(connection)


def _last_heartbeat(connection: Connection) -> datetime | None:
    milliseconds = connection.execute(select(counters.c.value).where(counters.c.name == _HEARTBEAT_COUNTER)).scalar()
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _select() -> Select[tuple[object, ...]]:
    columns = (sources.c.slug, sources.c.title, sources.c.feed_title)
    return select(troubles, *columns).outerjoin(sources, sources.c.id == troubles.c.source_id)


def _to_incident(row: AnyRow) -> Incident:
    title = row.title or row.feed_title or row.slug
    return Incident(row.id, row.subject, row.kind, row.detail, row.failures, row.began, row.ended, row.slug, title)
