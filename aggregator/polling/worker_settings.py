"""What the config means for a worker: job intervals, leases, host quota, and the first polls."""

from __future__ import annotations

import logging
import os
import random
import socket
from datetime import datetime, timedelta

from aggregator.config.load import Config
from aggregator.config.watcher import render_fingerprint
from aggregator.model import HostQuota
from aggregator.store.api.poll_store import PollStore

log = logging.getLogger(__name__)

SINGLE_WORKER_OWNER = "local"
FIRST_POLL_SPACING = timedelta(milliseconds=250)
MAX_LEASED_PER_HOST = 100  # concurrent polls of one host claimed by a single worker


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


def host_quota_of(config: Config) -> HostQuota:
    """Return how many polls of one host may be claimed.

    Several workers keep to ``per_host`` together. A single worker has its queue for that, and only avoids claiming more
    than it can poll before the leases expire.
    """
    polling, tick = config.polling, poll_tick_interval(config)
    if config.database_url.startswith("sqlite"):
        return HostQuota(MAX_LEASED_PER_HOST, MAX_LEASED_PER_HOST // 2, 10 * tick, polling.spacing)
    return HostQuota(polling.per_host, max(1, polling.per_host - 1), tick, polling.spacing)


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


def lease_owner(config: Config) -> str:
    """Return the owner of leases. An SQLite file has one worker, whatever its process; PostgreSQL has many."""
    if config.database_url.startswith("sqlite"):
        return SINGLE_WORKER_OWNER
    return f"{socket.gethostname()}:{os.getpid()}:{random.randrange(1 << 32):08x}"
