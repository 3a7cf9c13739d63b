"""What a worker works with: replaceable parts, and services that are opened and closed together."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.config.load import Config
from aggregator.fetching.fetcher import Fetcher
from aggregator.intake.parse_task import load_reading_data
from aggregator.polling.poll_runner import PollFunction
from aggregator.polling.sign_of_life import SignOfLife
from aggregator.runtime.process_pool import ProcessPool
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.runtime.worker_process import ServerProcess
from aggregator.services import Tools
from aggregator.store import Store
from aggregator.store.api.connection import DATABASE_STATES
from aggregator.store.availability import RETRY_EVERY, DatabaseUnavailableError

PublishStale = Callable[[Tools], Awaitable[int]]

CLOSE_TIMEOUT = 1.0  # seconds for closing each service


@dataclass(frozen=True, slots=True)
class WorkerEnvironment:
    """What a worker gets from outside, so that tests can replace it.

    ``clock`` returns aware UTC time; ``poll_source`` and ``publish_stale`` default to those of the pipeline;
    ``fork_server`` is the one of the process pool, which otherwise starts one when needed.
    """

    clock: Callable[[], datetime]
    rng: random.Random = field(default_factory=random.Random)
    poll_source: PollFunction | None = None
    publish_stale: PublishStale | None = None
    fork_server: ServerProcess | None = None


@asynccontextmanager
async def open_tools(
    config: Config, store: Store, environment: WorkerEnvironment, stop: asyncio.Event | None = None
) -> AsyncIterator[Tools]:
    """Open the services, of a worker that gives signs of life; they are closed in reverse order, within seconds.

    With ``stop``, waits for a database that takes no writes, until that is set.
    """
    writer = SingleThreadExecutor("writer")
    fetcher = await Fetcher(config.polling, config.polling.user_agent or "Gedi", clock=environment.clock).__aenter__()
    children = ProcessPool(prepare=load_reading_data, server=environment.fork_server)
    tools = Tools(config, store, fetcher, children, writer, environment.clock, environment.rng)
    is_only_machine = config.database_url.startswith("sqlite")
    life = SignOfLife(store, tools.owner, environment.clock, is_only_machine=is_only_machine)
    try:
        await (life.start() if stop is None else until_available(life.start, stop))
        yield tools
    finally:
        await close_quickly(life.stop())
        await close_quickly(children.close())
        await close_quickly(fetcher.__aexit__(None, None, None))
        writer.shutdown(wait=False)


async def until_available(attempt: Callable[[], Awaitable[object]], stop: asyncio.Event) -> None:
    """Repeat ``attempt`` as long as the database is not available, which the store logs, until ``stop`` is set."""
    while not stop.is_set():
        try:
            await attempt()
            return
        except DatabaseUnavailableError:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RETRY_EVERY)


async def close_quickly(closing: Awaitable[object]) -> None:
    """Close a service, for ``CLOSE_TIMEOUT`` seconds at most; what it cannot write any more is lost."""
    with suppress(TimeoutError, *DATABASE_STATES):
        await asyncio.wait_for(closing, CLOSE_TIMEOUT)
