"""Place new and edited items in stories: candidates, placements and stale feeds.

Runs in the transaction that stores the items.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from aggregator.model import Draft, Placement, Source
from aggregator.model.listing_keys import listing_keys_of
from aggregator.steps.stories.cluster import CANDIDATE_WINDOW, NewItem, decide_placements
from aggregator.store import Writer


def to_new_item(item_id: int, source_id: int, draft: Draft) -> NewItem:
    """Return a stored draft in the form the story steps take."""
    return NewItem(
        id=item_id,
        source_id=source_id,
        title=draft.title,
        text=draft.text,
        published=draft.published,
        place=draft.place,
        category=draft.decision.category,
        sketch=draft.sketch,
        features=draft.features,
    )


def assign_stories(
    writer: Writer,
    items: Sequence[NewItem],
    now: datetime,
    *,
    other_item_ids: Collection[int] = (),
    is_allowed: Callable[[Placement], bool] = lambda placement: True,
) -> set[int]:
    """Find candidates for ``items`` and apply the allowed placements.

    Returns the ids of all affected stories, including those of ``items`` and ``other_item_ids``.
    """
    dates = {item.id: item.published for item in items}
    candidates = writer.find_candidates({item.id: item.sketch for item in items}, dates, CANDIDATE_WINDOW)
    placements = decide_placements(items, candidates, writer.texts_of)
    touched = writer.apply_placements([one for one in placements if is_allowed(one)], now)
    stories = writer.stories_of([*{item.id: None for item in items} | dict.fromkeys(other_item_ids)])
    return touched | set(stories.values())


def mark_feeds_stale(
    writer: Writer, source: Source, drafts: Iterable[Draft], story_ids: set[int], new_ids: Collection[int] = ()
) -> None:
    """Mark every feed stale that shows these drafts or one of the stories.

    A story founded by one of the items ``new_ids``, which this transaction stores, has no feed yet.
    """
    stale = {"hot", f"source/{source.slug}", *(f"story/{story}" for story in story_ids.difference(new_ids))}
    for draft in drafts:
        stale |= listing_keys_of(draft.decision.category, draft.place)
    writer.mark_stale(stale | writer.listings_of_stories(story_ids))
