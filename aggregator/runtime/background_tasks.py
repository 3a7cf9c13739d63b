"""Background tasks of one event loop; a task that fails is logged, and the others go on."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

Job = Callable[[], Awaitable[object]]


async def log_failure(job: Job, log: logging.Logger, message: str, *args: object) -> None:
    """Await ``job()``; log ``message`` with the traceback if it raises. Cancellation passes through."""
    try:
        await job()
    except Exception:
        log.exception(message, *args)


class BackgroundTasks:
    """The tasks that were started and have not ended. Stop them before what they use is closed."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._keys: dict[asyncio.Task[None], str] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def start(self, job: Job, message: str, *args: object, key: str = "") -> None:
        """Run ``job()`` in a task; ``message`` is logged if it fails. ``key``: what it is counted under."""
        task = asyncio.create_task(log_failure(job, self._log, message, *args))
        self._keys[task] = key
        task.add_done_callback(self._keys.pop)

    def by_key(self) -> Counter[str]:
        """Return how many tasks run under each key."""
        return Counter(self._keys.values())

    async def wait(self, timeout: float | None = None) -> None:
        """Wait until one of the tasks has ended, for at most ``timeout`` seconds."""
        if self._keys:
            await asyncio.wait(self._keys, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)

    async def stop(self, grace: float = 0) -> None:
        """Wait ``grace`` seconds for all tasks, then cancel those that still run."""
        if self._keys and grace > 0:
            await asyncio.wait(self._keys, timeout=grace)
        tasks = list(self._keys)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
