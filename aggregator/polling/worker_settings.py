"""What the config means for a worker: its ticks and leases, its share of a host, and how visits begin."""

from __future__ import annotations

import logging
import os
import random
import socket
from datetime import datetime, timedelta

from aggregator.config.load import Config
from aggregator.config.watcher import render_fingerprint
from aggregator.model import HostQuota
from aggregator.store import Store

log = logging.getLogger(__name__)

SINGLE_WORKER_OWNER = "local"
FIRST_POLL_SPACING = timedelta(milliseconds=250)
MAX_LEASED_PER_HOST = 100  # visits of one host that a single worker holds at a time


def sync_sources(config: Config, store: Store, now: datetime) -> None:
    """Make the store's sources agree with the config. The first visits are spread out: some seconds for a short list,
    never longer than the usual interval."""
    store.sync_sources(config.sources, now, min(config.polling.interval, len(config.sources) * FIRST_POLL_SPACING))
    store.apply_render_fingerprint(render_fingerprint(config))


def spread_overdue_polls(config: Config, store: Store, now: datetime) -> None:
    """After a rest, or a config with many changes, much is due at once: let it come bit by bit."""
    if number := store.spread_overdue(now, FIRST_POLL_SPACING, config.polling.interval):
        log.debug("spread sources=%d", number)


def host_quota_of(config: Config) -> HostQuota:
    """How much of one host workers may have in hand. Many workers keep to ``per_host`` together; a single one has its
    lanes for that, and takes only care that no host's queue outlasts its leases."""
    polling, tick = config.polling, poll_tick_interval(config)
    if config.database_url.startswith("sqlite"):
        return HostQuota(MAX_LEASED_PER_HOST, MAX_LEASED_PER_HOST // 2, 10 * tick, polling.spacing)
    return HostQuota(polling.per_host, max(1, polling.per_host - 1), tick, polling.spacing)


def tick_intervals(config: Config) -> dict[str, timedelta]:
    """How often the ticks come that depend on the config."""
    tick = poll_tick_interval(config)
    return {"poll": tick, "publish": tick, "prune": min(timedelta(days=1), config.retention.items / 4)}


def poll_tick_interval(config: Config) -> timedelta:
    """How often to look for what is due: often enough for the shortest interval allowed."""
    return min(timedelta(seconds=1), config.polling.minimum / 2)


def lease_duration(config: Config) -> timedelta:
    """How long a claimed source is ours: a visit, its reading and some waiting for its host's turn."""
    return 2 * config.polling.timeout + timedelta(minutes=1)


def lease_owner(config: Config) -> str:
    """Who holds leases. A SQLite file has one worker, whatever its process; on PostgreSQL there are many."""
    if config.database_url.startswith("sqlite"):
        return SINGLE_WORKER_OWNER
    return f"{socket.gethostname()}:{os.getpid()}:{random.randrange(1 << 32):08x}"
