"""Store API: publication history of listings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import select

from aggregator.model import HistoryEvent, HistoryPage
from aggregator.store import journal
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.journal import EVENT_BYTES, PAGE_SIZE, current_page, full_page, open_pages
from aggregator.store.rows import unpack_int64s
from aggregator.store.schema.tables import feed_journals, feed_pages
from aggregator.store.sql.dialect import key_value_dict
from aggregator.store.sql.statements import in_batches


class HistoryApi(ConnectionMixin):
    """Read the publication history of listings. Keys are those of ``model.listing_keys``; a source is "source/" and its
    id."""

    def current_history_page(self, listing: str) -> HistoryPage | None:
        """Return the page of the listing that is not yet full; None if nothing was ever listed."""
        with self._read_transaction() as connection:
            return journal.current_page(connection, listing)

    def history_page(self, listing: str, number: int) -> HistoryPage | None:
        """Return a full page; None if it does not exist yet or was pruned."""
        with self._read_transaction() as connection:
            return journal.full_page(connection, listing, number)

    def events_since(
        self, listing: str, *, position: int | None = None, at: datetime | None = None, limit: int
    ) -> list[HistoryEvent] | None:
        """Return the events after a position, or from a time on, oldest first.

        Returns None if there are more than ``limit`` or the start was pruned. Reads no more pages than ``limit`` fills.
        """
        with self._read_transaction() as connection:
            newest = current_page(connection, listing)
            if newest is None:
                return []
            if position is not None and position > (newest.number - 1) * PAGE_SIZE + len(newest.events):
                return None
            events = list(newest.events)
            number = newest.number
            while not _reach_back(events, (number - 1) * PAGE_SIZE, position, at):
                number -= 1
                if number == 0:
                    break
                older = full_page(connection, listing, number)
                if older is None or len(events) > limit:
                    return None
                events = [*older.events, *events]
            if position is not None:
                events = events[max(0, position - max(0, number - 1) * PAGE_SIZE) :]
            if at is not None:
                events = [event for event in events if event.at >= at]
            return events if len(events) <= limit else None

    def non_empty_listings(self, listings: Collection[str]) -> set[str]:
        """Return those of the listings that have any event."""
        with self._read_transaction() as connection:
            non_empty: set[str] = set()
            for batch in in_batches(listings):
                query = select(feed_journals.c.listing).where(feed_journals.c.listing.in_(batch))
                non_empty |= set(connection.execute(query).scalars())
            return non_empty

    def all_listings(self) -> list[str]:
        """Return all listings that have any event."""
        with self._read_transaction() as connection:
            return list(connection.execute(select(feed_journals.c.listing).order_by(feed_journals.c.listing)).scalars())

    def full_page_counts(self) -> dict[str, int]:
        """Return listing -> number of full pages (archive documents), where there is one."""
        with self._read_transaction() as connection:
            query = select(feed_journals.c.listing, feed_journals.c.closed).where(feed_journals.c.closed > 0)
            return key_value_dict(connection, query)

    def last_event_times(self, listings: Collection[str]) -> dict[str, datetime]:
        """Return listing -> time of its last event."""
        with self._read_transaction() as connection:
            times: dict[str, datetime] = {}
            full: list[str] = []
            for listing, (closed, packed) in open_pages(connection, listings).items():
                if packed:
                    times[listing] = datetime.fromtimestamp(unpack_int64s(packed[-EVENT_BYTES:])[1], UTC)
                elif closed:
                    full.append(listing)
            for batch in in_batches(full):
                last = (feed_pages.c.listing == feed_journals.c.listing) & (
                    feed_pages.c.number == feed_journals.c.closed
                )
                query = select(feed_journals.c.listing, feed_pages.c.until).join(feed_pages, last)
                times |= key_value_dict(connection, query.where(feed_journals.c.listing.in_(batch)))
            return times


def _reach_back(events: Sequence[HistoryEvent], first: int, position: int | None, at: datetime | None) -> bool:
    """Return whether these events, the first at position ``first``, reach back to the position and the time."""
    reaches_position = position is None or first <= position
    return reaches_position and (at is None or (bool(events) and events[0].at < at))
