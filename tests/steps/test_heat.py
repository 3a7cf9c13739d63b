"""Heat: breadth and freshness in one number that holds for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.steps.heat import DAY, REPRINT_WEIGHT, WEEK, heat, least_heat

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_one_report_is_as_hot_as_it_is_new() -> None:
    later = heat([(1, NOW + DAY, False)], DAY)
    assert later - heat([(1, NOW, False)], DAY) == pytest.approx(1.0)


def test_outlets_count_not_reports() -> None:
    once = heat([(1, NOW, False)], DAY)
    assert heat([(1, NOW, False), (1, NOW + HOUR, False), (1, NOW, True)], DAY) == once
    assert heat([(1, NOW, False), (2, NOW, False)], DAY) > once


def test_a_reprint_counts_less_than_a_report() -> None:
    one = (1, NOW, False)
    assert heat([one, (2, NOW, True)], DAY) < heat([one, (2, NOW, False)], DAY)
    assert heat([one, (2, NOW, True), (3, NOW, True)], DAY) == pytest.approx(heat([one, (2, NOW, False)], DAY))
    assert REPRINT_WEIGHT == 0.5


def test_the_order_of_stories_never_changes_as_time_goes_by() -> None:
    wide, new = [(n, NOW - 20 * HOUR, False) for n in range(9)], [(1, NOW, False), (2, NOW, False)]
    shifted = [[(n, at + 1000 * HOUR, r) for n, at, r in reports] for reports in (wide, new)]
    difference = heat(wide, WEEK) - heat(new, WEEK)
    assert heat(shifted[0], WEEK) - heat(shifted[1], WEEK) == pytest.approx(difference)
    assert difference > 0 > heat(wide, DAY) - heat(new, DAY) - 0.2


def test_the_least_heat_of_a_window_keeps_none_of_its_stories_out() -> None:
    assert heat([(1, NOW, True)], DAY) >= least_heat(NOW, DAY)
    assert heat([(1, NOW - HOUR, True)], DAY) < least_heat(NOW, DAY)
