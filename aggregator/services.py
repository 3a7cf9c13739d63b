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
from aggregator.runtime.process_pool import ProcessPool
from aggregator.store import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a poll works with."""

    config: Config
    store: Store
    fetcher: Fetcher
    children: ProcessPool
    writer: Executor  # the one thread that writes
    clock: Callable[[], datetime]
    rng: random.Random
    intake: asyncio.Lock = field(default_factory=asyncio.Lock)  # of the parts of long documents one waits to be written

    async def writing(self, function: Callable[..., T], *args: object) -> T:
        """Run a function of the store in the writer's thread, so that the event loop never waits for the disk."""
        return await asyncio.get_running_loop().run_in_executor(self.writer, function, *args)


def model_file(config: Config) -> Path:
    """Where the trained category model lies."""
    return config.folder / MODEL_FILE
