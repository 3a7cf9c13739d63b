"""The writing half of the store's face."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from aggregator.messages import Message
from aggregator.model import (
    Candidate,
    Draft,
    Place,
    Placement,
    PollResult,
    ReceivedPush,
    RelatedItem,
    Sketch,
    Subscription,
)
from aggregator.model.filters import FilteredEntry
from aggregator.store import (
    article_queue,
    candidates,
    filtered_entries,
    item_writes,
    poll_results,
    related_items,
    rendered_feeds,
    story_writes,
    websub_subscriptions,
)


class Writer:
    """One open write transaction (SQLite: BEGIN IMMEDIATE; PostgreSQL: one advisory lock, so that two workers
    never open two stories for one event at the same moment). Leaving the ``with`` block commits, an exception
    rolls everything back."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert_items(self, source_id: int, drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
        """Store new items with text, marks and search entry. Returns uid -> id of those that were really new.
        ``published`` is kept in whole seconds; what was pruned or withdrawn before does not come back."""
        return item_writes.insert_items(self._connection, source_id, drafts, now)

    def filter_edited(self, source_id: int, drafts: Sequence[Draft]) -> list[Draft]:
        """Those whose item is stored with another content: a visit knows the newest items alone."""
        return item_writes.filter_edited(self._connection, source_id, drafts)

    def update_items(self, source_id: int, drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
        """Store edits of items that are there: text, marks, search entry, ``changed`` = now. ``published`` and
        ``first_seen`` never move; pinned category and region stay. Returns uid -> id."""
        return item_writes.update_items(self._connection, source_id, drafts, now)

    def find_misplaced(self, source_id: int, edits: Sequence[Draft]) -> set[str]:
        """The uids of stored items that may belong elsewhere once these edits are stored: those that are alone in
        their story, and those whose text becomes another one. What an admin has placed stays."""
        return candidates.find_misplaced(self._connection, source_id, edits)

    def find_candidates(
        self, sketches: Mapping[int, Sketch], dates: Mapping[int, datetime], window: timedelta, limit: int = 40
    ) -> dict[int, list[tuple[Candidate, int, float]]]:
        """For each item id: stored items that share marks or topics with its sketch, each with the number of
        shared marks and the idf-weighted sum of shared topics (0..1 of the sketch's own weight), best first, at
        most ``limit``; never the item itself; nothing published more than ``window`` before or after its own date in
        ``dates``. A bounded number of newest holders is looked at per mark, so the cost does not grow with the table.
        An item held apart from the asking one by an admin's verdict is left out, and so are those that share no mark
        and next to no topic."""
        return candidates.find_candidates(self._connection, sketches, dates, window, limit)

    def detach_founders(self, item_ids: Collection[int], now: datetime) -> set[int]:
        """Take those that founded a story of several out of it, before they are judged anew: it was about what they no
        longer tell. Returns the ids of the touched stories."""
        return story_writes.detach_founders(self._connection, item_ids, now)

    def apply_placements(self, placements: Sequence[Placement], now: datetime) -> set[int]:
        """Write where items belong, open and merge stories, and bring the touched stories up to date (counts,
        outlets, lead, times, heat). The lead of a story stays the same as long as it is there. A merged story's
        number leads to the surviving one. Returns the ids of all touched stories, those merged away included."""
        return story_writes.apply_placements(self._connection, placements, now)

    def stories_of(self, item_ids: Sequence[int]) -> dict[int, int]:
        """Item -> its story."""
        return related_items.stories_of(self._connection, item_ids)

    def lead_listings(self, story_ids: Collection[int]) -> list[tuple[str | None, Place]]:
        """Category and place of the lead of each story that is still there: where it is listed."""
        return related_items.lead_listings(self._connection, story_ids)

    def replace_related(self, related: Mapping[int, Sequence[RelatedItem]]) -> None:
        """Replace the related items of each given item."""
        related_items.replace_related(self._connection, related)

    def add_related_backlinks(self, related: Mapping[int, Sequence[RelatedItem]], limit: int) -> None:
        """Let the other end know: each item named gets the one it was named for, as long as it has fewer than
        ``most``, so that what came early is not left without."""
        related_items.add_related_backlinks(self._connection, related, limit)

    def mark_stale(self, listings: Iterable[str]) -> None:
        """The stored documents of these listings have to be rendered again."""
        rendered_feeds.mark_stale(self._connection, set(listings))

    # -- articles of items whose feed has only an excerpt
    def enqueue_articles(self, item_ids: Sequence[int], now: datetime) -> None:
        """These items wait for their article from now on, whatever came of earlier attempts."""
        article_queue.enqueue(self._connection, item_ids, now)

    def is_article_pending(self, item_id: int, content_hash: str) -> bool:
        """Does the item wait, and has no edit changed it meanwhile?"""
        return article_queue.still_awaited(self._connection, item_id, content_hash)

    def is_only_report(self, item_id: int) -> bool:
        """Is it the only report of its story?"""
        return article_queue.is_only_report(self._connection, item_id)

    def complete_article(self, item_id: int) -> None:
        """It waits no longer."""
        article_queue.complete(self._connection, item_id)

    def record_article_failure(self, item_id: int, due: datetime | None, reason: Message) -> None:
        """Nothing came, for this reason; ``due``: when to try again (None: never)."""
        article_queue.postpone(self._connection, item_id, due, reason)

    def pause_articles(self, source_id: int, until: datetime) -> None:
        """No article of this source is due before ``until``."""
        article_queue.pause(self._connection, source_id, until)

    def record_filtered_entries(self, source_id: int, entries: Sequence[FilteredEntry], now: datetime) -> None:
        """Record what the filters kept out; each entry once. The record ends when the entry is stored after all."""
        filtered_entries.record_filtered(self._connection, source_id, entries, now)

    def record_poll_result(self, result: PollResult) -> None:
        """Write what the visit changed in the memory of the source, the poll's record and the hourly counts, and
        give the lease back. A permanent redirect that was seen ``visits.SETTLED`` times in a row is followed from
        then on."""
        poll_results.record_poll_result(self._connection, result)

    # -- WebSub
    def set_hub_offer(self, source_id: int, hub: str | None, topic: str | None) -> None:
        """What a feed, as a poll has read it, says about its hub."""
        websub_subscriptions.set_hub_offer(self._connection, source_id, hub, topic)

    def unsubscribed_offers(self) -> list[tuple[int, str, str]]:
        """(source, hub, topic) where a feed names a hub at which there is no subscription."""
        return [(row.id, row.hub, row.topic) for row in websub_subscriptions.unsubscribed_offers(self._connection)]

    def stale_subscriptions(self, base: str | None) -> list[Subscription]:
        """Subscriptions that fit neither source nor site any more; ``base``: how callbacks begin, None: none fits."""
        return websub_subscriptions.stale_subscriptions(self._connection, base)

    def subscription_of_source(self, source_id: int) -> Subscription | None:
        """The current one of a source."""
        return websub_subscriptions.by_source(self._connection, source_id, lock=True)

    def update_subscription(self, old: Subscription, new: Subscription | None, now: datetime) -> None:
        """Write what became of it; None: deleted."""
        websub_subscriptions.update_subscription(self._connection, old, new, now)

    def add_subscriptions(self, fresh: Sequence[Subscription]) -> None:
        """One a source; an earlier one must not be ``current`` any more."""
        websub_subscriptions.add(self._connection, fresh)

    def complete_push(self, push: ReceivedPush, now: datetime, fault: Message | None = None) -> None:
        """A delivery has been read (or could not be, for this reason)."""
        websub_subscriptions.complete_push(self._connection, push, now, fault)
