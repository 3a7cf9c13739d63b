"""Stories as they are after the placements decided so far, none of which is stored yet.

A story without a number has the negative id of the item that opened it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from aggregator.model import Candidate
from aggregator.steps.stories.report_values import ReadTexts, ReportValues
from aggregator.steps.stories.story_candidates import StoryCandidate


class StoryState:
    """The reports that were compared so far, the story of each, and what was decided about these stories."""

    def __init__(self, read_texts: ReadTexts) -> None:
        """``read_texts`` returns the normalized texts of stored reports."""
        self.values = ReportValues(read_texts)
        self.reports: dict[int, Candidate] = {}
        self.unsaved_ids: set[int] = set()  # items that are placed here
        self.split_out: dict[int, tuple[int, ...]] = {}  # item -> stored items that it moved out of its story
        self._stored_counts: dict[int, int] = {}  # items of a story in the store
        self._added_counts: Counter[int] = Counter()  # items placed in a story here
        self._merged_into: dict[int, int] = {}  # merged story -> the story it was merged into

    def add_reports(self, reports: Iterable[Candidate], texts: Mapping[int, str]) -> None:
        """Add reports that were not there before, of which some texts are known."""
        new = {report.id: report for report in reports if report.id not in self.reports}
        self.reports |= new
        for report in new.values():
            if report.id not in texts:
                counted = self._stored_counts.get(report.story_id, 0)
                self._stored_counts[report.story_id] = max(counted, report.story_items)
        self.unsaved_ids.update(texts)
        self.values.add_reports(new.values(), texts)

    def story_of(self, report: Candidate) -> int:
        """Return the story of a report after all merges and splits."""
        return self.resolve(self.reports[report.id].story_id)

    def resolve(self, story: int) -> int:
        """Return the story that this one was merged into, or itself."""
        while story in self._merged_into:
            story = self._merged_into[story]
        return story

    def item_count(self, story: int) -> int:
        """Return the number of items of a story, as far as its reports are known."""
        return self._stored_counts.get(story, 0) + self._added_counts[story]

    def place(self, report: Candidate) -> None:
        """Set the story of an item that is placed."""
        self.reports[report.id] = report
        self._added_counts[report.story_id] += 1

    def merge(self, offers: Sequence[StoryCandidate]) -> int:
        """Merge stories and return the one that stays: one that an admin has corrected, else the oldest stored one."""
        offers = sorted(offers, key=lambda offer: (not offer.is_locked, offer.story < 0, abs(offer.story)))
        survivor = offers[0].story
        for offer in offers[1:]:
            self._merged_into[offer.story] = survivor
            self._added_counts[survivor] += self._added_counts.pop(offer.story, 0)
            self._stored_counts[survivor] = self._stored_counts.get(survivor, 0) + self._stored_counts.pop(
                offer.story, 0
            )
        return survivor

    def move_out(self, me: Candidate, group: Collection[int]) -> None:
        """Move a group of reports, which ``me`` shows to be another event, out of its story, with their reprints."""
        stored = [key for key in group if key not in self.unsaved_ids]
        story = min(stored) if stored else -min(group)
        if story in self._merged_into:  # its number has moved before
            return
        left = self.story_of(me)
        for key, report in self.reports.items():
            if key in group or report.reprint_of in group:
                self.reports[key] = report._replace(story_id=story)
                self._added_counts[story] += key in self.unsaved_ids
                self._added_counts[left] -= key in self.unsaved_ids
        if stored:
            self.split_out[me.id] = tuple(stored)
