"""What the config means for a worker: job intervals, leases, host quota, and the first polls."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta

from aggregator.config.load import Config
from aggregator.config.watcher import render_fingerprint
from aggregator.model import HostQuota
from aggregator.store.api.poll_store import PollStore

log = logging.getLogger(__name__)

FIRST_POLL_SPACING = timedelta(milliseconds=250)
MIN_RETRY_DELAY = timedelta(milliseconds=100)  # between claims while sources wait for their host


def sync_sources(config: Config, store: PollStore, now: datetime, before: Config | None = None) -> None:
    """Make the sources in the store agree with the config.

    The first polls are spread out: over some seconds for a short list, at most over the usual interval. ``before``: a
    config with which the store agrees; only differences from it are looked at.

    Raises RuntimeError for a config without its followed lists: their sources would count as removed.
    """
    if not config.is_complete:
        raise RuntimeError("the sources of followed lists are missing")
    spread = min(config.polling.interval, len(config.sources) * FIRST_POLL_SPACING)
    store.sync_sources(config.sources, now, spread, before.sources if before else ())
    store.apply_render_fingerprint(render_fingerprint(config))


def spread_overdue_polls(config: Config, store: PollStore, now: datetime) -> None:
    """Spread polls that are overdue at once, after a pause or a large change of the config."""
    if number := store.spread_overdue(now, FIRST_POLL_SPACING, config.polling.interval):
        log.debug("polls_spread sources=%d", number)


def recall_far_polls(config: Config, store: PollStore, now: datetime) -> None:
    """Make polls due that no schedule has put so far away: the clock was set back since."""
    fixed = (source.interval for source in config.sources if source.interval is not None)
    longest = max(timedelta(days=1), config.polling.maximum, *fixed)  # a publisher may ask for a day
    if number := store.recall_polls(now, now + longest + longest / 2):
        log.warning("polls_recalled sources=%d", number)


def host_quota_of(config: Config) -> HostQuota:
    """Return how many polls of one host all workers together may have claimed.

    Failing sources leave one slot to the others, because a server that hangs holds its slot for long.
    """
    per_host = config.polling.per_host
    return HostQuota(per_host, max(1, per_host - 1))


def next_claim_delay(config: Config, rng: random.Random, *, others_wait: bool) -> timedelta | None:
    """Return when to claim again; None: at the next tick.

    While sources wait for their host, its next slot is tried for soon. The delays of several workers are random, so
    that none of them is always first.
    """
    tick = poll_tick_interval(config)
    soon = max(MIN_RETRY_DELAY, config.polling.spacing)
    if others_wait and soon < tick:
        return soon * rng.uniform(0.5, 1.5)
    return None if config.database_url.startswith("sqlite") else tick * rng.uniform(0.5, 1.5)


def tick_intervals(config: Config) -> dict[str, timedelta]:
    """Return the intervals of the jobs that depend on the config."""
    tick = poll_tick_interval(config)
    return {"poll": tick, "publish": tick, "prune": min(timedelta(days=1), config.retention.items / 4)}


def poll_tick_interval(config: Config) -> timedelta:
    """Return how often to look for due sources: often enough for the shortest interval allowed."""
    return min(timedelta(seconds=1), config.polling.minimum / 2)


def lease_duration(config: Config) -> timedelta:
    """Return the duration of a claim: a poll, reading it, and some waiting for its host."""
    return 2 * config.polling.timeout + timedelta(minutes=1)
