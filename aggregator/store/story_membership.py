"""Unit of work for story membership: the stories that one transaction changes, in memory.

Two invariants hold at all times. A story's id is the id of the item that founded it, and an item in another's story has
none of its own. Two items with a cannot-link are never in one story.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aggregator.messages import Message, decisions
from aggregator.model import LockedFields, Place, Placement, Relation
from aggregator.model.listing_keys import join_codes, listings_by_bit, split_codes


@dataclass(slots=True)
class StoryMember:
    """An item as a member of a story; mutable, unlike the other values of this package."""

    id: int
    source_id: int
    story: int | None
    represents: int  # listings in which it represents its story
    is_multi_source: bool  # represents a story of two or more outlets
    relation: str
    reprint_of: int | None
    similarity: float
    why: Message
    locked: int
    removed: bool
    published: datetime
    category: str | None
    province: str | None
    city: str | None
    county: str | None
    further_regions: str | None = None  # codes, separated by spaces
    is_changed: bool = False  # has to be written
    is_new: bool = False  # has no row yet

    @property
    def listings(self) -> dict[int, str]:
        """Return bit -> key of the listings that it belongs to."""
        further = split_codes(self.further_regions)
        return listings_by_bit(self.category, self.province, self.city, self.county, further=further)

    @property
    def region_codes(self) -> tuple[str | None, ...]:
        """Return all that says where it belongs, to be compared."""
        return self.province, self.city, self.county, self.further_regions

    def set_place(self, place: Place) -> None:
        """Set its regions."""
        self.province, self.city, self.county = place.province, place.city, place.county
        self.further_regions = join_codes(place.further)


class StoryMembership:
    """The items and stories that a transaction may change; ``story_writes`` loads and saves it."""

    def __init__(
        self,
        items_by_id: dict[int, StoryMember],
        leads: dict[int, int],
        redirects: dict[int, int],
        cannot_link: Iterable[tuple[int, int]],
    ) -> None:
        """Index the members of the stories.

        ``items_by_id`` holds every member of every story that may change, ``leads`` each story's lead item,
        ``redirects`` merged story -> remaining story, ``cannot_link`` the pairs kept apart by corrections. ``before``
        keeps story, ``represents`` and ``is_multi_source`` of each item as they were.
        """
        self.items_by_id = items_by_id
        self.leads = leads
        self.redirects = redirects
        self.touched: set[int] = set()
        self.before = {item.id: (item.story, item.represents, item.is_multi_source) for item in items_by_id.values()}
        self.members: defaultdict[int, dict[int, StoryMember]] = defaultdict(dict)
        for item in items_by_id.values():
            if item.story is not None:
                self.members[item.story][item.id] = item
        self._cannot_link: defaultdict[int, set[int]] = defaultdict(set)
        for a, b in cannot_link:
            self._cannot_link[a].add(b)
            self._cannot_link[b].add(a)

    @property
    def story_ids(self) -> set[int]:
        """Return the stories that were loaded or may change."""
        return {*self.members, *self.touched, *self.redirects}

    # -- operations
    def place(self, placements: Iterable[Placement]) -> None:
        """Apply the placements of one document."""
        placements = list(placements)
        for placement in placements:
            self.split_out(placement.split_out_items)
        for placement in placements:
            self.apply(placement)

    def detach_founders(self, item_ids: Iterable[int]) -> None:
        """Detach those of the items that founded a story of several."""
        for item_id in item_ids:
            item = self.items_by_id.get(item_id)
            if item is not None and item.story == item.id and len(self.members[item.id]) > 1:
                self.detach(item)

    def apply(self, placement: Placement) -> None:
        """Move the item to the story of its placement; a founder without a different target stays, so that its story
        keeps its id."""
        item = self.items_by_id.get(placement.item_id)
        if item is None or item.removed:
            return
        if item.story is not None and item.locked & LockedFields.STORY:
            self.touched.add(item.story)
            return
        target = self._target_story(placement)
        if self.cannot_link(item.id, target):
            self.move(item, item.id)
            item.relation, item.reprint_of, item.similarity = Relation.ORIGINAL, None, 0.0
            item.why = decisions.STORY_ADMIN()
            return
        self.move(item, target)
        self._set_relation(item, placement)
        for other in placement.merged_stories:
            self.merge(target, other)

    def split_out(self, item_ids: Iterable[int]) -> None:
        """Move items and their reprints into a story of their own, unless an admin has corrected a story concerned."""
        chosen = {item.id: item for item_id in item_ids if (item := self.items_by_id.get(item_id)) is not None}
        stories_left = {item.story for item in chosen.values() if item.story is not None}
        if not stories_left or any(
            other.locked & LockedFields.STORY for story in stories_left for other in self.members[story].values()
        ):
            return
        new = min(chosen)
        for item in sorted(self.items_by_id.values(), key=lambda item: item.id):
            if item.id in chosen or item.reprint_of in chosen:
                self.move(item, new)
        earliest = min(chosen.values(), key=lambda item: (item.published, item.id))
        earliest.relation, earliest.similarity, earliest.why = Relation.ORIGINAL, 0.0, decisions.OTHER_EVENT()
        earliest.is_changed = True

    def _target_story(self, placement: Placement) -> int:
        story_id = placement.story_id
        if story_id is None and placement.opened_by_item in self.items_by_id:
            story_id = self.items_by_id[placement.opened_by_item].story
        if story_id is None:
            return placement.item_id
        story = self.resolve(story_id)
        if not self.members.get(story) and story in self.items_by_id:  # a requested split did not happen
            story = self.items_by_id[story].story or story
        return story if self.members.get(story) else placement.item_id

    def merge(self, story: int, other: int, *, force: bool = False) -> int:
        """Merge two stories into the one founded first and return its id; with a cannot-link between them they stay as
        they are."""
        kept, merged = sorted((self.resolve(story), self.resolve(other)))
        if kept == merged or not self.members.get(merged) or not self.members.get(kept):
            return self.resolve(story)
        if not force and any(self.cannot_link(item_id, kept) for item_id in self.members[merged]):
            return self.resolve(story)
        for item in list(self.members[merged].values()):
            self._set_story(item, kept)
        self._redirect(merged, kept)
        return kept

    def detach(self, item: StoryMember) -> None:
        """Move an item into a story of its own, also out of one that it founded."""
        if item.story == item.id:
            self._promote_next_founder(item)
        else:
            self.move(item, item.id)
        item.relation, item.reprint_of, item.similarity, item.is_changed = Relation.ORIGINAL, None, 0.0, True
        for other in self.items_by_id.values():
            if other.reprint_of == item.id:
                other.relation, other.reprint_of, other.is_changed = Relation.FURTHER, None, True

    def move(self, item: StoryMember, story: int) -> None:
        """Move an item into a story; one that it leaves empty redirects there."""
        previous = item.story
        self._set_story(item, story)
        if previous is None or previous == story:
            return
        if not self.members[previous]:
            self._redirect(previous, story)
        elif previous == item.id:
            self._promote_next_founder(item)

    def cannot_link(self, item_id: int, story: int) -> bool:
        """Return whether a member of the story has a cannot-link with the item."""
        return item_id in self._cannot_link and not self._cannot_link[item_id].isdisjoint(self.members[story])

    def resolve(self, story: int) -> int:
        """Return the story that this id leads to after all redirects."""
        while story in self.redirects:
            story = self.redirects[story]
        return story

    # -- helpers
    def _set_story(self, item: StoryMember, story: int) -> None:
        if item.story is not None:
            self.members[item.story].pop(item.id, None)
            self.touched.add(item.story)
        self.redirects.pop(story, None)  # an id in use is no redirect
        self.members[story][item.id] = item
        self.touched.add(story)
        item.is_changed = item.is_changed or item.story != story
        item.story = story

    def _promote_next_founder(self, founder: StoryMember) -> None:
        """Give the other members the id of the oldest of them as story."""
        remaining = [item for item in self.members[founder.id].values() if item is not founder]
        if not remaining:
            return
        new = min(item.id for item in remaining)
        for item in remaining:
            self._set_story(item, new)
        if founder.story != founder.id:
            self._redirect(founder.id, new)

    def _redirect(self, old: int, new: int) -> None:
        self.redirects[old] = new
        self.touched |= {old, new}

    def _set_relation(self, item: StoryMember, placement: Placement) -> None:
        item.relation = placement.relation
        item.similarity = placement.similarity
        item.why = placement.why
        item.reprint_of = self._original_of(placement.reprint_of, item.id)
        item.is_changed = True
        if item.reprint_of is None:
            return
        original = self.items_by_id.get(item.reprint_of)
        if original is not None and item.published < original.published and not original.locked & LockedFields.STORY:
            self._swap_original(item, original)
        else:
            self._repoint_reprints(item.id, item.reprint_of)

    def _swap_original(self, item: StoryMember, copy: StoryMember) -> None:
        """Make the later arrival the original, because it was published first, and the earlier one its reprint."""
        copy.relation, copy.similarity, copy.is_changed = Relation.REPRINT, item.similarity, True
        copy.why = decisions.COPY_AFTER(item=item.id, evidence=item.why)
        item.relation, item.reprint_of, item.why = Relation.ORIGINAL, None, decisions.BEFORE(item=copy.id)
        copy.reprint_of = item.id
        self._repoint_reprints(copy.id, item.id)

    def _repoint_reprints(self, copy: int, original: int) -> None:
        """Let reprints of a reprint refer to its original."""
        for other in self.items_by_id.values():
            if other.reprint_of == copy:
                other.reprint_of, other.is_changed = original, True

    def _original_of(self, item_id: int | None, asking_id: int) -> int | None:
        seen = {asking_id}
        while item_id is not None and item_id not in seen:
            seen.add(item_id)
            item = self.items_by_id.get(item_id)
            if item is None or item.reprint_of is None:
                return item_id
            item_id = item.reprint_of
        return None
