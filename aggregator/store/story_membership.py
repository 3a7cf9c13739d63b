"""The stories that one transaction touches, in memory: what belongs where is settled here, then written at once.

Two rules hold at all times. A story's number is that of the item that founded it; an item that is in another's story
has none of its own. Two items that an admin holds apart are never in one story.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aggregator.messages import Message, decisions
from aggregator.model import Pin, Placement, Relation


@dataclass(slots=True)
class Report:
    """An item as a member of a story; the one mutable type of this folder."""

    id: int
    source_id: int
    story: int | None
    lead: bool
    many: bool
    relation: str
    reprint_of: int | None
    similarity: float
    why: Message
    pinned: int
    removed: bool
    published: datetime
    category: str | None
    top: str | None
    province: str | None
    city: str | None
    county: str | None
    moved: bool = False  # has to be written


class Board:
    def __init__(
        self,
        reports: dict[int, Report],
        leads: dict[int, int],
        moves: dict[int, int],
        apart: Iterable[tuple[int, int]],
    ) -> None:
        """``reports`` holds every member of every story that may be touched, ``leads`` the lead of each story there
        is, ``moves`` where merged stories went, ``apart`` the pairs an admin holds apart."""
        self.reports = reports
        self.leads = leads
        self.moves = moves
        self.touched: set[int] = set()
        self.members: defaultdict[int, dict[int, Report]] = defaultdict(dict)
        for report in reports.values():
            if report.story is not None:
                self.members[report.story][report.id] = report
        self._apart: defaultdict[int, set[int]] = defaultdict(set)
        for a, b in apart:
            self._apart[a].add(b)
            self._apart[b].add(a)

    # -- what callers ask for
    def settle(self, placement: Placement) -> None:
        """A founder for which no other story is wanted stays: readers and feeds know its story by its number."""
        report = self.reports.get(placement.item_id)
        if report is None or report.removed:
            return
        if report.story is not None and report.pinned & Pin.STORY:
            self.touched.add(report.story)
            return
        wanted = self._wanted(placement)
        if self.held_apart(report.id, wanted):
            self.move(report, report.id)
            report.relation, report.reprint_of, report.similarity = Relation.ORIGINAL, None, 0.0
            report.why = decisions.STORY_ADMIN()
            return
        self.move(report, wanted)
        self._describe(report, placement)
        for other in placement.merge:
            self.merge(wanted, other)

    def part(self, item_ids: Iterable[int]) -> None:
        """Takes items, with what repeats them, into a story of their own, but never out of one that an admin shaped."""
        chosen = {report.id: report for number in item_ids if (report := self.reports.get(number)) is not None}
        left = {report.story for report in chosen.values() if report.story is not None}
        if not left or any(other.pinned & Pin.STORY for story in left for other in self.members[story].values()):
            return
        new = min(chosen)
        for report in sorted(self.reports.values(), key=lambda report: report.id):
            if report.id in chosen or report.reprint_of in chosen:
                self.move(report, new)
        first = min(chosen.values(), key=lambda report: (report.published, report.id))
        first.relation, first.similarity, first.why = Relation.ORIGINAL, 0.0, decisions.OTHER_EVENT()
        first.moved = True

    def _wanted(self, placement: Placement) -> int:
        named = placement.story_id
        if named is None and placement.beside in self.reports:
            named = self.reports[placement.beside].story
        if named is None:
            return placement.item_id
        story = self.resolve(named)
        if not self.members.get(story) and story in self.reports:  # it was to be parted, and was not
            story = self.reports[story].story or story
        return story if self.members.get(story) else placement.item_id

    def merge(self, one: int, other: int, *, force: bool = False) -> int:
        """The story founded first takes in the other; its number is returned. Stories held apart stay as they are."""
        kept, lost = sorted((self.resolve(one), self.resolve(other)))
        if kept == lost or not self.members.get(lost) or not self.members.get(kept):
            return self.resolve(one)
        if not force and any(self.held_apart(number, kept) for number in self.members[lost]):
            return self.resolve(one)
        for report in list(self.members[lost].values()):
            self._put(report, kept)
        self._lead_on(lost, kept)
        return kept

    def separate(self, report: Report) -> None:
        """Takes an item into a story of its own, also out of one that it founded."""
        if report.story == report.id:
            self._go_on_without(report)
        else:
            self.move(report, report.id)
        report.relation, report.reprint_of, report.similarity, report.moved = Relation.ORIGINAL, None, 0.0, True
        for other in self.reports.values():
            if other.reprint_of == report.id:
                other.relation, other.reprint_of, other.moved = Relation.FURTHER, None, True

    def move(self, report: Report, story: int) -> None:
        left = report.story
        self._put(report, story)
        if left is None or left == story:
            return
        if not self.members[left]:
            self._lead_on(left, story)
        elif left == report.id:
            self._go_on_without(report)

    def held_apart(self, item_id: int, story: int) -> bool:
        return item_id in self._apart and not self._apart[item_id].isdisjoint(self.members[story])

    def resolve(self, story: int) -> int:
        while story in self.moves:
            story = self.moves[story]
        return story

    # -- how it is done
    def _put(self, report: Report, story: int) -> None:
        if report.story is not None:
            self.members[report.story].pop(report.id, None)
            self.touched.add(report.story)
        self.moves.pop(story, None)  # a number that is in use leads nowhere else
        self.members[story][report.id] = report
        self.touched.add(story)
        report.moved = report.moved or report.story != story
        report.story = story

    def _go_on_without(self, founder: Report) -> None:
        """The others take the number of the oldest of them."""
        rest = [report for report in self.members[founder.id].values() if report is not founder]
        if not rest:
            return
        new = min(report.id for report in rest)
        for report in rest:
            self._put(report, new)
        if founder.story != founder.id:
            self._lead_on(founder.id, new)

    def _lead_on(self, old: int, new: int) -> None:
        self.moves[old] = new
        self.touched |= {old, new}

    def _describe(self, report: Report, placement: Placement) -> None:
        report.relation = placement.relation
        report.similarity = placement.similarity
        report.why = placement.why
        report.reprint_of = self._root(placement.reprint_of, report.id)
        report.moved = True
        if report.reprint_of is None:
            return
        original = self.reports.get(report.reprint_of)
        if original is not None and report.published < original.published and not original.pinned & Pin.STORY:
            self._precede(report, original)
        else:
            self._repeat(report.id, report.reprint_of)

    def _precede(self, report: Report, copy: Report) -> None:
        """The text that arrived later was published first: it is the original, and what arrived before repeats it."""
        copy.relation, copy.similarity, copy.moved = Relation.REPRINT, report.similarity, True
        copy.why = decisions.COPY_AFTER(item=report.id, evidence=report.why)
        report.relation, report.reprint_of, report.why = Relation.ORIGINAL, None, decisions.BEFORE(item=copy.id)
        copy.reprint_of = report.id
        self._repeat(copy.id, report.id)

    def _repeat(self, copy: int, original: int) -> None:
        """What repeats a reprint repeats its original."""
        for other in self.reports.values():
            if other.reprint_of == copy:
                other.reprint_of, other.moved = original, True

    def _root(self, number: int | None, asking: int) -> int | None:
        seen = {asking}
        while number is not None and number not in seen:
            seen.add(number)
            report = self.reports.get(number)
            if report is None or report.reprint_of is None:
                return number
            number = report.reprint_of
        return None
