"""Long-lived objects that a poll and the background jobs work with."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from aggregator import MODEL_FILE
from aggregator.config.load import Config
from aggregator.fetching.fetcher import Fetcher
from aggregator.model import PollResult, Visit
from aggregator.runtime.batcher import Batcher
from aggregator.runtime.process_identity import new_identity
from aggregator.runtime.process_pool import ProcessPool
from aggregator.runtime.single_thread import without_priority
from aggregator.runtime.stage_times import StageTimes
from aggregator.store import Store

T = TypeVar("T")

MAX_RECORD_DELAY = 0.1  # seconds that the record of a poll without news may wait for others
MAX_VISIT_DELAY = 0.25  # seconds that what a visit brought may wait for what others bring


@dataclass(frozen=True, slots=True)
class Tools:
    """The services that polls and jobs share.

    ``writer``: executor with the only thread that writes to the store; ``intake``: lock under which one long document
    at a time stores its batches; ``clock``: returns aware UTC time; ``owner``: name of this worker in its leases;
    ``visits``: read documents that wait to be stored; ``stage_times``: what the heartbeat stores of durations;
    ``on_fetched``: called by a poll whose answer is about to be read or recorded.
    """

    config: Config
    store: Store
    fetcher: Fetcher
    pool: ProcessPool
    write_executor: Executor
    clock: Callable[[], datetime]
    rng: random.Random
    owner: str = field(default_factory=new_identity)
    intake_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    unchanged: Batcher[PollResult, None] = field(default_factory=lambda: Batcher(MAX_RECORD_DELAY))
    visits: Batcher[Visit, PollResult] = field(default_factory=lambda: Batcher(MAX_VISIT_DELAY, in_turn=True))
    stage_times: StageTimes = field(default_factory=StageTimes)
    on_fetched: Callable[[], None] = lambda: None

    async def run_in_writer(self, function: Callable[..., T], *args: object) -> T:
        """Run a store function in the writer thread, so that the event loop never waits for the disk."""
        return await asyncio.get_running_loop().run_in_executor(self.write_executor, function, *args)

    async def run_first_in_writer(self, function: Callable[..., T], *args: object) -> T:
        """``run_in_writer`` before everything that has a priority: for work that is short."""
        executor = without_priority(self.write_executor)
        return await asyncio.get_running_loop().run_in_executor(executor, function, *args)


def model_file(config: Config) -> Path:
    """Return the path of the trained category model, beside ``config.toml``."""
    return config.folder / MODEL_FILE
