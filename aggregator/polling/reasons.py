"""Choose the reason for the next poll time. Pure."""

from __future__ import annotations

from aggregator.messages import Message, poll_reasons
from aggregator.polling.next_visit import NextVisit
from aggregator.polling.publishing_profile import DAY, PublishingProfile

_AHEAD = 3.0  # ratio of the rate at the end of a wait to its average, from which the reason is that hour
_RATES = (
    (3600.0, poll_reasons.PER_HOUR),
    (DAY, poll_reasons.PER_DAY),
    (7 * DAY, poll_reasons.PER_WEEK),
    (30 * DAY, poll_reasons.PER_MONTH),
)


def expected(planned: NextVisit, profile: PublishingProfile) -> Message:
    """Return the reason for a wait that follows from what a source publishes."""
    mean = planned.items / planned.seconds if planned.seconds > 0 else planned.last_rate
    if planned.seconds > 3600 and planned.last_rate > _AHEAD * mean and planned.last_rate * 3600 >= 0.5:
        return poll_reasons.USUAL_HOUR()
    usual = profile.per_day / DAY
    if mean * DAY < profile.per_day / 3:
        return poll_reasons.QUIET_HOUR(rate=_rate(usual))
    if mean * 3600 >= 1:
        return poll_reasons.RATE_NOW(rate=_rate(mean))
    return poll_reasons.RATE(rate=_rate(usual))


def _rate(rate: float) -> Message:
    """Return a rate (items a second) as a message."""
    for seconds, code in _RATES:
        if (number := rate * seconds) >= 0.95:
            return code(count=round(number))
    return poll_reasons.RARELY()


def failed(failures: int, *, busy: bool) -> Message:
    """Return the reason for a wait that follows from failures in a row."""
    if failures == 1:
        return poll_reasons.BUSY_ONCE() if busy else poll_reasons.FAILED_ONCE()
    return poll_reasons.BUSY(times=failures) if busy else poll_reasons.FAILED(times=failures)
