"""Store API: incidents, metrics and the heartbeat of the service."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, Table, bindparam, delete, func, select

from aggregator.messages import Message
from aggregator.model.health import Incident, IncidentSubject, Metrics
from aggregator.runtime.stage_times import PREFIX as STAGE_PREFIX
from aggregator.store import daily_stats, incidents, poll_results
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.api.source_health import count_by_state
from aggregator.store.claims import ACTIVE, not_leased
from aggregator.store.incidents import IS_OPEN, close_incident, record_incident
from aggregator.store.rows import SOURCE_TITLE
from aggregator.store.schema.tables import (
    articles,
    counters,
    documents,
    pictures,
    pushes,
    source_hours,
    sources,
    subscribers,
    subscriptions,
    troubles,
    workers,
)
from aggregator.store.sql.dialect import AnyRow, UTC_DateTime, insert_for, key_value_dict, size_in_bytes

OVERDUE_AFTER = timedelta(minutes=5)
_HEARTBEAT_COUNTER = "worker.tick"  # value: milliseconds since 1970

_NOW, _LATE = bindparam("now", type_=UTC_DateTime), bindparam("late", type_=UTC_DateTime)


def _rows(table: Table, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(*conditions).scalar_subquery()


_IS_DUE = ACTIVE & not_leased(_NOW)
_QUEUES = select(  # one statement for everything that waits
    _rows(sources, _IS_DUE, sources.c.next_poll < _LATE).label("overdue"),
    select(func.min(sources.c.next_poll)).where(_IS_DUE, sources.c.next_poll < _NOW).scalar_subquery().label("due"),
    _rows(sources, sources.c.leased_until > _NOW).label("leased_sources"),
    _rows(documents, documents.c.stale).label("stale"),
    _rows(documents, documents.c.leased_until > _NOW).label("leased_feeds"),
    _rows(articles, articles.c.due.is_not(None)).label("articles"),
    _rows(pictures, pictures.c.due.is_not(None)).label("pictures"),
    _rows(pushes, pushes.c.body.is_not(None)).label("pushes"),
    _rows(subscribers).label("subscribers"),
    _rows(workers).label("workers"),
)


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
            is_counted = counters.c.name.in_(daily_stats.COUNTERS) | counters.c.name.startswith(STAGE_PREFIX)
            counter_values = key_value_dict(connection, select(counters.c.name, counters.c.value).where(is_counted))
            by_standing = select(subscriptions.c.standing, func.count()).where(subscriptions.c.current)
            queues = connection.execute(_QUEUES, {"now": now, "late": now - OVERDUE_AFTER}).one()
            recent = source_hours.c.hour > poll_results.hour_of(now - timedelta(hours=24))
            last_day = connection.execute(select(func.sum(source_hours.c.item_count)).where(recent)).scalar()
            return Metrics(
                states=count_by_state(connection),
                overdue=queues.overdue or 0,
                counters=dict.fromkeys(daily_stats.COUNTERS, 0) | counter_values,
                items=poll_results.total_items(connection),
                items_last_day=int(last_day or 0),
                open_incidents=incidents.count_open(connection),
                stale_feeds=queues.stale,
                articles_waiting=queues.articles,
                pushes_waiting=queues.pushes,
                pictures_waiting=queues.pictures,
                subscriptions=key_value_dict(connection, by_standing.group_by(subscriptions.c.standing)),
                subscribers=queues.subscribers,
                bytes=size_in_bytes(connection),
                poll_lag=(now - queues.due).total_seconds() if queues.due else 0.0,
                leased_sources=queues.leased_sources,
                leased_feeds=queues.leased_feeds,
                workers=queues.workers,
                last_heartbeat=_last_heartbeat(connection),
            )

    def add_counts(self, counts: Mapping[str, int]) -> None:
        """Add what a process of the site has counted to the totals."""
        with self._write_transaction(exclusive=False) as connection:
            _add_counts(connection, counts)

    def record_heartbeat(self, now: datetime, counts: Mapping[str, int] | None = None) -> None:
        """Record that a poller is running and can write, and add what it has counted to the totals."""
        with self._write_transaction(exclusive=False) as connection:
            milliseconds = int(now.timestamp() * 1000)
            statement = insert_for(connection, counters).values(name=_HEARTBEAT_COUNTER, value=milliseconds)
            connection.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
            )
            _add_counts(connection, counts)

    def clear_heartbeat(self, counts: Mapping[str, int] | None = None) -> None:
        """Record that the poller was stopped regularly, and add what it has counted to the totals."""
        with self._write_transaction(exclusive=False) as connection:
            _add_counts(connection, counts)
            connection.execute(delete(counters).where(counters.c.name == _HEARTBEAT_COUNTER))

    def last_heartbeat(self) -> datetime | None:
        """Return the time of the last heartbeat; None if no poller has run or the last was stopped regularly."""
        with self._read_transaction() as connection:
            return _last_heartbeat(connection)


def _add_counts(connection: Connection, counts: Mapping[str, int] | None) -> None:
    if counts:
        daily_stats.add_to_counters(connection, counts)


def _last_heartbeat(connection: Connection) -> datetime | None:
    milliseconds = connection.execute(select(counters.c.value).where(counters.c.name == _HEARTBEAT_COUNTER)).scalar()
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _select() -> Select[tuple[object, ...]]:
    columns = (sources.c.slug, SOURCE_TITLE.label("title"))
    return select(troubles, *columns).outerjoin(sources, sources.c.id == troubles.c.source_id)


def _to_incident(row: AnyRow) -> Incident:
    return Incident(row.id, row.subject, row.kind, row.detail, row.failures, row.began, row.ended, row.slug, row.title)
