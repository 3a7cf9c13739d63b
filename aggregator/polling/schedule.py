"""When to come back. Pure: the clock and the dice are arguments.

The rhythm of a source follows what it publishes and when (``profile``, ``rhythm``); a fixed ``interval`` of the source
is kept as it is. Errors double the wait each time and leave the rhythm alone, so a source that recovers is back in it
at once. What publishers ask for (``wishes``) only ever lengthens a wait.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from aggregator.messages import Message, poll_reasons
from aggregator.model import Digest, Failed, Fetched, NotModified, Poll, State, Validators
from aggregator.polling import reasons
from aggregator.polling.next_visit import typical_interval, wait
from aggregator.polling.publisher_hints import awake, least_wait, with_hints
from aggregator.polling.publishing_profile import Profile, learn, learn_first, offset_of

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
    """What a visit means for the next one. ``next_poll`` None: never again; ``interval`` what suits the source on the
    average of a day; ``why`` the reason for ``next_poll``."""

    next_poll: datetime | None
    interval: timedelta
    failures: int
    state: State
    why: Message
    profile: bytes | None = None  # None: nothing learnt


def after_poll(
    poll: Poll,
    outcome: Fetched | NotModified | Failed,
    *,
    settings: Pace,
    found: Digest | None = None,
    newest: timedelta | None = None,
    now: datetime,
    rng: random.Random,
) -> Rhythm:
    """The rhythm after one visit that ended at ``now``; ``found``: what was read, None where the document was the same
    as before; ``newest`` the age of the newest item of all, where known."""
    state = state_of(outcome, settings=settings, newest=newest)
    if isinstance(outcome, Failed):
        return _after_failure(poll, outcome, state, settings, now, rng)
    profile = learnt(poll, found, now)
    interval = _typical(poll, profile, settings)
    when, why = _next(poll, outcome, profile, settings, now, rng)
    return Rhythm(when, interval, 0, state, why, profile.pack())


def learnt(poll: Poll, found: Digest | None, now: datetime) -> Profile:
    """What is known of the source's publishing after a visit at ``now`` that succeeded."""
    before, end = Profile.unpack(poll.profile), now.timestamp()
    offset = offset_of(now.astimezone(ZoneInfo(poll.source.timezone)))
    dates = [date.timestamp() if date else None for date in found.arrivals] if found else []
    if poll.last_success is None or not before.since:
        profile = replace(learn_first(dates, end, offset), since=end)
    elif poll.pushed:  # its news came by another way: that a visit finds none says nothing
        profile = before
    else:
        profile = learn(before, _seen_since(poll.last_success, found, dates), end, dates, offset)
    if found is None:
        return profile
    return with_hints(profile, found.hints_seconds, found.skip_hours, found.skip_days, found.entries)


def _seen_since(last: datetime, found: Digest | None, dates: list[float | None]) -> float:
    """Since when nothing was missed: the visit before or, where everything in the document is new, its oldest date."""
    known = [date for date in dates if date is not None]
    if found is not None and known and len(dates) >= found.entries:
        return max(last.timestamp(), min(known) - 1)
    return last.timestamp()


def _next(
    poll: Poll,
    outcome: Fetched | NotModified,
    profile: Profile,
    settings: Pace,
    now: datetime,
    rng: random.Random,
) -> tuple[datetime, Message]:
    drawn, why = _own_wait(poll, profile, settings, now, rng)
    wish = least_wait(outcome.headers, profile, settings.minimum, _longest(settings), now)
    if drawn < wish.wait:
        drawn, why = wish.wait * rng.uniform(1, 1 + JITTER), wish.why or why
    moment = now + drawn
    rested = awake(profile, moment, now + _longest(settings))
    if rested > moment:
        moment, why = rested + drawn * rng.uniform(0, JITTER), poll_reasons.SKIPPED()
    return moment, why


def _own_wait(
    poll: Poll, profile: Profile, settings: Pace, now: datetime, rng: random.Random
) -> tuple[timedelta, Message]:
    """The wait that suits the source, with jitter, and why."""
    dice = rng.uniform(1 - JITTER, 1 + JITTER)
    if poll.source.interval is not None:
        return max(poll.source.interval, settings.minimum) * dice, poll_reasons.FIXED()
    if poll.pushed:
        return _longest(settings) * dice, poll_reasons.PUSHED()
    offset = offset_of(now.astimezone(ZoneInfo(poll.source.timezone)))
    # The dice weigh the patience, not the wait: however long that is, what is expected at an hour is met soon after.
    patience = settings.interval.total_seconds() * dice
    planned = wait(profile, now.timestamp(), offset, patience, _longest(settings).total_seconds())
    known_for = timedelta(seconds=max(now.timestamp() - profile.since, 0.0))
    trusted = max(settings.interval, known_for)  # nobody is left alone for longer than they have been known
    seconds = timedelta(seconds=planned.seconds)
    if seconds > trusted:
        return _within(trusted, settings) * dice, poll_reasons.NEW()
    longest = _longest(settings)
    if seconds >= longest:
        seconds = longest * rng.uniform(1 - JITTER, 1)
    return max(seconds, settings.minimum * rng.uniform(1, 1 + JITTER)), reasons.expected(planned, profile)


def _after_failure(
    poll: Poll, outcome: Failed, state: State, settings: Pace, now: datetime, rng: random.Random
) -> Rhythm:
    failures = poll.failures + 1
    interval = present_interval(poll, settings)
    if state is State.GONE:
        return Rhythm(None, interval, failures, state, poll_reasons.GONE())
    busy = outcome.kind == "busy"
    drawn = back_off(interval, failures, settings, busy=busy) * rng.uniform(1 - JITTER, 1 + JITTER)
    floor, why = outcome.retry_after or timedelta(0), reasons.failed(failures, busy=busy)
    if drawn < floor:
        drawn, why = floor * rng.uniform(1, 1 + JITTER), poll_reasons.RETRY_AFTER()
    return Rhythm(now + drawn, interval, failures, state, why)


def present_interval(poll: Poll, settings: Pace) -> timedelta:
    """The interval a source has now: its own, the common one before the first success, or the one found since."""
    if poll.source.interval is not None:
        return max(poll.source.interval, settings.minimum)
    return _within(settings.interval if poll.last_success is None else poll.interval, settings)


def back_off(interval: timedelta, failures: int, settings: Pace, *, busy: bool) -> timedelta:
    """The wait after so many failures in a row (1 or more): the interval, but first no more than the common one, for
    most trouble is short; doubled for each further one, never more than the maximum. A server that says it is busy
    counts as one further failure."""
    doublings = min(failures - 1 + busy, _DOUBLINGS)
    first = min(interval, max(settings.interval, settings.minimum))
    longest = max(settings.maximum, interval)
    return longest if first > longest / 2**doublings else first * 2**doublings


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


def _typical(poll: Poll, profile: Profile, settings: Pace) -> timedelta:
    if poll.source.interval is not None:
        return max(poll.source.interval, settings.minimum)
    seconds = typical_interval(profile, settings.interval.total_seconds())
    return _within(timedelta(seconds=min(seconds, _longest(settings).total_seconds())), settings)


def _longest(settings: Pace) -> timedelta:
    return max(settings.maximum, settings.minimum)


def _within(interval: timedelta, settings: Pace) -> timedelta:
    return min(max(interval, settings.minimum), _longest(settings))
