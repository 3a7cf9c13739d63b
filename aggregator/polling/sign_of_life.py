"""The sign of life of a worker: a row in the database every two seconds, while its process runs.

A thread of its own gives it, so that neither a long transaction nor a busy event loop delays it. A worker that gives
none loses its leases to the others within ten seconds, and on the machine where it was killed to the next that starts.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import datetime

from aggregator.runtime.process_identity import state_of
from aggregator.store.api.workers import WorkersApi

log = logging.getLogger(__name__)

BEAT_EVERY = 2.0  # seconds


def is_gone(owner: str, *, is_only_machine: bool) -> bool:
    """Return whether a worker is known to be gone; with a database of one machine, unless it is known to run."""
    state = state_of(owner)
    return state == "gone" or (is_only_machine and state == "unknown")


class SignOfLife:
    """Gives the sign of life of one worker between ``start`` and ``stop``."""

    def __init__(self, store: WorkersApi, owner: str, clock: Callable[[], datetime], *, is_only_machine: bool) -> None:
        self._store, self._owner, self._clock = store, owner, clock
        self._is_only_machine = is_only_machine
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sign-of-life", daemon=True)

    async def start(self) -> None:
        """Join the workers, and take over the leases of those that are known to be gone."""
        await asyncio.to_thread(self._store.join, self._owner, self._clock(), self._is_gone)
        self._thread.start()

    async def stop(self) -> None:
        """Leave the workers and release all leases."""
        self._stop.set()
        await asyncio.to_thread(self._store.leave, self._owner, self._clock())

    def _is_gone(self, owner: str) -> bool:
        return is_gone(owner, is_only_machine=self._is_only_machine)

    def _run(self) -> None:
        while not self._stop.wait(BEAT_EVERY):
            try:
                dead = self._store.beat(self._owner, self._clock())
            except Exception as error:  # the heartbeat reports a database that is not available
                log.debug("sign_of_life_failed error=%r", str(error)[:200])
            else:
                for owner in dead:
                    log.warning("worker_lost owner=%r", owner)
