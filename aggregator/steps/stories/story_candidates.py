"""Stories offered to a new item: how near each is, by its nearest reports, by days and by places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aggregator.messages import decisions
from aggregator.model import Candidate, LockedFields, Place
from aggregator.steps.stories.compare import Comparison

_COUNTED_REPORTS = 3  # reports of a story that count
_MAX_MEMBERS = 8  # reports of a story by which it is compared with another
_LARGE_STORY = 16  # items from which a story asks for more likeness, so that it does not swallow a topic
_PENALTY_EXPONENT = 0.7  # at twice the items, 1.6 times the likeness
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class StoryCandidate:
    """A story the item could join: how near it is, and the nearest of its reports."""

    story: int
    score: float
    item_count: int  # its items
    members: tuple[Candidate, ...]  # its reports nearest to the item, the nearest first
    similarity: float  # of the nearest
    comparison: Comparison | None

    @property
    def nearest(self) -> Candidate:
        return self.members[0]

    @property
    def is_locked(self) -> bool:
        return any(report.locked & LockedFields.STORY for report in self.members)


def score_story(
    story: int, size: int, reports: list[tuple[float, Candidate]], compared: Mapping[int, Comparison]
) -> StoryCandidate:
    """The nearest few count: one report on the edge does not draw in another topic."""
    reports.sort(key=lambda pair: (-pair[0], pair[1].id))
    near = [likeness for likeness, _ in reports[:_COUNTED_REPORTS]]
    members = tuple(report for _, report in reports[:_MAX_MEMBERS])
    score = sum(near) / len(near) * size_penalty(size)
    return StoryCandidate(story, score, size, members, near[0], compared.get(members[0].id))


def size_penalty(size: int) -> float:
    """What likeness still counts in a story of ``size`` items."""
    return 1.0 if size <= _LARGE_STORY else (_LARGE_STORY / size) ** _PENALTY_EXPONENT


def days_between(a: Candidate, b: Candidate) -> float:
    return abs((a.published - b.published).total_seconds()) / _DAY


def proximity(a: Candidate, b: Candidate) -> float:
    """Less than 1 where days or places lie between two reports."""
    days = days_between(a, b)
    return (1.0 if days <= 1 else 1 / (1 + 0.25 * (days - 1))) * _place_factor(a.place, b.place)


def _place_factor(a: Place, b: Place) -> float:
    """Less than 1 where both texts name a place and not the same."""
    if decisions.HOME.matches(a.why) or decisions.HOME.matches(b.why) or not a.province or not b.province:
        return 1.0
    if a.province != b.province:
        return 0.4
    counties = a.county and b.county and a.county != b.county
    return 0.6 if counties or (a.city and b.city and a.city != b.city) else 1.0
