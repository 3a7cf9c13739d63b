"""Apply an admin correction in one transaction and mark the affected feeds stale.

Used by the commands and the forms of the site. A correction holds against every later poll.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aggregator.config.load import Config
from aggregator.explain import judged
from aggregator.model import CategoryDecision, Place
from aggregator.model.listing_keys import listing_keys_of
from aggregator.store import Store


def split(store: Store, item_id: int, now: datetime) -> int:
    """Remove an item from its story. Returns the number of its new story."""
    before = affected_listing_keys(store, [item_id])
    story = store.split(item_id, now)
    mark_feeds_stale(store, before | affected_listing_keys(store, [item_id]))
    return story


def merge(store: Store, item_ids: Sequence[int], now: datetime) -> int:
    """Put items, with their stories, into one story. Returns its number."""
    before = affected_listing_keys(store, item_ids)
    story = store.merge(item_ids, now)
    mark_feeds_stale(store, before | affected_listing_keys(store, item_ids))
    return story


def move(
    store: Store, item_ids: Sequence[int], now: datetime, *, category: str | None = None, place: Place | None = None
) -> int:
    """Give items another category, region or both. Returns the number of items."""
    before = affected_listing_keys(store, item_ids)
    count = store.move(item_ids, now, category=category, place=place)
    mark_feeds_stale(store, before | affected_listing_keys(store, item_ids))
    return count


def reset(
    store: Store, config: Config, item_ids: Sequence[int], now: datetime
) -> dict[int, tuple[CategoryDecision, Place]]:
    """Undo moves: the current rules and model decide again. Returns what they decided."""
    sources = {source.slug: source for source in store.sources()}
    before = affected_listing_keys(store, item_ids)
    found = {
        number: judged(detail, sources.get(detail.card.source), config, now)
        for number, detail in store.item_details(item_ids).items()
    }
    store.reset(
        now,
        categories={number: decision for number, (decision, _) in found.items()},
        places={number: place for number, (_, place) in found.items()},
    )
    mark_feeds_stale(store, before | affected_listing_keys(store, item_ids))
    return found


def remove(store: Store, item_ids: Sequence[int], now: datetime, why: str | None = None) -> int:
    """Withdraw items. Returns the number of items."""
    before = affected_listing_keys(store, item_ids)
    stories = {card.story_id for card in store.item_cards(item_ids).values()}
    count = store.remove(item_ids, now, why)
    mark_feeds_stale(store, before | store.listings_of_stories(stories))
    return count


def take_out_of_series(store: Store, item_id: int, now: datetime) -> int | None:
    """Let an item be of no series. Returns the series that it was of; None if it was of none."""
    before = affected_listing_keys(store, [item_id])
    left = store.take_out_of_series(item_id, now)
    mark_feeds_stale(store, before if left is not None else set())
    return left


def dissolve_series(store: Store, series_id: int, now: datetime | None) -> bool:
    """Let the titles of a series be of no series; ``now`` None undoes that. Returns whether anything changed."""
    if not store.dissolve_series(series_id, now):
        return False
    mark_feeds_stale(store, {"hot", f"series/{series_id}"})
    return True


def affected_listing_keys(store: Store, item_ids: Sequence[int]) -> set[str]:
    """Return the keys of the listings and feeds that show these items or their stories."""
    cards = store.item_cards(item_ids).values()
    keys = {"hot", *store.listings_of_stories({card.story_id for card in cards})}
    for card in cards:
        keys |= listing_keys_of(card.category, card.place) | {f"source/{card.source}", f"story/{card.story_id}"}
        keys |= {f"series/{card.series}"} if card.series is not None else set()
    return keys


def mark_feeds_stale(store: Store, keys: set[str]) -> None:
    """Let the feeds with these keys be rendered again."""
    with store.write_transaction() as writer:
        writer.mark_stale(keys)
