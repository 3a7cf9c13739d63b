"""Heat: breadth and freshness in one number that holds for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import log

import pytest

from aggregator.steps.stories.hotness import DAY, REPRINT_WEIGHT, WEEK, heat, least_heat

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_one_report_is_as_hot_as_it_is_new() -> None:
    later = heat([(1, NOW + DAY, None)], DAY)
    assert later - heat([(1, NOW, None)], DAY) == pytest.approx(1.0)


def test_outlets_count_not_reports() -> None:
    once = heat([(1, NOW, None)], DAY)
    assert heat([(1, NOW, None), (1, NOW + HOUR, None), (1, NOW, 5)], DAY) == once
    assert heat([(1, NOW, 5), (1, NOW + HOUR, None)], DAY) == once
    assert heat([(1, NOW, None), (2, NOW, None)], DAY) > once


def test_a_reprint_counts_less_than_a_report() -> None:
    one = (1, NOW, None)
    assert heat([one, (2, NOW, 7)], DAY) < heat([one, (2, NOW, None)], DAY)
    assert heat([(2, NOW, 7)], DAY) == pytest.approx(heat([one], DAY) + log(REPRINT_WEIGHT))


def test_copies_of_one_text_are_one_voice_however_many() -> None:
    wire = [(1, NOW, None), *((n, NOW, 1) for n in range(2, 40))]
    sent = [(n, NOW, None) for n in range(1, 5)]
    assert heat(sent, DAY) > heat(wire, DAY) > heat(wire[:3], DAY)
    two_wires = [(1, NOW, None), *((n, NOW, n % 2 + 1) for n in range(2, 6))]
    assert heat(two_wires, DAY) > heat(wire[:5], DAY)


def test_the_same_breadth_sooner_is_hotter() -> None:
    quick = [(n, NOW - n * HOUR / 10, None) for n in range(5)]
    slow = [(n, NOW - n * 5 * HOUR, None) for n in range(5)]
    assert heat(quick, DAY) > heat(slow, DAY)
    assert heat(quick, WEEK) > heat(slow, WEEK)


def test_the_order_of_stories_never_changes_as_time_goes_by() -> None:
    wide, new = [(n, NOW - 20 * HOUR, None) for n in range(9)], [(1, NOW, None), (2, NOW, None)]
    shifted = [[(n, at + 1000 * HOUR, r) for n, at, r in reports] for reports in (wide, new)]
    difference = heat(wide, WEEK) - heat(new, WEEK)
    assert heat(shifted[0], WEEK) - heat(shifted[1], WEEK) == pytest.approx(difference)
    assert difference > 0 > heat(wide, DAY) - heat(new, DAY) - 0.2


def test_the_least_heat_of_a_window_keeps_none_of_its_stories_out() -> None:
    wire = [(1, NOW - 1000 * HOUR, None), *((n, NOW - 999 * HOUR, 1) for n in range(2, 90)), (90, NOW, 1)]
    assert heat(wire, DAY) >= least_heat(NOW, DAY)
    assert heat([(1, NOW - DAY * 3, 9)], DAY) < least_heat(NOW, DAY)
