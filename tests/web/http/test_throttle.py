"""The rate limit by client address."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web.monotonic_clock import MonotonicClock
from web.http import throttle as module
from web.http.throttle import Throttle

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> MonotonicClock:
    return MonotonicClock.install(monkeypatch)


def test_it_allows_as_many_again_in_the_course_of_the_period(clock: MonotonicClock) -> None:
    throttle = Throttle(2, 10 * MINUTE)
    assert throttle.record("192.0.2.1") == 0
    assert throttle.seconds_to_wait("192.0.2.1") == 0
    clock.seconds += 60
    assert throttle.record("192.0.2.1") == 0
    assert throttle.seconds_to_wait("192.0.2.1") == throttle.record("192.0.2.1") == 4 * 60
    assert throttle.seconds_to_wait("192.0.2.2") == 0
    clock.seconds += 4 * 60
    assert throttle.record("192.0.2.1") == 0
    assert throttle.record("192.0.2.1") == 5 * 60


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("", "", True),
    ],
)
def test_the_addresses_of_one_client_count_together(first: str, second: str, same: bool) -> None:
    throttle = Throttle(1, MINUTE)
    throttle.record(first)
    assert bool(throttle.seconds_to_wait(second)) == same


def test_it_keeps_a_bounded_number_of_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CLIENTS", 20)
    throttle = Throttle(1, MINUTE)
    for number in range(30):
        throttle.record(str(number))
    waiting = [number for number in range(30) if throttle.seconds_to_wait(str(number))]
    assert waiting == list(range(10, 30))
