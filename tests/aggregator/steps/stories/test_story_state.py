"""Scores of the stories that an item may join, and stories that are merged and split before they are stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.messages import decisions
from aggregator.model import Candidate, LockedFields, Place
from aggregator.steps.stories.event_split import is_ambiguous, split_two_events
from aggregator.steps.stories.story_candidates import (
    StoryCandidate,
    days_between,
    proximity,
    score_story,
    size_penalty,
)
from aggregator.steps.stories.story_state import StoryState

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
NAMED = decisions.IN_TITLE(names=("枣庄",))


def report(number: int, story: int = 1, *, days: float = 0, place: Place | None = None, **more: Any) -> Candidate:
    at = NOW + timedelta(days=days)
    made = Candidate(number, story, number, None, f"第{number}条", at, place or Place(), None, b"")
    return made._replace(**more)


def place(code: str, *, home: bool = False) -> Place:
    city = f"{code[:4]}00" if code[2:4] != "00" else None
    county = code if code[4:] != "00" else None
    return Place(f"{code[:2]}0000", city, county, decisions.HOME() if home else NAMED)


@pytest.mark.parametrize(
    ("here", "there", "factor"),
    [
        (Place(), place("370400"), 1.0),
        (place("370400"), Place(), 1.0),
        (place("370400"), place("410100"), 0.4),
        (place("370400"), place("410100", home=True), 1.0),
        (place("370400", home=True), place("410100"), 1.0),
        (place("370400"), place("371300"), 0.6),
        (place("370400"), place("370000"), 1.0),
        (place("370406"), place("370400"), 1.0),
        (place("370406"), place("370402"), 0.6),
        (place("370406"), place("370406"), 1.0),
    ],
)
def test_other_places_are_farther(here: Place, there: Place, factor: float) -> None:
    assert proximity(report(1, place=here), report(2, place=there)) == pytest.approx(factor)


def test_reports_days_apart_are_farther() -> None:
    assert [proximity(report(1), report(2, days=days)) for days in (0, 1, -1, 5, -9)] == [
        1,
        1,
        1,
        0.5,
        pytest.approx(1 / 3),
    ]
    assert days_between(report(1, days=2), report(2)) == 2.0
    assert proximity(report(1, place=place("370400")), report(2, days=5, place=place("410100"))) == pytest.approx(0.2)


def test_a_story_is_scored_by_its_most_similar_reports() -> None:
    reports = [(0.3, report(3)), (0.5, report(2)), (0.5, report(1)), (0.1, report(4)), (0.0, report(5))]
    found = score_story(7, 5, [*reports, *((0.0, report(number)) for number in range(6, 12))], {})
    assert (found.story, found.item_count, found.similarity, found.comparison) == (7, 5, 0.5, None)
    assert found.score == pytest.approx(1.3 / 3)
    assert [one.id for one in found.members] == list(range(1, 9))
    assert found.nearest.id == 1
    assert score_story(7, 32, [(0.4, report(1))], {}).score == pytest.approx(0.4 * 0.5**0.7)
    assert [size_penalty(size) for size in (1, 16)] == [1.0, 1.0]
    assert size_penalty(17) < 1


def candidate(story: int, *locks: LockedFields) -> StoryCandidate:
    members = tuple(
        report(10 * abs(story) + at, story, locked=lock) for at, lock in enumerate(locks or [LockedFields.NONE])
    )
    return StoryCandidate(story, 0.5, 1, members, 0.5, None)


def no_texts(_: Collection[int]) -> Mapping[int, str]:
    return {}


def state_of(*reports: Candidate, unsaved: Collection[int] = ()) -> StoryState:
    state = StoryState(no_texts)
    state.add_reports((one for one in reports if one.id not in unsaved), {})
    state.add_reports(reports, dict.fromkeys(unsaved, ""))
    return state


def test_locked_stories() -> None:
    assert candidate(1, LockedFields.NONE, LockedFields.STORY).is_locked
    assert not candidate(1, LockedFields.CATEGORY).is_locked


@pytest.mark.parametrize(
    ("stories", "survivor"),
    [
        ([candidate(5), candidate(3)], 3),
        ([candidate(-2), candidate(3)], 3),
        ([candidate(-9), candidate(-4)], -4),
        ([candidate(3), candidate(5, LockedFields.STORY), candidate(-1)], 5),
    ],
)
def test_the_oldest_stored_story_stays_or_one_that_an_admin_corrected(
    stories: list[StoryCandidate], survivor: int
) -> None:
    known = [report(number, one.story, story_items=number) for number, one in enumerate(stories, 2)]
    state = state_of(*known)
    assert state.merge(stories) == survivor
    assert {state.story_of(one) for one in known} == {survivor}
    assert state.item_count(survivor) == sum(one.story_items for one in known)
    assert {state.item_count(one.story_id) for one in known if one.story_id != survivor} == {0}


def test_items_are_counted_where_they_are_placed() -> None:
    state = state_of(report(1, 7, story_items=2), report(2, 7, story_items=5), report(3, 8, story_items=1))
    assert (state.item_count(7), state.item_count(8), state.item_count(9)) == (5, 1, 0)
    state.place(report(4, 7))
    assert (state.item_count(7), state.story_of(report(4))) == (6, 7)
    state.add_reports([report(1, 99, story_items=9)], {})  # known already
    assert (state.story_of(report(1)), state.item_count(99)) == (7, 0)
    state.place(report(5, 8))
    state.merge([candidate(7), candidate(8)])
    assert (state.item_count(7), state.item_count(8)) == (8, 0)


def test_a_group_moves_out_with_its_reprints() -> None:
    copy = report(4, 1, reprint_of=3)
    state = state_of(report(1, 1, story_items=4), report(2, 1), report(3, 1), copy, report(9, 1), unsaved={9})
    state.place(report(9, 1))
    state.move_out(report(9, 1), [3, 2, 9])
    assert [state.story_of(report(number)) for number in (1, 2, 3, 4, 9)] == [1, 2, 2, 2, 2]
    assert state.split_out == {9: (3, 2)}
    assert (state.item_count(1), state.item_count(2)) == (4, 1)


def test_a_group_that_is_not_stored_has_the_number_of_its_first_item() -> None:
    state = state_of(report(1, 1), report(8, 1), report(9, 1), unsaved={8, 9})
    state.place(report(8, 1))
    state.place(report(9, 1))
    state.move_out(report(9, 1), [9, 8])
    assert [state.story_of(report(number)) for number in (1, 8, 9)] == [1, -8, -8]
    assert state.split_out == {}
    assert (state.item_count(1), state.item_count(-8)) == (1, 2)


def test_a_story_whose_number_has_moved_is_not_split() -> None:
    state = state_of(report(2, 2), report(3, 1))
    state.merge([candidate(1), candidate(2)])
    state.move_out(report(3, 1), [2])
    assert state.story_of(report(2)) == 1


def test_doubt_needs_enough_reports_and_a_clear_difference() -> None:
    assert is_ambiguous([0.5, 0.1, 0.5, 0.1, 0.2])
    assert not is_ambiguous([0.5, 0.1, 0.5, 0.1])
    assert is_ambiguous([1.0, 1.0, 1.0, 0.6, 0.6, 0.6])
    assert not is_ambiguous([1.0, 1.0, 1.0, 0.61, 0.6, 0.6])


@given(st.permutations(range(7)))
def test_two_events_are_found_in_any_order(order: list[int]) -> None:
    alike = [[1.0 if a == b else 0.5 if (a < 4) == (b < 4) else 0.2 for b in order] for a in order]
    found = split_two_events(alike, order)
    assert found is not None
    assert sorted(map(sorted, found)) == [[0, 1, 2, 3], [4, 5, 6]]
    unlike = [[1.0 if a == b else 0.5 if (a < 4) == (b < 4) else 0.301 for b in order] for a in order]
    assert split_two_events(unlike, order) is None
