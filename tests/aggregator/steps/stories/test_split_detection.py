from __future__ import annotations

import pytest

from aggregator.steps.stories.event_split import is_ambiguous, split_two_events


def blocks(sizes: tuple[int, ...], within: float, across: float) -> list[list[float]]:
    event = [number for number, size in enumerate(sizes) for _ in range(size)]
    return [
        [1.0 if row == column else within if a == b else across for column, b in enumerate(event)]
        for row, a in enumerate(event)
    ]


def test_two_events_are_told_apart_at_any_scale() -> None:
    for scale in (1.0, 0.2):
        found = split_two_events(blocks((4, 3), 0.5 * scale, 0.2 * scale), [11, 12, 13, 14, 21, 22, 23])
        assert found is not None
        assert sorted(map(sorted, found)) == [[11, 12, 13, 14], [21, 22, 23]]


@pytest.mark.parametrize(
    "alike",
    [
        blocks((7,), 0.3, 0.0),  # one event
        blocks((4, 3), 0.3, 0.25),  # one event, reported from two points of view
        blocks((5, 2), 0.5, 0.1),  # two reports are too few for an event
        blocks((6, 1), 0.5, 0.0),  # one report that differs from all others
    ],
)
def test_one_event_stays_whole(alike: list[list[float]]) -> None:
    assert split_two_events(alike, range(len(alike))) is None


def test_doubt_takes_a_report_that_is_unlike_several_others() -> None:
    assert is_ambiguous([0.5, 0.5, 0.5, 0.1, 0.1, 0.1])
    assert not is_ambiguous([0.5, 0.45, 0.4, 0.4, 0.4, 0.35])
    assert not is_ambiguous([0.5, 0.5, 0.1, 0.1])
