"""New items, and edited ones to be judged anew, among what is stored: their relatives, their stories, and the feeds to
be told. Part of the transaction that stores the items."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from aggregator.model import Draft, Placement, Source
from aggregator.model.listing_keys import listings_of
from aggregator.steps.stories.cluster import WINDOW, NewItem, decide
from aggregator.steps.stories.related import relate
from aggregator.store import Writer

RELATED = 8


def new_item(item_id: int, source_id: int, draft: Draft) -> NewItem:
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


def settle_among(
    writer: Writer,
    items: Sequence[NewItem],
    now: datetime,
    *,
    besides: Collection[int] = (),
    allowed: Callable[[Placement], bool] = lambda placement: True,
) -> set[int]:
    """Find the relatives of ``items``, put these where they belong, as far as that is ``allowed``, and say what to read
    next. Returns the stories that were touched, those of the items and of the items ``besides`` among them."""
    dates = {item.id: item.published for item in items}
    candidates = writer.candidates({item.id: item.sketch for item in items}, dates, WINDOW)
    touched = writer.place([one for one in decide(items, candidates) if allowed(one)], now)
    stories = writer.stories_of([*{item.id: None for item in items} | dict.fromkeys(besides)])
    related = {item.id: relate(item, stories[item.id], candidates.get(item.id, []), RELATED) for item in items}
    writer.relate(related)
    writer.relate_back(related, RELATED)
    return touched | set(stories.values())


def tell_feeds(writer: Writer, source: Source, drafts: Iterable[Draft], touched: set[int]) -> None:
    """Mark every feed that shows these items, or the stories that they touched."""
    stale = {"hot", f"source/{source.slug}", *(f"story/{story}" for story in touched)}
    for draft in drafts:
        stale |= listings_of(draft.decision.category, draft.place)
    for category, place in writer.leads_of(touched):
        stale |= listings_of(category, place)
    writer.mark_stale(stale)
