"""The part of the store's face that tells how sources, and the service itself, have been."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from aggregator.messages import Message
from aggregator.model.filters import FilteredEntry
from aggregator.model.health import DayVisits, Figures, Trouble, TroubleSubject
from aggregator.store import daily_stats, filtered_entries, incidents, metrics
from aggregator.store.api.connection import Connected


class Wellbeing(Connected):
    def visit_days(
        self, source_ids: Collection[int], now: datetime, days: int = daily_stats.DAYS_KEPT
    ) -> dict[int, tuple[DayVisits, ...]]:
        """For each source what its visits came to, day by day, oldest first, today included."""
        with self._reading() as connection:
            return daily_stats.of_sources(connection, source_ids, now, days)

    def kept_out(self, limit: int, slug: str | None = None) -> list[FilteredEntry]:
        """What the filters kept out, of one source or of all, newest first; it is remembered for 30 days."""
        with self._reading() as connection:
            return filtered_entries.latest(connection, slug, limit)

    def kept_out_numbers(self, source_ids: Collection[int], since: datetime) -> dict[int, int]:
        """How many entries of these sources were kept out since then, for those of which any was."""
        with self._reading() as connection:
            return filtered_entries.numbers(connection, source_ids, since)

    def troubles(self, limit: int) -> list[Trouble]:
        """The ``limit`` troubles that began last and the ``limit`` that ended last, each once, in no order."""
        with self._reading() as connection:
            return incidents.latest(connection, limit)

    def own_troubles(self) -> list[Trouble]:
        """What is wrong now with the service itself: its disk, its database."""
        with self._reading() as connection:
            return incidents.lasting(connection, ("disk", "database"))

    def note_trouble(self, subject: TroubleSubject, detail: Message, began: datetime) -> None:
        """Something of the service itself is wrong; the same said again changes nothing."""
        with self._transaction() as connection:
            incidents.note(connection, subject, detail, began)

    def end_trouble(self, subject: TroubleSubject, now: datetime) -> None:
        """It is well again."""
        with self._transaction() as connection:
            incidents.end(connection, subject, now)

    def figures(self, now: datetime) -> Figures:
        """The service in numbers. The cost does not grow with the items."""
        with self._reading() as connection:
            return metrics.of(connection, now)

    def tick(self, now: datetime) -> None:
        """A poller is alive and can write."""
        with self._transaction(alone=False) as connection:
            metrics.tick(connection, now)

    def stop_ticking(self) -> None:
        """The poller has been stopped in good order."""
        with self._transaction(alone=False) as connection:
            metrics.stop_ticking(connection)

    def last_tick(self) -> datetime | None:
        """When a poller was last known to be alive; None: none runs, or it was stopped in good order."""
        with self._reading() as connection:
            return metrics.last_tick(connection)
