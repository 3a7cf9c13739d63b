"""Turn the outcome of a poll into the new state of its source. Pure."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Literal

from aggregator.fetching.fetcher import validators_of
from aggregator.model import Failed, Fetched, NotModified, ParsedDocument, Poll, PollResult, SourceState
from aggregator.polling.schedule import PollingLimits, plan_next_poll, redirect_state

FetchOutcome = Fetched | NotModified | Failed


def build_poll_result(
    poll: Poll,
    outcome: FetchOutcome,
    parsed: ParsedDocument | None,
    settings: PollingLimits,
    now: datetime,
    rng: random.Random,
) -> PollResult:
    """Return the record of one poll. Validators are kept only for a body that was read (or equals the last one)."""
    fresh = list(parsed.drafts) if parsed else []
    rhythm = plan_next_poll(poll, outcome, settings=settings, parsed=parsed, now=now, rng=rng)
    moved_to, moved_count = redirect_state(poll, outcome)
    failed = outcome if isinstance(outcome, Failed) else None
    return PollResult(
        source_id=poll.source.id,
        at=now,
        outcome=_outcome_name(rhythm.state, failed, bool(fresh)),
        state=rhythm.state,
        next_poll=rhythm.next_poll,
        interval=rhythm.interval,
        failures=rhythm.failures,
        elapsed=outcome.elapsed,
        status=_http_status(outcome),
        error_kind=failed.kind if failed else None,
        error=failed.reason if failed else None,
        validators=validators_of(outcome) if isinstance(outcome, Fetched) else None,
        moved_to=moved_to,
        moved_count=moved_count,
        feed_title=parsed.title if parsed else None,
        feed_link=parsed.link if parsed else None,
        feed_id=parsed.id if parsed else None,
        entries=parsed.entry_count if parsed else 0,
        skipped=parsed.skipped if parsed else 0,
        filtered=parsed.filtered if parsed else 0,
        profile=rhythm.profile,
        why=rhythm.why,
        seen_entries=parsed.seen_entries if parsed else None,
        document_key=poll.source.document_key,
        lease=poll.lease,
    )


def _outcome_name(
    state: SourceState, failed: Failed | None, anything_new: bool
) -> Literal["changed", "unchanged", "failed", "gone"]:
    if state is SourceState.GONE:
        return "gone"
    if failed:
        return "failed"
    return "changed" if anything_new else "unchanged"


def _http_status(outcome: FetchOutcome) -> int | None:
    return 304 if isinstance(outcome, NotModified) else outcome.status
