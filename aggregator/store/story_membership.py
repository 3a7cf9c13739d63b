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
from aggregator.model import LockedFields, Placement, Relation


@dataclass(slots=True)
class StoryMember:
    """An item as a member of a story; mutable, unlike the other values of this package."""

    id: int
    source_id: int
    story: int | None
    is_lead: bool
    is_multi_source: bool
    relation: str
    reprint_of: int | None
    similarity: float
    why: Message
    locked: int
    removed: bool
    published: datetime
    category: str | None
    top: str | None
    province: str | None
    city: str | None
    county: str | None
    is_changed: bool = False  # has to be written


class StoryMembership:
    """The items and stories that a transaction may change; ``story_writes`` loads and saves it."""

    def __init__(
        self,
        reports: dict[int, StoryMember],
        leads: dict[int, int],
        redirects: dict[int, int],
        cannot_link: Iterable[tuple[int, int]],
    ) -> None:
        """Index the members of the stories.

        ``reports`` holds every member of every story that may change, ``leads`` each story's lead item, ``redirects``
        merged story -> remaining story, ``cannot_link`` the pairs kept apart by corrections.
        """
        self.reports = reports
        self.leads = leads
        self.redirects = redirects
        self.touched: set[int] = set()
        self.members: defaultdict[int, dict[int, StoryMember]] = defaultdict(dict)
        for report in reports.values():
            if report.story is not None:
                self.members[report.story][report.id] = report
        self._cannot_link: defaultdict[int, set[int]] = defaultdict(set)
        for a, b in cannot_link:
            self._cannot_link[a].add(b)
            self._cannot_link[b].add(a)

    # -- operations
    def apply(self, placement: Placement) -> None:
        """Move the item to the story of its placement; a founder without a different target stays, so that its story
        keeps its id."""
        report = self.reports.get(placement.item_id)
        if report is None or report.removed:
            return
        if report.story is not None and report.locked & LockedFields.STORY:
            self.touched.add(report.story)
            return
        wanted = self._target_story(placement)
        if self.cannot_link(report.id, wanted):
            self.move(report, report.id)
            report.relation, report.reprint_of, report.similarity = Relation.ORIGINAL, None, 0.0
            report.why = decisions.STORY_ADMIN()
            return
        self.move(report, wanted)
        self._set_relation(report, placement)
        for other in placement.merged_stories:
            self.merge(wanted, other)

    def split_out(self, item_ids: Iterable[int]) -> None:
        """Move items and their reprints into a story of their own, unless an admin has corrected a story concerned."""
        chosen = {report.id: report for number in item_ids if (report := self.reports.get(number)) is not None}
        left = {report.story for report in chosen.values() if report.story is not None}
        if not left or any(
            other.locked & LockedFields.STORY for story in left for other in self.members[story].values()
        ):
            return
        new = min(chosen)
        for report in sorted(self.reports.values(), key=lambda report: report.id):
            if report.id in chosen or report.reprint_of in chosen:
                self.move(report, new)
        first = min(chosen.values(), key=lambda report: (report.published, report.id))
        first.relation, first.similarity, first.why = Relation.ORIGINAL, 0.0, decisions.OTHER_EVENT()
        first.is_changed = True

    def _target_story(self, placement: Placement) -> int:
        named = placement.story_id
        if named is None and placement.opened_by_item in self.reports:
            named = self.reports[placement.opened_by_item].story
        if named is None:
            return placement.item_id
        story = self.resolve(named)
        if not self.members.get(story) and story in self.reports:  # a requested split did not happen
            story = self.reports[story].story or story
        return story if self.members.get(story) else placement.item_id

    def merge(self, one: int, other: int, *, force: bool = False) -> int:
        """Merge two stories into the one founded first and return its id; with a cannot-link between them they stay as
        they are."""
        kept, lost = sorted((self.resolve(one), self.resolve(other)))
        if kept == lost or not self.members.get(lost) or not self.members.get(kept):
            return self.resolve(one)
        if not force and any(self.cannot_link(number, kept) for number in self.members[lost]):
            return self.resolve(one)
        for report in list(self.members[lost].values()):
            self._set_story(report, kept)
        self._redirect(lost, kept)
        return kept

    def detach(self, report: StoryMember) -> None:
        """Move an item into a story of its own, also out of one that it founded."""
        if report.story == report.id:
            self._promote_next_founder(report)
        else:
            self.move(report, report.id)
        report.relation, report.reprint_of, report.similarity, report.is_changed = Relation.ORIGINAL, None, 0.0, True
        for other in self.reports.values():
            if other.reprint_of == report.id:
                other.relation, other.reprint_of, other.is_changed = Relation.FURTHER, None, True

    def move(self, report: StoryMember, story: int) -> None:
        """Move an item into a story; one that it leaves empty redirects there."""
        left = report.story
        self._set_story(report, story)
        if left is None or left == story:
            return
        if not self.members[left]:
            self._redirect(left, story)
        elif left == report.id:
            self._promote_next_founder(report)

    def cannot_link(self, item_id: int, story: int) -> bool:
        """Return whether a member of the story has a cannot-link with the item."""
        return item_id in self._cannot_link and not self._cannot_link[item_id].isdisjoint(self.members[story])

    def resolve(self, story: int) -> int:
        """Return the story that this id leads to after all redirects."""
        while story in self.redirects:
            story = self.redirects[story]
        return story

    # -- helpers
    def _set_story(self, report: StoryMember, story: int) -> None:
        if report.story is not None:
            self.members[report.story].pop(report.id, None)
            self.touched.add(report.story)
        self.redirects.pop(story, None)  # an id in use is no redirect
        self.members[story][report.id] = report
        self.touched.add(story)
        report.is_changed = report.is_changed or report.story != story
        report.story = story

    def _promote_next_founder(self, founder: StoryMember) -> None:
        """Give the other members the id of the oldest of them as story."""
        rest = [report for report in self.members[founder.id].values() if report is not founder]
        if not rest:
            return
        new = min(report.id for report in rest)
        for report in rest:
            self._set_story(report, new)
        if founder.story != founder.id:
            self._redirect(founder.id, new)

    def _redirect(self, old: int, new: int) -> None:
        self.redirects[old] = new
        self.touched |= {old, new}

    def _set_relation(self, report: StoryMember, placement: Placement) -> None:
        report.relation = placement.relation
        report.similarity = placement.similarity
        report.why = placement.why
        report.reprint_of = self._original_of(placement.reprint_of, report.id)
        report.is_changed = True
        if report.reprint_of is None:
            return
        original = self.reports.get(report.reprint_of)
        if original is not None and report.published < original.published and not original.locked & LockedFields.STORY:
            self._swap_original(report, original)
        else:
            self._repoint_reprints(report.id, report.reprint_of)

    def _swap_original(self, report: StoryMember, copy: StoryMember) -> None:
        """Make the later arrival the original, because it was published first, and the earlier one its reprint."""
        copy.relation, copy.similarity, copy.is_changed = Relation.REPRINT, report.similarity, True
        copy.why = decisions.COPY_AFTER(item=report.id, evidence=report.why)
        report.relation, report.reprint_of, report.why = Relation.ORIGINAL, None, decisions.BEFORE(item=copy.id)
        copy.reprint_of = report.id
        self._repoint_reprints(copy.id, report.id)

    def _repoint_reprints(self, copy: int, original: int) -> None:
        """Let reprints of a reprint refer to its original."""
        for other in self.reports.values():
            if other.reprint_of == copy:
                other.reprint_of, other.is_changed = original, True

    def _original_of(self, number: int | None, asking_id: int) -> int | None:
        seen = {asking_id}
        while number is not None and number not in seen:
            seen.add(number)
            report = self.reports.get(number)
            if report is None or report.reprint_of is None:
                return number
            number = report.reprint_of
        return None
