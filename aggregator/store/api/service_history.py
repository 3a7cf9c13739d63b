"""Store API: history of the service by day and hour, and requests for its feeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, delete, func, select

from aggregator.model.health import FeedClient, FeedDay, FeedRequests, ServiceHistory
from aggregator.store import daily_stats, poll_results
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.daily_stats import KEEP_DAYS, date_of, day_of
from aggregator.store.schema.tables import (
    feed_clients,
    feed_subscribers,
    service_days,
    service_hours,
    source_hours,
    sources,
)
from aggregator.store.sql.dialect import key_value_dict, size_in_bytes, storable
from aggregator.store.sql.statements import upsert

LISTED_CLIENTS = 20  # programs with the most requests
SUBSCRIBERS_KEPT = 14  # days after which a report of subscribers no longer counts
_SIZE = "store.bytes"


class ServiceHistoryApi(ConnectionMixin):
    """Record and read what the status page plots."""

    def service_history(self, now: datetime, days: int = KEEP_DAYS) -> ServiceHistory:
        """Return the history of all sources together."""
        with self._read_transaction() as connection:
            since = poll_results.hour_of(now) - days * 24 + 1
            hours = key_value_dict(connection, select(service_hours).where(service_hours.c.hour >= since))
            of_all = select(sources.c.timezone, sources.c.profile).where(sources.c.enabled, sources.c.listed)
            profiles = tuple(tuple(row) for row in connection.execute(of_all.where(sources.c.profile.is_not(None))))
            stats = daily_stats.service_poll_stats(connection, now, days)
            return ServiceHistory(stats, hours, profiles, _sizes(connection, now, days))

    def source_history(self, source_id: int, now: datetime, days: int = KEEP_DAYS) -> ServiceHistory:
        """Return the history of one source."""
        with self._read_transaction() as connection:
            since = poll_results.hour_of(now) - days * 24 + 1
            query = select(source_hours.c.hour, source_hours.c.item_count).where(
                source_hours.c.source_id == source_id, source_hours.c.hour >= since
            )
            hours = {hour: count for hour, count in connection.execute(query) if count}
            own = select(sources.c.timezone, sources.c.profile).where(sources.c.id == source_id)
            profiles = tuple(tuple(row) for row in connection.execute(own.where(sources.c.profile.is_not(None))))
            stats = daily_stats.daily_poll_stats(connection, [source_id], now, days)[source_id]
            return ServiceHistory(stats, hours, profiles, {})

    def record_size(self, now: datetime) -> None:
        """Record the size of the database as that of the day."""
        with self._write_transaction(exclusive=False) as connection:
            statement = upsert(connection, service_days, "day name", replace="value")
            connection.execute(statement, {"day": day_of(now), "name": _SIZE, "value": size_in_bytes(connection)})

    def record_feed_requests(self, requests: FeedRequests, now: datetime) -> None:
        """Add requests for our feeds to the counts of the day, and replace the reported subscribers."""
        day, counts = day_of(now), defaultdict[str, list[int]](lambda: [0, 0])
        for (client, not_modified), number in requests.counts.items():
            counts[storable(client)][0] += number
            counts[storable(client)][1] += number if not_modified else 0
        rows = [
            {"day": day, "client": client, "requests": number, "not_modified": unmodified}
            for client, (number, unmodified) in sorted(counts.items())
        ]
        reports = [
            {"client": storable(client), "path": storable(path), "subscribers": number, "day": day}
            for (client, path), number in sorted(requests.subscribers.items())
        ]
        with self._write_transaction(exclusive=False) as connection:
            if rows:
                added = upsert(connection, feed_clients, "day client", increment="requests not_modified")
                connection.execute(added, rows)
            if reports:
                replaced = upsert(connection, feed_subscribers, "client path", replace="subscribers day")
                connection.execute(replaced, reports)

    def feed_clients(self, now: datetime, days: int = KEEP_DAYS, limit: int = LISTED_CLIENTS) -> list[FeedClient]:
        """Return the programs that requested our feeds, those with the most subscribers and requests first."""
        with self._read_transaction() as connection:
            total = (func.sum(feed_clients.c.requests), func.sum(feed_clients.c.not_modified))
            query = select(feed_clients.c.client, *total).where(feed_clients.c.day > day_of(now) - days)
            rows = connection.execute(query.group_by(feed_clients.c.client).order_by(total[0].desc()).limit(200)).all()
            reported = key_value_dict(
                connection,
                select(feed_subscribers.c.client, func.sum(feed_subscribers.c.subscribers))
                .where(feed_subscribers.c.day > day_of(now) - SUBSCRIBERS_KEPT)
                .group_by(feed_subscribers.c.client),
            )
            found = [
                FeedClient(name, int(number), int(same), int(reported[name]) if name in reported else None)
                for name, number, same in rows
            ]
            return sorted(found, key=lambda one: (-(one.subscribers or 0), -one.requests, one.name))[:limit]

    def feed_days(self, now: datetime, days: int = KEEP_DAYS) -> tuple[FeedDay, ...]:
        """Return the requests for our feeds by day, oldest first, including today."""
        with self._read_transaction() as connection:
            last = day_of(now)
            columns = (func.sum(feed_clients.c.requests), func.sum(feed_clients.c.not_modified))
            query = select(feed_clients.c.day, *columns).where(feed_clients.c.day.between(last - days + 1, last))
            rows = {row[0]: row for row in connection.execute(query.group_by(feed_clients.c.day))}
            return tuple(
                FeedDay(date_of(day), int(rows[day][1]), int(rows[day][2])) if day in rows else FeedDay(date_of(day))
                for day in range(last - days + 1, last + 1)
            )


def prune(connection: Connection, now: datetime) -> None:
    """Delete the history that no page shows any more."""
    oldest = day_of(now) - KEEP_DAYS
    for table in (service_days, feed_clients, feed_subscribers):
        connection.execute(delete(table).where(table.c.day <= oldest))


def _sizes(connection: Connection, now: datetime, days: int) -> Mapping[date, int]:
    recent = service_days.c.day > day_of(now) - days
    query = select(service_days.c.day, service_days.c.value).where(service_days.c.name == _SIZE, recent)
    return {date_of(day): value for day, value in connection.execute(query)}
