"""Compute the time to the next poll from the publishing profile. Pure; times are Unix seconds.

A poll is due when the expected delay of the items that wait, accumulated since the last poll, reaches a budget. For a
constant rate the interval is proportional to the inverse square root of the rate, which minimizes the average delay for
a given number of polls. For a varying rate the poll waits out the night and comes soon after a daily upload.

The budget is such that a source with one item an hour is polled every ``[polling] interval``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from aggregator.polling.publishing_profile import DAY, PRIOR_RATE, PublishingProfile, expected_rates

MAX_NEW_SHARE = 0.5  # poll at the latest when this share of the document is expected to be new


@dataclass(frozen=True, slots=True)
class NextVisit:
    """``seconds`` until the next poll, ``items`` expected by then, ``last_rate`` (items a second) at its end."""

    seconds: float
    items: float
    last_rate: float


def next_visit(
    profile: PublishingProfile, now: float, offset: float, base_interval: float, max_seconds: float
) -> NextVisit:
    """Return the next poll after one at ``now``. ``interval``: seconds for a source with one item an hour."""
    left = PRIOR_RATE / DAY * base_interval**2 / 2  # item-seconds of delay
    most = max(profile.document_entries * MAX_NEW_SHARE, 1.0) if profile.document_entries else math.inf
    passed, waiting, rate = 0.0, 0.0, 0.0
    for span, rate in expected_rates(profile, now, offset):
        seconds = min(span, max_seconds - passed)
        due = min(_seconds_until_delay(waiting, rate, left), (most - waiting) / rate if rate > 0 else math.inf)
        if due <= seconds:
            return NextVisit(passed + due, waiting + rate * due, rate)
        left -= waiting * seconds + rate * seconds**2 / 2
        waiting += rate * seconds
        passed += seconds
        if passed >= max_seconds:
            break
    return NextVisit(max_seconds, waiting, rate)


def _seconds_until_delay(waiting: float, rate: float, delay_budget: float) -> float:
    """Return the seconds until waiting and coming items have accumulated ``left`` item-seconds of delay."""
    if rate <= 0:
        return delay_budget / waiting if waiting > 0 else math.inf
    return (math.sqrt(waiting**2 + 2 * rate * delay_budget) - waiting) / rate


def typical_interval(profile: PublishingProfile, base_interval: float) -> float:
    """Return the interval in seconds that would suit the source if all hours were alike."""
    return base_interval * math.sqrt(PRIOR_RATE / max(profile.per_day, 1e-6))
