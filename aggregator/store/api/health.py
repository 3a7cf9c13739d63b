"""The part of the store's face that tells how sources, and the service itself, have been."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from aggregator.messages import Message
from aggregator.model.filters import FilterRecord
from aggregator.model.health import DailyPollStats, Incident, IncidentSubject, Metrics
from aggregator.store import daily_stats, filtered_entries, incidents, metrics
from aggregator.store.api.connection import ConnectionMixin


class HealthApi(ConnectionMixin):
    def daily_poll_stats(
        self, source_ids: Collection[int], now: datetime, days: int = daily_stats.KEEP_DAYS
    ) -> dict[int, tuple[DailyPollStats, ...]]:
        """For each source what its visits came to, day by day, oldest first, today included."""
        with self._read_transaction() as connection:
            return daily_stats.daily_poll_stats(connection, source_ids, now, days)

    def filtered_entries(self, limit: int, slug: str | None = None) -> list[FilterRecord]:
        """What the filters kept out, of one source or of all, newest first; it is remembered for 30 days."""
        with self._read_transaction() as connection:
            return filtered_entries.latest_records(connection, slug, limit)

    def count_filtered_entries(self, source_ids: Collection[int], since: datetime) -> dict[int, int]:
        """How many entries of these sources were kept out since then, for those of which any was."""
        with self._read_transaction() as connection:
            return filtered_entries.count_by_source(connection, source_ids, since)

    def recent_incidents(self, limit: int) -> list[Incident]:
        """The ``limit`` troubles that began last and the ``limit`` that ended last, each once, in no order."""
        with self._read_transaction() as connection:
            return incidents.recent_incidents(connection, limit)

    def open_service_incidents(self) -> list[Incident]:
        """What is wrong now with the service itself: its disk, its database."""
        with self._read_transaction() as connection:
            return incidents.open_incidents(connection, ("disk", "database"))

    def open_incident(self, subject: IncidentSubject, detail: Message, began: datetime) -> None:
        """Something of the service itself is wrong; the same said again changes nothing."""
        with self._write_transaction() as connection:
            incidents.open_incident(connection, subject, detail, began)

    def close_incident(self, subject: IncidentSubject, now: datetime) -> None:
        """It is well again."""
        with self._write_transaction() as connection:
            incidents.close_incident(connection, subject, now)

    def metrics(self, now: datetime) -> Metrics:
        """The service in numbers. The cost does not grow with the items."""
        with self._read_transaction() as connection:
            return metrics.collect_metrics(connection, now)

    def record_heartbeat(self, now: datetime) -> None:
        """A poller is alive and can write."""
        with self._write_transaction(exclusive=False) as connection:
            metrics.record_heartbeat(connection, now)

    def clear_heartbeat(self) -> None:
        """The poller has been stopped in good order."""
        with self._write_transaction(exclusive=False) as connection:
            metrics.clear_heartbeat(connection)

    def last_heartbeat(self) -> datetime | None:
        """When a poller was last known to be alive; None: none runs, or it was stopped in good order."""
        with self._read_transaction() as connection:
            return metrics.last_heartbeat(connection)
