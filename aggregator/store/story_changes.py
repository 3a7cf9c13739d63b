"""What a changed membership of stories changes in the database; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aggregator.messages import decisions
from aggregator.model import Relation
from aggregator.model.listing_keys import LEAD_BIT
from aggregator.steps.stories import hotness
from aggregator.steps.stories.representatives import choose_representatives, represented_bits
from aggregator.store.story_membership import StoryMember, StoryMembership


@dataclass(frozen=True, slots=True)
class Edits:
    """Items that a transaction has changed: their content, or also the category or region they belong to."""

    edited: frozenset[int] = frozenset()
    moved: frozenset[int] = frozenset()


NO_EDITS = Edits()


@dataclass(frozen=True, slots=True)
class StoryChanges:
    """The rows to write, and the events to append to journals."""

    items: list[StoryMember]  # whose columns have changed
    stories: list[dict[str, Any]]
    former_stories: list[int]  # that may have rows in listings
    listings: list[dict[str, Any]]
    events: dict[str, list[int]]  # listing -> items
    arrivals: list[int]  # items that are new in their story or were edited


def compute_story_changes(membership: StoryMembership, edits: Edits = NO_EDITS) -> StoryChanges:
    """Return what to write for the stories that were touched; sets what items represent, and the originals."""
    rows, listing_rows = [], []
    events: defaultdict[str, list[int]] = defaultdict(list)
    changed = {item.id for item in membership.items_by_id.values() if item.is_changed}
    for story in sorted(membership.touched):
        members = membership.members[story].values()
        if members:
            row = _story_row(story, list(members), membership.leads.get(story))
            rows.append(row)
            changed |= _set_original(row["first_id"], members)
            live = [item for item in members if not item.removed]
            representatives = choose_representatives(live, row["lead_id"])
            changed |= _set_representatives(row, members, representatives)
            listing_rows += _listing_rows(row, representatives)
            for listing, item_id in _appearances(membership, live, representatives, edits):
                events[listing].append(item_id)
    before = membership.before
    arrivals = {item_id for item_id in changed if before[item_id][0] != membership.items_by_id[item_id].story}
    founded = {item.id for item in membership.items_by_id.values() if item.is_new}
    return StoryChanges(
        items=[membership.items_by_id[item_id] for item_id in sorted(changed)],
        stories=rows,
        former_stories=sorted(membership.touched - founded),
        listings=listing_rows,
        events={listing: sorted(item_ids) for listing, item_ids in events.items()},
        arrivals=sorted(arrivals | edits.edited),
    )


def _appearances(
    membership: StoryMembership, story: Collection[StoryMember], representatives: Mapping[str, int], edits: Edits
) -> set[tuple[str, int]]:
    """Return (listing, item) of the items that appear there, or appear again, by this change.

    These are items that have begun to represent the story or were edited, and representatives of a report that is new
    in the story or in the listing. Archives and deltas so contain every report, itself or with its representative.
    """
    before = membership.before
    found = set()
    for item in story:
        story_before, bits_before, was_hot = before[item.id]
        for bit, listing in item.listings.items():
            representative = representatives[listing]
            if item.id in edits.moved:
                found.add((listing, representative))
            elif representative == item.id:
                if item.id in edits.edited or not bits_before & bit:
                    found.add((listing, item.id))
            elif story_before != before[representative][0]:
                found.add((listing, representative))
        is_hot = bool(item.represents & LEAD_BIT) and item.is_multi_source
        if is_hot and (item.id in edits.edited | edits.moved or not (was_hot and bits_before & LEAD_BIT)):
            found.add(("hot", item.id))
    return found


def _story_row(story: int, members: list[StoryMember], lead_id: int | None) -> dict[str, Any]:
    """Return the row of a story. Withdrawn items are not counted; a story with no others keeps a row for their
    tombstones."""
    live = [item for item in members if not item.removed]
    counted = live or members
    by_id = {item.id: item for item in counted}
    lead = by_id.get(lead_id or story) or by_id.get(story) or by_id[min(by_id)]
    earliest = min(counted, key=lambda item: (item.published, item.id))
    reports = [
        (item.source_id, item.published, item.reprint_of if item.relation == Relation.REPRINT else None)
        for item in counted
    ]
    return {
        "id": story,
        "lead_id": lead.id,
        "first_id": earliest.id,
        "item_count": len(live),
        "outlets": len({item.source_id for item in live}),
        "first_published": earliest.published,
        "last_published": max(item.published for item in counted),
        "heat_day": hotness.hotness(reports, hotness.DAY_TAU),
        "heat_week": hotness.hotness(reports, hotness.WEEK_TAU),
    }


def _set_representatives(
    story: dict[str, Any], members: Iterable[StoryMember], representatives: Mapping[str, int]
) -> set[int]:
    """Set ``represents`` and ``many`` of the members; returns the changed ones."""
    changed = set()
    for item in members:
        bits = 0 if item.removed else represented_bits(item, representatives)
        multi_source = bits > 0 and story["outlets"] >= 2
        if (item.represents, item.is_multi_source) != (bits, multi_source):
            item.represents, item.is_multi_source = bits, multi_source
            changed.add(item.id)
    return changed


def _listing_rows(story: dict[str, Any], representatives: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the rows of a story of several outlets in the listings of categories and regions."""
    if story["outlets"] < 2:
        return []
    heat = {name: story[name] for name in ("heat_day", "heat_week")}
    return [
        {"story_id": story["id"], "listing": listing, "item_id": item_id} | heat
        for listing, item_id in representatives.items()
        if listing != "all"
    ]


def _set_original(first_id: int, members: Iterable[StoryMember]) -> set[int]:
    """Make the item published first the original, and no other. Returns the items whose relation has changed."""
    live = [item for item in members if not item.removed]
    original = next((item for item in live if item.id == first_id), None)
    if original is None or original.relation == Relation.REPRINT:
        return set()
    former = Relation.REWRITE if original.relation == Relation.REWRITE else Relation.FURTHER
    changed = [item for item in live if (item is original) != (item.relation == Relation.ORIGINAL)]
    for item in changed:
        if item is original:
            item.relation, item.why = Relation.ORIGINAL, decisions.FIRST(evidence=item.why)
        else:
            item.relation, item.similarity = former, item.similarity or original.similarity
            item.why = decisions.AFTER(item=first_id)
    return {item.id for item in changed}
