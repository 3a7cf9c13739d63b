"""Hotness: coverage and recency in one number that stays valid as time passes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import log

import pytest

from aggregator.steps.stories.hotness import DAY_TAU, REPRINT_WEIGHT, WEEK_TAU, hotness, min_hotness

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_one_report_is_as_hot_as_it_is_new() -> None:
    later = hotness([(1, NOW + DAY_TAU, None)], DAY_TAU)
    assert later - hotness([(1, NOW, None)], DAY_TAU) == pytest.approx(1.0)


def test_outlets_count_not_reports() -> None:
    once = hotness([(1, NOW, None)], DAY_TAU)
    assert hotness([(1, NOW, None), (1, NOW + HOUR, None), (1, NOW, 5)], DAY_TAU) == once
    assert hotness([(1, NOW, 5), (1, NOW + HOUR, None)], DAY_TAU) == once
    assert hotness([(1, NOW, None), (2, NOW, None)], DAY_TAU) > once


def test_a_reprint_counts_less_than_a_report() -> None:
    one = (1, NOW, None)
    assert hotness([one, (2, NOW, 7)], DAY_TAU) < hotness([one, (2, NOW, None)], DAY_TAU)
    assert hotness([(2, NOW, 7)], DAY_TAU) == pytest.approx(hotness([one], DAY_TAU) + log(REPRINT_WEIGHT))


def test_copies_of_one_text_are_one_voice_however_many() -> None:
    wire = [(1, NOW, None), *((n, NOW, 1) for n in range(2, 40))]
    sent = [(n, NOW, None) for n in range(1, 5)]
    assert hotness(sent, DAY_TAU) > hotness(wire, DAY_TAU) > hotness(wire[:3], DAY_TAU)
    two_wires = [(1, NOW, None), *((n, NOW, n % 2 + 1) for n in range(2, 6))]
    assert hotness(two_wires, DAY_TAU) > hotness(wire[:5], DAY_TAU)


def test_the_same_breadth_sooner_is_hotter() -> None:
    quick = [(n, NOW - n * HOUR / 10, None) for n in range(5)]
    slow = [(n, NOW - n * 5 * HOUR, None) for n in range(5)]
    assert hotness(quick, DAY_TAU) > hotness(slow, DAY_TAU)
    assert hotness(quick, WEEK_TAU) > hotness(slow, WEEK_TAU)


def test_the_order_of_stories_never_changes_as_time_goes_by() -> None:
    wide, new = [(n, NOW - 20 * HOUR, None) for n in range(9)], [(1, NOW, None), (2, NOW, None)]
    shifted = [[(n, at + 1000 * HOUR, r) for n, at, r in reports] for reports in (wide, new)]
    difference = hotness(wide, WEEK_TAU) - hotness(new, WEEK_TAU)
    assert hotness(shifted[0], WEEK_TAU) - hotness(shifted[1], WEEK_TAU) == pytest.approx(difference)
    assert difference > 0 > hotness(wide, DAY_TAU) - hotness(new, DAY_TAU) - 0.2


def test_the_least_heat_of_a_window_keeps_none_of_its_stories_out() -> None:
    wire = [(1, NOW - 1000 * HOUR, None), *((n, NOW - 999 * HOUR, 1) for n in range(2, 90)), (90, NOW, 1)]
    assert hotness(wire, DAY_TAU) >= min_hotness(NOW, DAY_TAU)
    assert hotness([(1, NOW - DAY_TAU * 3, 9)], DAY_TAU) < min_hotness(NOW, DAY_TAU)
