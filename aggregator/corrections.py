"""An admin's word, carried out whole: the store decides and remembers, and every feed that shows it is told.

The commands and the site's forms both come here. Each call holds against every later poll.
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
    """Take an item out of its story; returns the number of the story it has now."""
    before = affected_listing_keys(store, [item_id])
    story = store.split(item_id, now)
    _mark_feeds_stale(store, before | affected_listing_keys(store, [item_id]))
    return story


def merge(store: Store, item_ids: Sequence[int], now: datetime) -> int:
    """Put items, with their stories, into one story; returns its number."""
    before = affected_listing_keys(store, item_ids)
    story = store.merge(item_ids, now)
    _mark_feeds_stale(store, before | affected_listing_keys(store, item_ids))
    return story


def move(
    store: Store, item_ids: Sequence[int], now: datetime, *, category: str | None = None, place: Place | None = None
) -> int:
    """Give items another category, region or both; returns how many there were."""
    before = affected_listing_keys(store, item_ids)
    count = store.move(item_ids, now, category=category, place=place)
    _mark_feeds_stale(store, before | affected_listing_keys(store, item_ids))
    return count


def reset(
    store: Store, config: Config, item_ids: Sequence[int], now: datetime
) -> dict[int, tuple[CategoryDecision, Place]]:
    """Take moves back: what the rules and the model say today takes the place of the admin's word. Returns what."""
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
    _mark_feeds_stale(store, before | affected_listing_keys(store, item_ids))
    return found


def remove(store: Store, item_ids: Sequence[int], now: datetime, why: str | None = None) -> int:
    """Withdraw items; returns how many there were."""
    before = affected_listing_keys(store, item_ids)
    stories = {card.story_id for card in store.item_cards(item_ids).values()}
    count = store.remove(item_ids, now, why)
    with store.write_transaction() as writer:  # another report may stand for the story now
        after = [listing_keys_of(category, place) for category, place in writer.lead_listings(stories)]
    _mark_feeds_stale(store, before.union(*after))
    return count


def affected_listing_keys(store: Store, item_ids: Sequence[int]) -> set[str]:
    """The lists and feeds that show these items."""
    keys = {"hot"}
    for card in store.item_cards(item_ids).values():
        keys |= listing_keys_of(card.category, card.place) | {f"source/{card.source}", f"story/{card.story_id}"}
    return keys


def _mark_feeds_stale(store: Store, keys: set[str]) -> None:
    with store.write_transaction() as writer:
        writer.mark_stale(keys)
