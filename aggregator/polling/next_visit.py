"""When the next visit pays, from what is known of a source's publishing. Pure; times are Unix seconds.

A visit pays when what is expected to be waiting has waited long enough, all together: the expected delay of news is
summed up from the visit before, and a visit is due when the sum reaches a budget. For a steady source this makes the
interval follow the square root of its silence, which of all rules with as many visits has the least delay on the
average; where the rate changes with the hour it waits out the night and comes soon after a daily upload.

The budget follows from ``[polling] interval``: a source that publishes once an hour is visited that often.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from aggregator.polling.publishing_profile import DAY, PRIOR_RATE, PublishingProfile, expected_rates

MAX_NEW_SHARE = 0.5  # a visit is due at the latest when so much of the document is expected to be new


@dataclass(frozen=True, slots=True)
class NextVisit:
    """``seconds`` until the next visit, ``items`` expected by then, ``last_rate`` (a second) at its end."""

    seconds: float
    items: float
    last_rate: float


def next_visit(
    profile: PublishingProfile, now: float, offset: float, base_interval: float, max_seconds: float
) -> NextVisit:
    """How long to wait after a visit at ``now``; ``interval``: for a source with one item an hour."""
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
    """When so many waiting items, and those to come, have been delayed for ``left`` item-seconds."""
    if rate <= 0:
        return delay_budget / waiting if waiting > 0 else math.inf
    return (math.sqrt(waiting**2 + 2 * rate * delay_budget) - waiting) / rate


def typical_interval(profile: PublishingProfile, base_interval: float) -> float:
    """The interval that would suit the source if all hours were alike, in seconds."""
    return base_interval * math.sqrt(PRIOR_RATE / max(profile.per_day, 1e-6))
