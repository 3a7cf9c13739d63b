"""New items, and edited ones to be judged anew, among what is stored: their relatives, their stories, and the feeds to
be told. Part of the transaction that stores the items."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from aggregator.model import Draft, Placement, Source
from aggregator.model.listing_keys import listing_keys_of
from aggregator.steps.stories.cluster import CANDIDATE_WINDOW, NewItem, decide_placements
from aggregator.steps.stories.related import rank_related
from aggregator.store import Writer

MAX_RELATED = 8


def to_new_item(item_id: int, source_id: int, draft: Draft) -> NewItem:
    """A stored draft as the story steps see it."""
    return NewItem(
        id=item_id,
        source_id=source_id,
        title=draft.title,
        text=draft.text,
        published=draft.published,
        place=draft.place,
        category=draft.decision.category,
        sketch=draft.sketch,
    )


def assign_stories(
    writer: Writer,
    items: Sequence[NewItem],
    now: datetime,
    *,
    other_item_ids: Collection[int] = (),
    is_allowed: Callable[[Placement], bool] = lambda placement: True,
) -> set[int]:
    """Find the relatives of ``items``, put these where they belong, as far as that is ``allowed``, and say what to read
    next. Returns the stories that were touched, those of the items and of the items ``besides`` among them."""
    dates = {item.id: item.published for item in items}
    candidates = writer.find_candidates({item.id: item.sketch for item in items}, dates, CANDIDATE_WINDOW)
    touched = writer.apply_placements([one for one in decide_placements(items, candidates) if is_allowed(one)], now)
    stories = writer.stories_of([*{item.id: None for item in items} | dict.fromkeys(other_item_ids)])
    related = {
        item.id: rank_related(item, stories[item.id], candidates.get(item.id, []), MAX_RELATED) for item in items
    }
    writer.replace_related(related)
    writer.add_related_backlinks(related, MAX_RELATED)
    return touched | set(stories.values())


def mark_feeds_stale(writer: Writer, source: Source, drafts: Iterable[Draft], story_ids: set[int]) -> None:
    """Mark every feed that shows these items, or the stories that they touched."""
    stale = {"hot", f"source/{source.slug}", *(f"story/{story}" for story in story_ids)}
    for draft in drafts:
        stale |= listing_keys_of(draft.decision.category, draft.place)
    for category, place in writer.lead_listings(story_ids):
        stale |= listing_keys_of(category, place)
    writer.mark_stale(stale)
