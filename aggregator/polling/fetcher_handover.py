"""Hand over from one fetcher to its successor when the settings for fetching change."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial

from aggregator.config.load import Config
from aggregator.fetching.fetcher import Fetcher
from aggregator.runtime.background_tasks import BackgroundTasks

log = logging.getLogger(__name__)

CLOSE_TIMEOUT = 1.0  # seconds
_MAX_QUEUE_SECONDS = 60.0  # seconds that a poll may wait for its host and for its document to be read


class FetcherHandover:
    """Replaces the fetcher when its settings change, and closes the old one when its last poll has ended."""

    def __init__(self) -> None:
        self._current: Fetcher | None = None  # current fetcher, unless it is the first, which belongs to the caller
        self._ending = BackgroundTasks(log)

    async def hand_over(self, fetcher: Fetcher, old: Config, new: Config) -> Fetcher:
        """Return the fetcher to use: the same one unless the settings have changed."""
        if old.polling == new.polling:
            return fetcher
        after = await Fetcher(
            new.polling, new.polling.user_agent or "Gedi", clock=fetcher.clock, predecessor=fetcher
        ).__aenter__()
        if self._current is not None:
            delay = old.polling.timeout.total_seconds() + _MAX_QUEUE_SECONDS
            self._ending.start(partial(_close_later, self._current, delay), "fetcher-close-fault")
        self._current = after
        return after

    async def close(self) -> None:
        """Close all remaining fetchers at once."""
        await self._ending.stop()
        if self._current is not None:
            await _close(self._current)


async def _close_later(fetcher: Fetcher, delay: float) -> None:
    try:
        await asyncio.sleep(delay)
    finally:
        await _close(fetcher)


async def _close(fetcher: Fetcher) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(fetcher.__aexit__(None, None, None), CLOSE_TIMEOUT)
