"""Why a source is visited when it is, in words that go on from "because it". Pure."""

from __future__ import annotations

from aggregator.polling.next_visit import Wait
from aggregator.polling.publishing_profile import DAY, Profile

FIXED = "has an interval of its own in config.toml"
PUSHED = "has its news pushed by a hub; visits are only a check"
NEW = "is new here and has yet to show how often it publishes"
SKIPPED = "asks for no visits at these hours (skipHours, skipDays)"
RETRY_AFTER = "asked to wait by Retry-After"
GONE = "answered 410, gone for good"

_AHEAD = 3.0  # so many times more at the end of a wait than on its average: that is what the visit waits for


def expected(planned: Wait, profile: Profile) -> str:
    """For a wait that follows from what a source publishes."""
    mean = planned.items / planned.seconds if planned.seconds > 0 else planned.last_rate
    if planned.seconds > 3600 and planned.last_rate > _AHEAD * mean and planned.last_rate * 3600 >= 0.5:
        return "usually publishes next at that hour"
    if mean * DAY < profile.per_day / 3:
        return f"publishes little at this time of day, {_often(profile.per_day / DAY)} on average"
    if mean * 3600 >= 1:
        return f"publishes {_often(mean)} at this time of day"
    return f"publishes {_often(profile.per_day / DAY)}"


def _often(rate: float) -> str:
    """``rate`` in items a second."""
    for seconds, name in ((3600.0, "an hour"), (DAY, "a day"), (7 * DAY, "a week"), (30 * DAY, "a month")):
        if (number := rate * seconds) >= 0.95:
            return f"about {round(number)} {name}"
    return "less than once a month"


def failed(failures: int, *, busy: bool) -> str:
    """For a wait that follows from failures in a row."""
    times = "failed" if failures == 1 else f"failed {failures} times in a row"
    return f"{times} with the server busy" if busy else times
