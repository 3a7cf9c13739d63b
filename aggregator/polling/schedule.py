"""Plan the next poll. Pure: ``now`` and ``rng`` are arguments.

The interval follows what a source publishes and when (``publishing_profile``, ``next_visit``); a configured interval is
kept. Errors double the wait each time and leave the profile alone, so that a source that recovers is back on its
schedule at once. Publishers' requests (``publisher_hints``) only lengthen a wait.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from aggregator.messages import Message, poll_reasons
from aggregator.model import Failed, Fetched, NotModified, ParsedDocument, Poll, SourceState, Validators
from aggregator.polling import reasons
from aggregator.polling.next_visit import next_visit, typical_interval
from aggregator.polling.publisher_hints import apply_hints, min_wait, skip_until
from aggregator.polling.publishing_profile import PublishingProfile, learn_first_document, learn_poll, utc_offset_of

JITTER = 0.1
UNCONDITIONAL_SHARE = 0.01  # share of requests without validators

_MAX_DOUBLINGS = 20  # beyond this every interval is at the maximum


class PollingLimits(Protocol):
    """The values of ``[polling]`` that planning needs."""

    @property
    def interval(self) -> timedelta: ...
    @property
    def minimum(self) -> timedelta: ...
    @property
    def maximum(self) -> timedelta: ...
    @property
    def timeout(self) -> timedelta: ...


@dataclass(frozen=True, slots=True)
class NextPoll:
    """Result of planning: ``next_poll`` (None: never again), ``interval`` that suits the source on the average of a
    day, and ``why``, the reason for ``next_poll``.
    """

    next_poll: datetime | None
    interval: timedelta
    failures: int
    state: SourceState
    why: Message
    profile: bytes | None = None  # None: unchanged


def plan_next_poll(
    poll: Poll,
    outcome: Fetched | NotModified | Failed,
    *,
    settings: PollingLimits,
    parsed: ParsedDocument | None = None,
    now: datetime,
    rng: random.Random,
) -> NextPoll:
    """Return the schedule after a poll that ended at ``now``.

    ``parsed``: the document, None if it was unchanged.
    """
    state = source_state(outcome, settings=settings)
    if isinstance(outcome, Failed):
        return _plan_after_failure(poll, outcome, state, settings, now, rng)
    profile = updated_profile(poll, parsed, now)
    interval = _steady_interval(poll, profile, settings)
    when, why = _next_poll_time(poll, outcome, profile, settings, now, rng)
    return NextPoll(when, interval, 0, state, why, profile.pack())


def updated_profile(poll: Poll, parsed: ParsedDocument | None, now: datetime) -> PublishingProfile:
    """Return the publishing profile after a successful poll at ``now``."""
    before, end = PublishingProfile.unpack(poll.profile), now.timestamp()
    offset = utc_offset_of(now.astimezone(ZoneInfo(poll.source.timezone)))
    dates = [date.timestamp() if date else None for date in parsed.new_item_dates] if parsed else []
    if poll.last_success is None or not before.first_success_at:
        profile = replace(learn_first_document(dates, end, offset), first_success_at=end)
    elif poll.covered_by_push:  # items arrived by WebSub: a poll without new items says nothing
        profile = before
    else:
        profile = learn_poll(before, _observed_since(poll.last_success, parsed, dates), end, dates, offset)
    if parsed is None:
        return profile
    return apply_hints(profile, parsed.update_interval_seconds, parsed.skip_hours, parsed.skip_days, parsed.entry_count)


def _observed_since(last: datetime, parsed: ParsedDocument | None, dates: list[float | None]) -> float:
    """Return since when nothing was missed: the last poll or, if every entry is new, the oldest date."""
    known = [date for date in dates if date is not None]
    if parsed is not None and known and len(dates) >= parsed.entry_count:
        return max(last.timestamp(), min(known) - 1)
    return last.timestamp()


def _next_poll_time(
    poll: Poll,
    outcome: Fetched | NotModified,
    profile: PublishingProfile,
    settings: PollingLimits,
    now: datetime,
    rng: random.Random,
) -> tuple[datetime, Message]:
    drawn, why = _natural_wait(poll, profile, settings, now, rng)
    wish = min_wait(outcome.headers, profile, settings.minimum, _max_interval(settings), now)
    if drawn < wish.min_wait:
        drawn, why = wish.min_wait * rng.uniform(1, 1 + JITTER), wish.why or why
    moment = now + drawn
    rested = skip_until(profile, moment, now + _max_interval(settings))
    if rested > moment:
        moment, why = rested + drawn * rng.uniform(0, JITTER), poll_reasons.SKIPPED()
    return moment, why


def _natural_wait(
    poll: Poll, profile: PublishingProfile, settings: PollingLimits, now: datetime, rng: random.Random
) -> tuple[timedelta, Message]:
    """Return the wait that suits the source, with jitter, and its reason."""
    dice = rng.uniform(1 - JITTER, 1 + JITTER)
    if poll.source.interval is not None:
        return max(poll.source.interval, settings.minimum) * dice, poll_reasons.FIXED()
    if poll.covered_by_push:
        return _max_interval(settings) * dice, poll_reasons.PUSHED()
    offset = utc_offset_of(now.astimezone(ZoneInfo(poll.source.timezone)))
    # The jitter scales the budget, not the wait: polls expected at an hour stay close to it, however long the wait.
    patience = settings.interval.total_seconds() * dice
    planned = next_visit(profile, now.timestamp(), offset, patience, _max_interval(settings).total_seconds())
    known_for = timedelta(seconds=max(now.timestamp() - profile.first_success_at, 0.0))
    trusted = max(settings.interval, known_for)  # no wait is longer than the source has been known
    seconds = timedelta(seconds=planned.seconds)
    if seconds > trusted:
        return _clamp_interval(trusted, settings) * dice, poll_reasons.NEW()
    longest = _max_interval(settings)
    if seconds >= longest:
        seconds = longest * rng.uniform(1 - JITTER, 1)
    return max(seconds, settings.minimum * rng.uniform(1, 1 + JITTER)), reasons.expected(planned, profile)


def _plan_after_failure(
    poll: Poll, outcome: Failed, state: SourceState, settings: PollingLimits, now: datetime, rng: random.Random
) -> NextPoll:
    failures = poll.failures + 1
    interval = current_interval(poll, settings)
    if state is SourceState.GONE:
        return NextPoll(None, interval, failures, state, poll_reasons.GONE())
    busy = outcome.kind == "busy"
    drawn = backoff_interval(interval, failures, settings, busy=busy) * rng.uniform(1 - JITTER, 1 + JITTER)
    floor, why = outcome.retry_after or timedelta(0), reasons.failed(failures, busy=busy)
    if drawn < floor:
        drawn, why = floor * rng.uniform(1, 1 + JITTER), poll_reasons.RETRY_AFTER()
    return NextPoll(now + drawn, interval, failures, state, why)


def current_interval(poll: Poll, settings: PollingLimits) -> timedelta:
    """Return the current interval: configured, the common one before the first success, or the learned one."""
    if poll.source.interval is not None:
        return max(poll.source.interval, settings.minimum)
    return _clamp_interval(settings.interval if poll.last_success is None else poll.interval, settings)


def backoff_interval(interval: timedelta, failures: int, settings: PollingLimits, *, busy: bool) -> timedelta:
    """Return the wait after ``failures`` consecutive failures (at least 1).

    The first wait is the interval, at most the common one, because most failures are short; each further failure
    doubles it, up to the maximum. A busy server counts as one more failure.
    """
    doublings = min(failures - 1 + busy, _MAX_DOUBLINGS)
    first = min(interval, max(settings.interval, settings.minimum))
    longest = max(settings.maximum, interval)
    return longest if first > longest / 2**doublings else first * 2**doublings


def source_state(outcome: Fetched | NotModified | Failed, *, settings: PollingLimits) -> SourceState:
    """Return the state of a source after a poll: slow if it took over a third of the timeout."""
    if isinstance(outcome, Failed):
        return SourceState.GONE if outcome.kind == "gone" else SourceState.FAILING
    slow = outcome.elapsed > settings.timeout.total_seconds() / 3
    return SourceState.SLOW if slow else SourceState.OK


def redirect_state(poll: Poll, outcome: Fetched | NotModified | Failed) -> tuple[str | None, int]:
    """Return the target of permanent redirects and how many polls in a row led there.

    The store uses the target after enough of them. A failure neither confirms nor denies it.
    """
    if isinstance(outcome, Failed):
        return poll.moved_to, poll.moved_count
    if outcome.moved_to is None:
        # A moved source polled at its new address no longer redirects; that does not mean it moved back.
        return (poll.moved_to, poll.moved_count) if poll.url == poll.moved_to else (None, 0)
    return outcome.moved_to, poll.moved_count + 1 if outcome.moved_to == poll.moved_to else 1


def request_validators(validators: Validators, rng: random.Random) -> Validators:
    """Return the validators for the next request; none for one request in a hundred, because some servers return 304
    forever.

    The body hash is kept, to see whether the document really changed.
    """
    return Validators(body_hash=validators.body_hash) if rng.random() < UNCONDITIONAL_SHARE else validators


def _steady_interval(poll: Poll, profile: PublishingProfile, settings: PollingLimits) -> timedelta:
    if poll.source.interval is not None:
        return max(poll.source.interval, settings.minimum)
    seconds = typical_interval(profile, settings.interval.total_seconds())
    return _clamp_interval(timedelta(seconds=min(seconds, _max_interval(settings).total_seconds())), settings)


def _max_interval(settings: PollingLimits) -> timedelta:
    return max(settings.maximum, settings.minimum)


def _clamp_interval(interval: timedelta, settings: PollingLimits) -> timedelta:
    return min(max(interval, settings.minimum), _max_interval(settings))
