"""The expensive parts of a worker, shared by the tests of a session."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from aggregator.config.load import Config
from aggregator.intake.digest import preload
from aggregator.model import Poll, PollResult, PollSelection
from aggregator.pipeline import poll_source
from aggregator.poll_once import poll_once
from aggregator.polling.environment import WorkerEnvironment
from aggregator.runtime.process_pool import ProcessPool
from aggregator.services import Tools
from aggregator.store import Store
from tests.clock import now

T = TypeVar("T")


class Bench:
    """An event loop in a thread, and child processes, shared by many tests because starting them takes a second."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.children = self.run(self._open())

    async def _open(self) -> ProcessPool:
        return await ProcessPool(prepare=preload).__aenter__()

    def run(self, job: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(job, self.loop).result()

    def poll(self, config: Config, store: Store, slugs: Sequence[str] | None = None) -> list[PollResult]:
        """Poll the named sources, or all, once each, as ``gedi poll`` does."""

        async def visit(poll: Poll, tools: Tools) -> PollResult:
            return await poll_source(poll, replace(tools, pool=self.children))

        rng = random.Random(1)
        return self.run(
            poll_once(
                config,
                store,
                PollSelection(slugs, all_sources=slugs is None),
                WorkerEnvironment(poll_source=visit, rng=rng, clock=now),
            )
        )

    def close(self) -> None:
        self.run(self.children.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
