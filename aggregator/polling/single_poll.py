"""What precedes a poll without a schedule (``gedi poll``): the config's sources, and the leases of ended workers."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from aggregator.config.load import Config
from aggregator.polling.sign_of_life import is_gone
from aggregator.polling.worker_settings import sync_sources
from aggregator.store.api.poll_store import PollStore


def prepare_poll(config: Config, store: PollStore, now: datetime) -> None:
    """Synchronize the sources with the config, and release the leases of workers that no longer run."""
    sync_sources(config, store, now)
    is_only_machine = config.database_url.startswith("sqlite")
    store.release_gone(now, partial(is_gone, is_only_machine=is_only_machine))
