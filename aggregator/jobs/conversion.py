"""Background conversion of the rows that a database of an older schema holds."""

from __future__ import annotations

import asyncio
import logging
import threading

from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.store import Store

log = logging.getLogger(__name__)

REPORT_EVERY = 10_000  # items


class ConversionJob:
    """Converts everything once; a later ``tick`` continues if it was interrupted."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._finished = False

    async def tick(self, store: Store) -> None:
        """Convert what is left, in a thread of its own: polls are written between its transactions."""
        if self._finished:
            return
        thread = SingleThreadExecutor("conversion")
        work = asyncio.get_running_loop().run_in_executor(thread, self._convert, store)
        thread.shutdown(wait=False)
        await work

    def stop(self) -> None:
        """Stop after the running transaction."""
        self._stopped.set()

    def _convert(self, store: Store) -> None:
        left = store.unconverted_items()
        if left is not None:
            log.info("conversion_started items=%d", left)
        reported = left or 0
        for left in store.convert():
            if self._stopped.is_set():
                return
            if left <= reported - REPORT_EVERY:
                log.info("conversion_continued items=%d", left)
                reported = left
        if not self._finished and reported:
            log.info("conversion_finished")
        self._finished = True
