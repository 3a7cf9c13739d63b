"""The reading half of the store's face: items, stories, search. Each call is one read transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from aggregator.model import Cursor, ItemCard, ItemDetail, Listing, Story
from aggregator.store import item_lists, item_lookup, related_items, search, stories
from aggregator.store.api.connection import ConnectionMixin

HotWindow = Literal["24h", "7d"]


class Reader(ConnectionMixin):
    def items(
        self, listing: Listing, limit: int, *, before: Cursor | None = None, after: Cursor | None = None
    ) -> list[ItemCard]:
        """Newest first. ``after`` gives the page of newer ones (still newest first)."""
        with self._read_transaction() as connection:
            return item_lists.list_items(connection, listing, limit, before, after)

    def items_with_quota(self, listing: Listing, limit: int, share: float) -> list[ItemCard]:
        """Newest first, but of one source no more than ``share`` (0..1; 0: any) of ``limit`` as long as others have
        something for the places (``steps.fair``). A bounded number of newest items is looked at."""
        with self._read_transaction() as connection:
            return item_lists.newest_by_listing(connection, {"": listing}, limit, share)[""]

    def item(self, item_id: int) -> ItemDetail | None:
        """With ``removed`` set where it was withdrawn."""
        with self._read_transaction() as connection:
            return item_lists.item_details(connection, [item_id]).get(item_id)

    def item_details(self, ids: Sequence[int]) -> dict[int, ItemDetail]:
        """Many at once, for feeds: one query."""
        with self._read_transaction() as connection:
            return item_lists.item_details(connection, ids)

    def item_cards(self, ids: Sequence[int]) -> dict[int, ItemCard]:
        with self._read_transaction() as connection:
            return item_lists.item_cards(connection, ids)

    def find_item_id(self, ref: str) -> int | None:
        """An id, an address at the publisher or an address of ours -> item id."""
        with self._read_transaction() as connection:
            return item_lookup.find_item_id(connection, ref)

    def story(self, story_id: int) -> Story | None:
        """Also by the number of a story that was merged away."""
        with self._read_transaction() as connection:
            return stories.get_story(connection, story_id)

    def story_items(self, story_ids: Sequence[int], per_story: int) -> dict[int, list[ItemCard]]:
        """The reports of each story, by time of publication."""
        with self._read_transaction() as connection:
            return stories.story_items(connection, story_ids, per_story)

    def related_items(self, item_id: int, limit: int) -> list[ItemCard]:
        with self._read_transaction() as connection:
            return related_items.related_items(connection, item_id, limit)

    def hot_stories(
        self,
        window: HotWindow,
        now: datetime,
        limit: int,
        *,
        category: str | None = None,
        region: str | None = None,
        share: float = 0,
    ) -> list[Story]:
        """By heat; several outlets first; where these do not fill the list, newest stories of one outlet follow.
        ``share``: of the places, for stories that one source stands for, as in ``fair_items``."""
        with self._read_transaction() as connection:
            return stories.hot_stories(connection, window, now, limit, category, region, share)

    def newest_by_listing(
        self, listings: Mapping[str, Listing], limit: int, share: float = 0
    ) -> dict[str, list[ItemCard]]:
        """Several short lists for one page (home: one a category) in one query or few; ``share`` as in
        ``fair_items``."""
        with self._read_transaction() as connection:
            return item_lists.newest_by_listing(connection, listings, limit, share)

    def count_items_and_stories(self, listing: Listing) -> tuple[int, int]:
        """(items, stories) of a listing with ``since``; meant for one day."""
        with self._read_transaction() as connection:
            return item_lists.count_items_and_stories(connection, listing)

    def count_items_by(
        self, by: Literal["top", "province", "city", "county", "source"], listing: Listing
    ) -> dict[str, int]:
        """Items of a listing with ``since`` by one column."""
        with self._read_transaction() as connection:
            return item_lists.count_items_by(connection, by, listing)

    def search_items(
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
        """Titles and texts that hold what ``steps.query`` understands (runs of Han are matched as phrases of character
        bigrams; one character alone is looked for in titles only), the same on both databases. Any input is a valid
        query. ``sort``: "rel" weighs the newest matches, and the newest in titles, against each other."""
        with self._read_transaction() as connection:
            return search.search_items(
                connection,
                query,
                limit,
                category=category,
                region=region,
                source=source,
                since=since,
                sort=sort,
                before=before,
            )

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
        with self._read_transaction() as connection:
            yield from item_lists.export_items(connection, since, category, region, source, batch)
