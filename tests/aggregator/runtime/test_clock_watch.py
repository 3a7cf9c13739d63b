"""The wall clock is compared with one that only runs."""

from __future__ import annotations

from datetime import UTC, datetime

from aggregator.runtime.clock_watch import ClockWatch


def test_only_a_clock_that_was_set_has_jumped() -> None:
    wall, steady = 1_000_000.0, 50.0
    watch = ClockWatch(lambda: datetime.fromtimestamp(wall, UTC), lambda: steady)
    wall, steady = wall + 5.5, steady + 5  # drifts
    assert watch.check() == 0.0
    wall, steady = wall - 7200 + 5, steady + 5
    assert round(watch.check()) == -7200
    wall, steady = wall + 5, steady + 5
    assert watch.check() == 0.0
