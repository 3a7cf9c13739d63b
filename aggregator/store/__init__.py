"""STATE: everything Gedi remembers, in SQLite or PostgreSQL, behind one class.

The law of this folder: the only SQL of the project (SQLAlchemy Core). ``dialect`` alone knows SQLite from
PostgreSQL. Callers give and get frozen values of ``aggregator.model``. Every read is answered from an index
and bounded by its limit; every write belongs to one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Literal

from aggregator.model import (
    Candidate,
    Cursor,
    Digest,
    Document,
    Draft,
    Health,
    ItemCard,
    ItemDetail,
    Listing,
    Place,
    Placement,
    Poll,
    PollResult,
    RelatedItem,
    Sketch,
    Source,
    Story,
)

Window = Literal["24h", "7d"]


class Writer:
    """One open write transaction (SQLite: BEGIN IMMEDIATE; PostgreSQL: one advisory lock, so that two workers
    never open two stories for one event at the same moment). Leaving the ``with`` block commits, an exception
    rolls everything back."""

    def insert(self, source_id: int, drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
        """Store new items with text, marks and search entry. Returns uid -> id of those that were really new."""

    def update(self, source_id: int, drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
        """Store edits of items that are there: text, marks, search entry, ``changed`` = now. ``published`` and
        ``first_seen`` never move; pinned category and region stay. Returns uid -> id."""

    def candidates(
        self, sketches: Mapping[int, Sketch], since: datetime, limit: int = 40
    ) -> dict[int, list[tuple[Candidate, int, float]]]:
        """For each item id: stored items that share marks or topics with its sketch, each with the number of
        shared marks and the idf-weighted sum of shared topics (0..1 of the sketch's own weight), best first, at
        most ``limit``; never the item itself; nothing published before ``since``. A bounded number of newest
        holders is looked at per mark, so the cost does not grow with the table. An item held apart from the
        asking one by an admin's verdict is left out."""

    def place(self, placements: Sequence[Placement], now: datetime) -> set[int]:
        """Write where items belong, open and merge stories, and bring the touched stories up to date (counts,
        outlets, lead, times, heat). The lead of a story stays the same as long as it is there. A merged story's
        number leads to the surviving one. Returns the ids of all touched stories."""

    def relate(self, related: Mapping[int, Sequence[RelatedItem]]) -> None:
        """Replace the related items of each given item."""

    def mark_stale(self, listings: Iterable[str]) -> None:
        """The stored documents of these listings have to be rendered again."""

    def finish(self, result: PollResult) -> None:
        """Write what the visit changed in the memory of the source, the poll's record and the hourly counts, and
        give the lease back."""


class Store:
    """The one public face. Made by ``Store.open(url)``, which brings the schema up to date (Alembic)."""

    # -- life
    @classmethod
    def open(cls, url: str, *, migrate: bool = True) -> Store: ...
    def close(self) -> None: ...
    def ping(self) -> None:
        """Raises when the database does not answer."""

    def backup(self, path: str) -> None:
        """A consistent copy while the service runs (SQLite: VACUUM INTO; PostgreSQL: a clear error naming pg_dump)."""

    # -- sources and polls
    def sync_sources(self, sources: Sequence[Source], now: datetime, spread: timedelta) -> dict[str, int]:
        """Make the table agree with the config (``Source.id`` is ignored). Known by slug; a new url for a known slug
        keeps history and forgets validators; a source no longer listed is kept with its items, state off. New
        sources are due at once, but spread evenly over ``spread``. Returns slug -> id."""

    def sources(self) -> list[Source]:
        """The listed sources."""

    def claim(
        self,
        now: datetime,
        limit: int,
        lease: timedelta,
        owner: str,
        *,
        slugs: Sequence[str] | None = None,
        all: bool = False,
    ) -> list[Poll]:
        """Lease up to ``limit`` sources that are due (or those named, or all enabled ones), most overdue first. A
        lease that ran out is claimed again. PostgreSQL: FOR UPDATE SKIP LOCKED."""

    def release(self, owner: str) -> None:
        """Give back every lease of this owner (a worker that stops)."""

    def next_due(self) -> datetime | None: ...
    def known(self, source_id: int, limit: int = 3000) -> dict[str, str]:
        """uid -> content hash of the newest stored items of a source."""

    def health(
        self,
        now: datetime,
        *,
        state: str | None = None,
        region: str | None = None,
        query: str | None = None,
        slug: str | None = None,
        sort: str = "-state",
        limit: int = 50,
        offset: int = 0,
    ) -> list[Health]:
        """Sources for the status page, ill ones first."""

    def health_totals(self, now: datetime) -> dict[str, int]:
        """Numbers by state ("ok", "slow" ...), "sources", "items_today", "stories_today", "uncategorised", "items"."""

    def retry_now(self, slug: str, now: datetime) -> bool: ...

    # -- writing
    @contextmanager
    def writing(self) -> Iterator[Writer]: ...

    # -- reading items
    def items(
        self, listing: Listing, limit: int, *, before: Cursor | None = None, after: Cursor | None = None
    ) -> list[ItemCard]:
        """Newest first. ``after`` gives the page of newer ones (still newest first)."""

    def item(self, item_id: int) -> ItemDetail | None:
        """With ``removed`` set where it was withdrawn."""

    def details(self, ids: Sequence[int]) -> dict[int, ItemDetail]:
        """Many at once, for feeds: one query."""

    def cards(self, ids: Sequence[int]) -> dict[int, ItemCard]: ...
    def find_item(self, ref: str) -> int | None:
        """An id, an address at the publisher or an address of ours -> item id."""

    def story(self, story_id: int) -> Story | None:
        """Also by the number of a story that was merged away."""

    def story_items(self, story_ids: Sequence[int], per_story: int) -> dict[int, list[ItemCard]]:
        """The reports of each story, by time of publication."""

    def related(self, item_id: int, limit: int) -> list[ItemCard]: ...
    def hot(
        self, window: Window, now: datetime, limit: int, *, category: str | None = None, region: str | None = None
    ) -> list[Story]:
        """By heat; several outlets first; where these do not fill the list, newest stories of one outlet follow."""

    def newest(self, listings: Mapping[str, Listing], limit: int) -> dict[str, list[ItemCard]]:
        """Several short lists for one page (home: one a category) in one query or few."""

    def count(self, listing: Listing) -> tuple[int, int]:
        """(items, stories) of a listing with ``since``; meant for one day."""

    def counts_by(self, by: Literal["top", "province", "city", "county", "source"], listing: Listing) -> dict[str, int]:
        """Items of a listing with ``since`` by one column."""

    def search(
        self,
        query: str,
        limit: int,
        *,
        category: str | None = None,
        region: str | None = None,
        source: str | None = None,
        since: datetime | None = None,
        sort: Literal["time", "rel"] = "time",
        before: Cursor | None = None,
    ) -> list[ItemCard]:
        """Titles and texts that hold every word (runs of Han are matched as phrases of character bigrams; one
        character as a prefix), the same on both databases. Any input is a valid query."""

    def export_items(
        self,
        *,
        since: datetime | None = None,
        category: str | None = None,
        region: str | None = None,
        source: str | None = None,
        batch: int = 1000,
    ) -> Iterator[dict[str, Any]]:
        """For ``gedi items --json``, oldest first: url, title, source, published, first_seen, story, reprint_of
        (an address), category, province, city, county, id."""

    # -- documents
    def document(self, path: str) -> Document | None: ...
    def document_tag(self, path: str) -> str | None:
        """Its ETag alone: cheap enough to be asked often."""

    def put_documents(self, documents: Sequence[Document], now: datetime) -> None:
        """Store rendered documents; no longer stale."""

    def stale(self, limit: int) -> list[str]:
        """Paths to render again."""

    def all_documents(self) -> Iterator[str]: ...

    # -- an admin's decisions
    def split(self, item_id: int, now: datetime) -> int:
        """Take an item out of its story for good; it gets one of its own, whose id is returned. It and the reports it
        leaves are held apart from then on."""

    def merge(self, item_ids: Sequence[int], now: datetime) -> int:
        """Put items (and their stories) into one story for good; returns its id."""

    def move(
        self, item_ids: Sequence[int], now: datetime, *, category: str | None = None, place: Place | None = None
    ) -> int: ...
    def remove(self, item_ids: Sequence[int], now: datetime) -> int:
        """Withdraw items: text deleted, a tombstone stays, the item never comes back."""

    # -- upkeep
    def prune(self, now: datetime, keep: timedelta, batch: int = 1000) -> int:
        """Delete items older than ``keep`` with all that hangs on them, in batches, and poll records after 14 days."""

    def stats(self) -> dict[str, Any]: ...
    def training(self, limit: int) -> Iterator[tuple[str, str]]:
        """(category, title + text) of items whose category is certain: set by an admin, by source or by the
        publisher's term."""
