"""What the config means for a worker: its ticks and leases, its share of a host, and how visits begin."""

from __future__ import annotations

import logging
import os
import random
import socket
from datetime import datetime, timedelta

from aggregator.config.load import Config
from aggregator.config.watcher import appearance
from aggregator.model import HostShare
from aggregator.store import Store

log = logging.getLogger(__name__)

ONLY_OWNER = "local"
FIRST_VISIT_EVERY = timedelta(milliseconds=250)
IN_HAND = 100  # visits of one host that a single worker holds at a time


def sync(config: Config, store: Store, now: datetime) -> None:
    """Make the store's sources agree with the config. The first visits are spread out: some seconds for a short list,
    never longer than the usual interval."""
    store.sync_sources(config.sources, now, min(config.polling.interval, len(config.sources) * FIRST_VISIT_EVERY))
    store.take_appearance(appearance(config))


def spread(config: Config, store: Store, now: datetime) -> None:
    """After a rest, or a config with many changes, much is due at once: let it come bit by bit."""
    if number := store.spread_overdue(now, FIRST_VISIT_EVERY, config.polling.interval):
        log.debug("spread sources=%d", number)


def share_of(config: Config) -> HostShare:
    """How much of one host workers may have in hand. Many workers keep to ``per_host`` together; a single one has its
    lanes for that, and takes only care that no host's queue outlasts its leases."""
    polling, tick = config.polling, tick_of(config)
    if config.database_url.startswith("sqlite"):
        return HostShare(IN_HAND, IN_HAND // 2, 10 * tick, polling.spacing)
    return HostShare(polling.per_host, max(1, polling.per_host - 1), tick, polling.spacing)


def ticks_of(config: Config) -> dict[str, timedelta]:
    """How often the ticks come that depend on the config."""
    tick = tick_of(config)
    return {"poll": tick, "publish": tick, "prune": min(timedelta(days=1), config.retention.items / 4)}


def tick_of(config: Config) -> timedelta:
    """How often to look for what is due: often enough for the shortest interval allowed."""
    return min(timedelta(seconds=1), config.polling.minimum / 2)


def lease_of(config: Config) -> timedelta:
    """How long a claimed source is ours: a visit, its reading and some waiting for its host's turn."""
    return 2 * config.polling.timeout + timedelta(minutes=1)


def owner_of(config: Config) -> str:
    """Who holds leases. A SQLite file has one worker, whatever its process; on PostgreSQL there are many."""
    if config.database_url.startswith("sqlite"):
        return ONLY_OWNER
    return f"{socket.gethostname()}:{os.getpid()}:{random.randrange(1 << 32):08x}"
