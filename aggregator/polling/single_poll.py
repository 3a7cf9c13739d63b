"""What precedes a poll without a schedule (``gedi poll``): the config's sources, and the leases of ended calls."""

from __future__ import annotations

import os
import socket
from datetime import datetime

from aggregator.config.load import Config
from aggregator.polling.worker_settings import sync_sources
from aggregator.store.api.poll_store import PollStore


def prepare_poll(config: Config, store: PollStore, now: datetime) -> None:
    """Synchronize the sources with the config, and release the leases of calls that no longer run."""
    sync_sources(config, store, now)
    _release_dead_owners(store, _owner_prefix())


def lease_owner() -> str:
    """Return the owner of the leases of this call."""
    return f"{_owner_prefix()}{os.getpid()}"


def _owner_prefix() -> str:
    return f"once:{socket.gethostname()}:"


def _release_dead_owners(store: PollStore, owner_prefix: str) -> None:
    """Release the leases of calls on this machine whose process no longer exists."""
    for owner in store.lease_owners(owner_prefix):
        process = owner.removeprefix(owner_prefix)
        if not process.isdigit() or not _is_running(int(process)):
            store.release_leases(owner)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
