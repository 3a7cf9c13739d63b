"""Give items what their own text does not tell: the category of their story, the region of their original. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from aggregator.messages import Message, decisions
from aggregator.model import CategoryDecision, Draft, LockedFields, Place
from aggregator.model.listing_keys import split_codes
from aggregator.reference.categories import top_category
from aggregator.store import StoryMember, StoryMembership

_SCORE = 0.6


def inherit_categories(membership: StoryMembership) -> dict[int, CategoryDecision]:
    """Set the category of undecided items of the touched stories, and return item -> decision.

    The category is that of most reports with the same text or, if none of them has one, of the story; where two are
    equally frequent, the items stay undecided. What an admin has set is not changed.
    """
    inherited: dict[int, CategoryDecision] = {}
    for story in sorted(membership.touched):
        members = [item for item in membership.members[story].values() if not item.removed]
        decided = [item for item in members if item.category is not None]
        undecided = [item for item in members if item.category is None and not item.locked & LockedFields.CATEGORY]
        for item in undecided if decided else ():
            copies = [other for other in decided if _text_id(other) == _text_id(item)]
            if found := _commonest(copies or decided):
                inherited[item.id] = CategoryDecision(found[0], _SCORE, decisions.STORY_CATEGORY(item=found[1]))
    for item_id, decision in inherited.items():
        membership.items_by_id[item_id].category = decision.category
    return inherited


def inherit_places(membership: StoryMembership, drafts: Mapping[int, Draft]) -> dict[int, Place]:
    """Set the region of reprints that name no place to that of the original, and return item -> place.

    Without this, a text about "our city" would be about the home of whoever reprints it. ``drafts``: by item.
    """
    inherited: dict[int, Place] = {}
    for item_id, draft in drafts.items():
        item = membership.items_by_id[item_id]
        original = membership.items_by_id.get(item.reprint_of or 0)
        if original is None or not any(original.region_codes) or item.locked & LockedFields.REGION:
            continue
        if decisions.HOME.matches(draft.place.why):
            why = decisions.AS_ORIGINAL(item=original.id)
            inherited[item_id] = place = place_of(original, why)
            item.set_place(place)
    return inherited


def place_of(item: StoryMember, why: Message) -> Place:
    """Return the regions of a member of a story, with a reason for all of them."""
    further = split_codes(item.further_regions)
    return Place(item.province, item.city, item.county, why, further, why if further else None)


def with_hints(
    drafts: Iterable[Draft],
    ids: Mapping[str, int],
    categories: Mapping[int, CategoryDecision],
    places: Mapping[int, Place],
) -> Iterator[Draft]:
    """Yield the drafts with what their items inherited. ``ids``: uid -> item."""
    for draft in drafts:
        item_id = ids[draft.uid]
        if item_id in categories or item_id in places:
            draft = replace(
                draft,
                decision=categories.get(item_id, draft.decision),
                place=places.get(item_id, draft.place),
            )
        yield draft


def _text_id(item: StoryMember) -> int:
    """Return the item whose text this is: the same for an original and its reprints."""
    return item.reprint_of or item.id


def _commonest(reports: Iterable[StoryMember]) -> tuple[str, int] | None:
    """Return the most frequent category and the first report that has it; None if two are equally frequent."""
    in_order = sorted(reports, key=lambda report: (report.published, report.id))
    paths = [(report.category or "", report.id) for report in in_order]
    (top, count), *other_tops = Counter(top_category(path) for path, _ in paths).most_common(2)
    if other_tops and other_tops[0][1] == count:
        return None
    of_top = [(path, item_id) for path, item_id in paths if top_category(path) == top]
    (best, count), *other_paths = Counter(path for path, _ in of_top).most_common(2)
    return top if other_paths and other_paths[0][1] == count else best, of_top[0][1]
