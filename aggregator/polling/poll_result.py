"""What a visit means for the memory of its source. Pure."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Literal

from aggregator.fetching.fetcher import validators_of
from aggregator.model import Digest, Failed, Fetched, NotModified, Poll, PollResult, State
from aggregator.polling.schedule import Pace, after_poll, moved

Outcome = Fetched | NotModified | Failed


def result_of(
    poll: Poll, outcome: Outcome, found: Digest | None, settings: Pace, now: datetime, rng: random.Random
) -> PollResult:
    """The record of one visit. Validators are kept only of a body that was read (or is the one already read)."""
    fresh = list(found.drafts) if found else []
    rhythm = after_poll(poll, outcome, settings=settings, found=found, now=now, rng=rng)
    moved_to, moved_count = moved(poll, outcome)
    failed = outcome if isinstance(outcome, Failed) else None
    return PollResult(
        source_id=poll.source.id,
        at=now,
        outcome=_outcome(rhythm.state, failed, bool(fresh)),
        state=rhythm.state,
        next_poll=rhythm.next_poll,
        interval=rhythm.interval,
        failures=rhythm.failures,
        elapsed=outcome.elapsed,
        status=_status(outcome),
        error_kind=failed.kind if failed else None,
        error=failed.reason if failed else None,
        validators=validators_of(outcome) if isinstance(outcome, Fetched) else None,
        moved_to=moved_to,
        moved_count=moved_count,
        feed_title=found.title if found else None,
        feed_link=found.link if found else None,
        feed_id=found.id if found else None,
        entries=found.entries if found else 0,
        skipped=found.skipped if found else 0,
        filtered=found.filtered if found else 0,
        profile=rhythm.profile,
        why=rhythm.why,
        seen=found.remember if found else None,
        document=poll.source.document,
    )


def _outcome(
    state: State, failed: Failed | None, anything_new: bool
) -> Literal["changed", "unchanged", "failed", "gone"]:
    if state is State.GONE:
        return "gone"
    if failed:
        return "failed"
    return "changed" if anything_new else "unchanged"


def _status(outcome: Outcome) -> int | None:
    return 304 if isinstance(outcome, NotModified) else outcome.status
