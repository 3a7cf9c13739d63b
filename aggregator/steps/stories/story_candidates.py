"""Score stories that a new item may join, by the similarity of their reports, and by days and places in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aggregator.messages import decisions
from aggregator.model import Candidate, LockedFields, Place
from aggregator.steps.stories.compare import Comparison

_COUNTED_REPORTS = 3  # reports of a story that count
_MAX_MEMBERS = 8  # reports of a story by which it is compared with another
_LARGE_STORY = 16  # items from which a story requires more similarity, so that it does not absorb a topic
_PENALTY_EXPONENT = 0.7  # at twice the items, 1.6 times the similarity
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class StoryCandidate:
    """A story that the item may join, with its score and its most similar reports."""

    story: int
    score: float
    item_count: int  # number of items
    members: tuple[Candidate, ...]  # reports of the story, most similar first
    similarity: float  # of the most similar report
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
    """Score a story by its most similar reports, so that one outlier does not attract another topic."""
    reports.sort(key=lambda pair: (-pair[0], pair[1].id))
    near = [likeness for likeness, _ in reports[:_COUNTED_REPORTS]]
    members = tuple(report for _, report in reports[:_MAX_MEMBERS])
    score = sum(near) / len(near) * size_penalty(size)
    return StoryCandidate(story, score, size, members, near[0], compared.get(members[0].id))


def size_penalty(size: int) -> float:
    """Return the factor of the similarity to a story of ``size`` items; it decreases for large stories."""
    return 1.0 if size <= _LARGE_STORY else (_LARGE_STORY / size) ** _PENALTY_EXPONENT


def days_between(a: Candidate, b: Candidate) -> float:
    return abs((a.published - b.published).total_seconds()) / _DAY


def proximity(a: Candidate, b: Candidate) -> float:
    """Return a factor below 1 if two reports are days apart or about different places."""
    days = days_between(a, b)
    return (1.0 if days <= 1 else 1 / (1 + 0.25 * (days - 1))) * _place_factor(a.place, b.place)


def are_elsewhere(a: Place, b: Place) -> bool:
    """Return whether the texts name different places."""
    return _place_factor(a, b) < 1


def _place_factor(a: Place, b: Place) -> float:
    """Return a factor below 1 if the texts name different places."""
    if not a.province or not b.province:
        return 1.0
    if a.province != b.province:
        factor = 0.4
    elif (a.county and b.county and a.county != b.county) or (a.city and b.city and a.city != b.city):
        factor = 0.6
    else:
        return 1.0
    return 1.0 if decisions.HOME.matches(a.why) or decisions.HOME.matches(b.why) else factor
