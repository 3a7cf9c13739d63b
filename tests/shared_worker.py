"""The costly parts of a worker, shared by the tests of a module."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from aggregator.intake.digest import warm
from aggregator.runtime.process_pool import Children

T = TypeVar("T")


class Bench:
    """An event loop in a thread, and child processes that many tests share: to start them costs a second."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.children = self.run(self._open())

    async def _open(self) -> Children:
        return await Children(prepare=warm).__aenter__()

    def run(self, job: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(job, self.loop).result()

    def close(self) -> None:
        self.run(self.children.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
