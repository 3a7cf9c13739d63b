"""The rate limit by client address."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web.fixture_site import NOW
from web.http.throttle import MAX_ADDRESSES, Throttle

MINUTE = timedelta(minutes=1)


def test_it_pauses_until_the_oldest_event_leaves_the_window() -> None:
    throttle = Throttle(2, 10 * MINUTE)
    throttle.record("192.0.2.1", NOW)
    assert throttle.seconds_to_wait("192.0.2.1", NOW) == 0
    throttle.record("192.0.2.1", NOW + MINUTE)
    assert throttle.seconds_to_wait("192.0.2.1", NOW + 2 * MINUTE) == 8 * 60 + 1
    assert throttle.seconds_to_wait("192.0.2.2", NOW + 2 * MINUTE) == 0
    assert throttle.seconds_to_wait("192.0.2.1", NOW + 10 * MINUTE) == 0
    throttle.record("192.0.2.1", NOW + 10 * MINUTE)
    throttle.clear("192.0.2.1")
    assert throttle.seconds_to_wait("192.0.2.1", NOW + 10 * MINUTE) == 0


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
    throttle.record(first, NOW)
    assert bool(throttle.seconds_to_wait(second, NOW)) == same


def test_it_keeps_a_bounded_number_of_addresses() -> None:
    throttle = Throttle(2, MINUTE)
    for number in range(MAX_ADDRESSES + 50):
        for _ in range(2):
            throttle.record(str(number), NOW)
    waiting = [number for number in range(MAX_ADDRESSES + 50) if throttle.seconds_to_wait(str(number), NOW)]
    assert waiting == list(range(50, MAX_ADDRESSES + 50))
