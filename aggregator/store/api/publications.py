"""The part of the store's face that remembers what feeds have published."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select

from aggregator.model import Cursor, HistoryEvent, HistoryPage, ItemCard, Listing, Story
from aggregator.store import bounded_scan, item_lookup, journal, rendered_feeds, stories
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.schema.tables import items

PAGE_SIZE = journal.PAGE_SIZE


class PublicationsApi(ConnectionMixin):
    def current_history_page(self, listing: str) -> HistoryPage | None:
        """The page of a listing that is not full yet; None: nothing has ever been listed there."""
        with self._read_transaction() as connection:
            return journal.current_page(connection, listing)

    def history_page(self, listing: str, number: int) -> HistoryPage | None:
        """A full page; None: there is none yet, or it is older than what is kept."""
        with self._read_transaction() as connection:
            return journal.full_page(connection, listing, number)

    def events_since(
        self, listing: str, *, position: int | None = None, at: datetime | None = None, limit: int
    ) -> list[HistoryEvent] | None:
        """What came after so many events, or from a time on, oldest first; None: more than ``limit``, or so long ago
        that it is not kept."""
        with self._read_transaction() as connection:
            return journal.events_since(connection, listing, position, at, limit)

    def document_position(self, path: str, etag: str) -> int | None:
        """How many events of its listing a document knew of when it had this ETag; None: not remembered."""
        with self._read_transaction() as connection:
            return rendered_feeds.document_position(connection, path, etag)

    def scan_items(
        self, listing: Listing, limit: int, *, before: Cursor | None = None
    ) -> tuple[list[ItemCard], Cursor | None]:
        """All reports of any mixture of filters, newest first, and the place to go on from: None where the list ends.
        Reads a bounded stretch, so that there may be fewer than ``limit`` though the list goes on."""
        with self._read_transaction() as connection:
            return bounded_scan.scan_items(connection, listing, limit, before)

    def stories_by_id(self, numbers: Sequence[int]) -> dict[int, Story]:
        """Many at once, by their present numbers."""
        with self._read_transaction() as connection:
            return stories.stories_by_id(connection, numbers)

    def non_empty_listings(self, listings: Collection[str]) -> set[str]:
        """Those of the listings in which anything has ever appeared."""
        with self._read_transaction() as connection:
            return journal.non_empty_listings(connection, listings)

    def all_listings(self) -> list[str]:
        """Every listing in which anything has ever appeared; sources by their numbers."""
        with self._read_transaction() as connection:
            return journal.all_listings(connection)

    def full_page_counts(self) -> dict[str, int]:
        """How many pages of each listing are full, and so archives; sources by their numbers."""
        with self._read_transaction() as connection:
            return journal.full_page_counts(connection)

    def changed_listings(self, generation_seen: int) -> set[str]:
        """The listings that were marked stale after ``generation()`` said ``seen``."""
        with self._read_transaction() as connection:
            return rendered_feeds.changed_since(connection, generation_seen)

    def record_document_requests(self, paths: Sequence[str], now: datetime) -> None:
        """Somebody asks for these documents: they are kept."""
        with self._write_transaction(exclusive=False) as connection:
            rendered_feeds.record_requests(connection, paths, now)

    def max_item_id(self) -> int:
        """The highest number an item has; 0 where there is none."""
        with self._read_transaction() as connection:
            return connection.execute(select(func.max(items.c.id))).scalar() or 0

    def withdrawn_items_of_story(self, story_id: int) -> list[int]:
        """The withdrawn items of a story."""
        with self._read_transaction() as connection:
            mine = (items.c.story_id == story_id) & items.c.removed.is_not(None)
            return list(connection.execute(select(items.c.id).where(mine).order_by(items.c.id)).scalars())

    def find_item_ids(self, ref: str) -> list[int]:
        """An id or an address of ours -> that item; an address at the publisher -> every item that has it."""
        with self._read_transaction() as connection:
            return item_lookup.find_item_ids(connection, ref)

    def removal_reason(self, item_id: int) -> str | None:
        """What was given as the reason when it was withdrawn."""
        with self._read_transaction() as connection:
            return connection.execute(select(items.c.removed_why).where(items.c.id == item_id)).scalar()
