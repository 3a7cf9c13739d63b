"""When to come back. Pure: the clock and the dice are arguments.

The rhythm of a source follows what it publishes. A visit that finds news shortens the interval to two thirds (to a
half when there is a lot), one that finds none lengthens it by a quarter; so it settles where about every third visit
brings something, and a report waits half the time between two reports at most. A fixed ``interval`` of the source is
kept as it is. Errors double the wait each time and leave the rhythm alone, so a source that recovers is back in it at
once. What publishers ask for (Cache-Control, Expires, Retry-After, ttl) only ever lengthens a wait.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from aggregator.headers import freshness, retry_after
from aggregator.model import Failed, Fetched, NotModified, Poll, State, Validators

NEWS, MUCH_NEWS, SILENCE = 2 / 3, 1 / 2, 5 / 4
MUCH = 5  # new items at one visit
FIRST_STEP = 4.0  # the first visit may change the interval by so much, on the evidence of the dates it finds
JITTER = 0.1
UNCONDITIONAL = 0.01  # the share of requests without validators
STALE = timedelta(days=30)  # without anything new

_DOUBLINGS = 20  # beyond this any interval has reached the maximum


class Pace(Protocol):
    """What is needed of ``config.polling``."""

    @property
    def interval(self) -> timedelta: ...
    @property
    def minimum(self) -> timedelta: ...
    @property
    def maximum(self) -> timedelta: ...
    @property
    def timeout(self) -> timedelta: ...


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a visit means for the next one. ``next_poll`` None: never again."""

    next_poll: datetime | None
    interval: timedelta
    failures: int
    state: State


def after_poll(
    poll: Poll,
    outcome: Fetched | NotModified | Failed,
    *,
    settings: Pace,
    new_items: int = 0,
    ages: Sequence[timedelta] = (),
    newest: timedelta | None = None,
    hints_seconds: int | None = None,
    now: datetime,
    rng: random.Random,
) -> Rhythm:
    """The rhythm after one visit that ended at ``now``.

    ``ages`` are those of the new items with a date (looked at on the first success only), ``newest`` the age of the
    newest item of all, where known; ``hints_seconds`` the update interval the document names.
    """
    state = state_of(outcome, settings=settings, newest=newest)
    if isinstance(outcome, Failed):
        failures = poll.failures + 1
        interval = present_interval(poll, settings)
        if state is State.GONE:
            return Rhythm(None, interval, failures, state)
        wait = back_off(interval, failures, settings, busy=outcome.kind == "busy")
        return Rhythm(now + _jittered(wait, outcome.retry_after or timedelta(0), rng), interval, failures, state)
    interval = next_interval(poll, new_items, ages, settings)
    floor = least_wait(outcome.headers, hints_seconds, settings, now)
    return Rhythm(now + _jittered(interval, floor, rng), interval, 0, state)


def present_interval(poll: Poll, settings: Pace) -> timedelta:
    """The interval a source has now: its own, the common one before the first success, or the one found since."""
    if poll.source.interval is not None:
        return max(poll.source.interval, settings.minimum)
    return _within(settings.interval if poll.last_success is None else poll.interval, settings)


def next_interval(poll: Poll, new_items: int, ages: Sequence[timedelta], settings: Pace) -> timedelta:
    """The interval after a successful visit."""
    interval = present_interval(poll, settings)
    if poll.source.interval is not None:
        return interval
    if poll.last_success is None:
        return _within(_first_guess(interval, ages), settings)
    news = MUCH_NEWS if new_items >= MUCH else NEWS
    return _within(interval * (news if new_items else SILENCE), settings)


def back_off(interval: timedelta, failures: int, settings: Pace, *, busy: bool) -> timedelta:
    """The wait after so many failures in a row (1 or more): the interval, doubled for each further one, never more
    than the maximum. A server that says it is busy counts as one further failure."""
    doublings = min(failures - 1 + busy, _DOUBLINGS)
    longest = max(settings.maximum, interval)
    return longest if interval > longest / 2**doublings else interval * 2**doublings


def least_wait(headers: dict[str, str], hints_seconds: int | None, settings: Pace, now: datetime) -> timedelta:
    """The wait that the publisher asks for: caching and hints count up to the maximum, Retry-After up to a day."""
    hint = timedelta(seconds=max(hints_seconds or 0, 0))
    fresh = freshness(headers, now) or timedelta(0)
    return max(settings.minimum, min(max(hint, fresh), settings.maximum), retry_after(headers, now) or timedelta(0))


def state_of(outcome: Fetched | NotModified | Failed, *, settings: Pace, newest: timedelta | None = None) -> State:
    """Health as the last visit showed it: slow when it took over a third of the time limit, or nothing is new for
    a month."""
    if isinstance(outcome, Failed):
        return State.GONE if outcome.kind == "gone" else State.FAILING
    slow = outcome.elapsed > settings.timeout.total_seconds() / 3
    return State.SLOW if slow or (newest is not None and newest > STALE) else State.OK


def moved(poll: Poll, outcome: Fetched | NotModified | Failed) -> tuple[str | None, int]:
    """Where permanent redirects led, and how often in a row (the store goes straight there when it was often enough).
    A failure neither confirms nor denies it."""
    if isinstance(outcome, Failed):
        return poll.moved_to, poll.moved_count
    if outcome.moved_to is None:
        # Asked at its new address a moved source redirects no more: that is no return to the old one.
        return (poll.moved_to, poll.moved_count) if poll.url == poll.moved_to else (None, 0)
    return outcome.moved_to, poll.moved_count + 1 if outcome.moved_to == poll.moved_to else 1


def to_send(validators: Validators, rng: random.Random) -> Validators:
    """What to make the next request conditional by: one in a hundred asks for everything, for there are servers that
    answer 304 for ever. The hash of the body is kept to tell whether it really changed."""
    return Validators(body_hash=validators.body_hash) if rng.random() < UNCONDITIONAL else validators


def _first_guess(interval: timedelta, ages: Sequence[timedelta]) -> timedelta:
    """Half the usual time between two items: half of the items are younger than the median age."""
    past = sorted(age for age in ages if age > timedelta(0))
    if len(past) < 3:
        return interval
    guess = past[len(past) // 2] / len(past)
    return min(max(guess, interval / FIRST_STEP), interval * FIRST_STEP)


def _within(interval: timedelta, settings: Pace) -> timedelta:
    return min(max(interval, settings.minimum), max(settings.maximum, settings.minimum))


def _jittered(wait: timedelta, floor: timedelta, rng: random.Random) -> timedelta:
    """Never the same moment for all, and never before ``floor``."""
    drawn = wait * rng.uniform(1 - JITTER, 1 + JITTER)
    return drawn if drawn >= floor else floor * rng.uniform(1, 1 + JITTER)
