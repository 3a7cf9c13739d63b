"""Select items for a feed document: entries, tombstones, and links to archives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from aggregator.config.load import Config
from aggregator.model import HistoryEvent, HistoryPage, ItemCard
from aggregator.publishing.channels import Channel
from aggregator.publishing.documents import MEDIA_TYPES, FeedFormat
from aggregator.publishing.entries import build_entry, entry_id
from aggregator.store import Store
from feeds.model import Entry, Link, Tombstone

EVENT_PRECISION = timedelta(seconds=1)  # of the times in journals
_MAX_REPORTS = 500  # of a story, that an entry links to


def newest_cards(
    store: Store, config: Config, channel: Channel, current_page: HistoryPage | None, now: datetime
) -> list[ItemCard]:
    """Return the newest items, and older ones that arrived since the last archive.

    Without the latter, a client that reads the feed and its archives would miss them.
    """
    entries, share = config.publishing.entries, config.publishing.per_source
    if channel.listing is None:
        stories = store.hot_stories("7d", now, entries, share=share)
        return [story.lead for story in stories if story.outlets > 1]
    whole = any(part is not None for part in (channel.listing.source, channel.listing.story, channel.listing.series))
    cards = store.items_with_quota(channel.listing, entries, 0 if whole else share)
    if current_page is None or len(cards) < entries:
        return cards
    late = {event.item_id for event in current_page.events if not event.withdrawn} - {card.id for card in cards}
    oldest = min(card.published for card in cards)
    found = [
        card for card in store.item_cards(sorted(late)).values() if card.published <= oldest and channel.contains(card)
    ]
    most = max(1, int(share * entries))
    places = Counter(card.source for card in cards)
    for card in sorted(found, key=_recency, reverse=True):
        places[card.source] += 1
        if whole or not share or places[card.source] <= most:
            cards.append(card)
    return cards


def _recency(card: ItemCard) -> tuple[datetime, int]:
    return card.published, card.id


def cards_of_events(store: Store, channel: Channel, events: Sequence[HistoryEvent]) -> list[ItemCard]:
    """Return the items of these events that are in the feed now, newest first."""
    found = store.item_cards(sorted({event.item_id for event in events if not event.withdrawn}))
    return sorted((card for card in found.values() if channel.contains(card)), key=_recency, reverse=True)


def build_entries(
    store: Store, config: Config, ids: Sequence[int], *, archived_at: datetime | None = None
) -> list[Entry]:
    """Return items as entries in this order, without withdrawn ones, with links to the other reports of their stories.

    ``archived_at``: the entries are for an archive that was full at this time: they list the reports known by then.
    """
    details = store.item_details(ids)
    here = [details[number] for number in ids if number in details and details[number].removed is None]
    several = [item.card.story_id for item in here if item.card.story_items > 1]
    stories = store.story_items(several, _MAX_REPORTS + 1)
    if archived_at is not None:
        stories = {
            story_id: [report for report in reports if report.first_seen < archived_at + EVENT_PRECISION]
            for story_id, reports in stories.items()
        }
    is_archive = archived_at is not None
    return [build_entry(item, stories.get(item.card.story_id, []), config, for_archive=is_archive) for item in here]


def tombstones(store: Store, config: Config, ids: Collection[int]) -> list[Tombstone]:
    """Return at:deleted-entry elements (RFC 6721) of the withdrawn items among these, latest first."""
    base = config.site.url or ""
    gone = [item for item in store.item_details(sorted(ids)).values() if item.removed is not None]
    stones = [Tombstone(entry_id(item, base), item.removed) for item in gone if item.removed is not None]
    return sorted(stones, key=lambda stone: (stone.when, stone.ref), reverse=True)


def recent_tombstones(
    store: Store, config: Config, channel: Channel, current_page: HistoryPage | None
) -> list[Tombstone]:
    """Return tombstones of recent removals; archives have the earlier ones."""
    if channel.listing is not None and channel.listing.story is not None:
        return tombstones(store, config, store.withdrawn_items_of_story(channel.listing.story))
    if channel.listing is not None and channel.listing.series is not None:
        return tombstones(store, config, store.withdrawn_issues(channel.listing.series))
    if current_page is None or channel.history_key is None:
        return []
    before = store.history_page(channel.history_key, current_page.number - 1) if current_page.has_previous else None
    events = (*(before.events if before else ()), *current_page.events)
    return tombstones(store, config, {event.item_id for event in events if event.withdrawn})


def archive_path(channel: Channel, number: int, format: FeedFormat) -> str:
    return f"/feeds/{channel.listing_key}/archive/{number}.{format}"


def archive_link(config: Config, channel: Channel, number: int, format: FeedFormat, rel: str = "prev-archive") -> Link:
    """Return a link to an archive (RFC 5005 4)."""
    address = f"{config.site.url or ''}{archive_path(channel, number, format)}"
    return Link(address, rel, MEDIA_TYPES[format].partition(";")[0])


def latest_archive_link(
    config: Config, channel: Channel, current_page: HistoryPage | None, format: FeedFormat
) -> list[Link]:
    """Return the link from the feed to its newest archive."""
    return (
        [archive_link(config, channel, current_page.number - 1, format)]
        if current_page is not None and current_page.has_previous
        else []
    )
