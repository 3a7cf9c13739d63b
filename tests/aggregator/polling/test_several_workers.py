"""Several workers on PostgreSQL share the polls of a host that is always full."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.config.load import Config
from aggregator.model import Poll, PollResult
from aggregator.polling.environment import WorkerEnvironment
from aggregator.scheduler import Worker
from aggregator.services import Tools
from aggregator.store import Store
from tests.aggregator.polling.fake_pipeline import config_of, publish_nothing, visit
from tests.clock import running
from tests.servers import Server, reply, respond_slowly

pytestmark = [pytest.mark.clock(every=0), pytest.mark.timeout(180)]

FAST = 'interval = "1s"\nminimum = "1s"\nmaximum = "2s"\nspacing = "0s"\nper_host = 2'
WORKERS = 4


def run_workers(config: Config, stores: list[Store], done: Callable[[Counter[int]], bool]) -> Counter[int]:
    """Run a worker with each store until ``done`` is true of the number of polls of each; return these numbers."""
    polls: Counter[int] = Counter()

    def worker(number: int, store: Store) -> Worker:
        async def count(poll: Poll, tools: Tools) -> PollResult:
            polls[number] += 1
            return await visit(poll, tools)

        return Worker(config, store, WorkerEnvironment(running, poll_source=count, publish_stale=publish_nothing))

    async def main() -> None:
        stop = asyncio.Event()
        tasks = [asyncio.create_task(worker(number, store).run(stop)) for number, store in enumerate(stores)]
        while not done(polls) and not any(task.done() for task in tasks):
            await asyncio.sleep(0.05)
        stop.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())
    return polls


def test_four_workers_get_fair_shares_of_a_full_host(server: Server, emptied_postgres: str) -> None:
    urls = [server.route(f"/{n}", respond_slowly(0.05, reply(200, b"<rss/>"))) for n in range(60)]
    config = replace(config_of(Path("/nowhere"), urls, FAST), database_url=emptied_postgres)
    stores = [Store.open(emptied_postgres, migrate=False) for _ in range(WORKERS)]
    stores[0].sync_sources(config.sources, running() - timedelta(seconds=1), timedelta(0))
    polls = run_workers(config, stores, lambda polls: polls.total() >= 240)
    for store in stores:
        store.close()
    assert len(polls) == WORKERS
    assert min(polls.values()) >= polls.total() / (3 * WORKERS), polls
    assert max(request.running for request in server.requests) <= 2, "together they keep to per_host"
    visits = Counter(request.path for request in server.requests)
    assert len(visits) == 60
    assert max(visits.values()) - min(visits.values()) <= 2, "none is left out"
