"""Documents are read no faster than they are stored, and visits without news do not wait for that."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from aggregator.config.load import Config, parse_config
from aggregator.model import Poll, PollResult, PollSelection
from aggregator.pipeline import poll_source
from aggregator.poll_once import poll_once
from aggregator.polling.environment import WorkerEnvironment
from aggregator.runtime.priority import Priority
from aggregator.runtime.process_pool import PriorityClient
from aggregator.services import Tools
from aggregator.store import Store
from tests.clock import now
from tests.rss import ARTICLE, item, rss
from tests.servers import Server, conditional, respond_slowly
from tests.shared_worker import Bench

pytestmark = pytest.mark.clock(every=0)

R = TypeVar("R")
DOCUMENTS, UNCHANGED = 80, 4


class SlowWriter(random.Random):
    """A generator that is slow in the writer thread, where polls with documents are planned."""

    def uniform(self, a: float, b: float) -> float:
        if threading.current_thread().name == "writer":
            time.sleep(0.03)
        return super().uniform(a, b)


class InFlight:
    """The documents that were read and are not yet stored."""

    def __init__(self) -> None:
        self.now, self.most = 0, 0
        self.finished: list[str] = []

    def client(self, bench: Bench, priority: Priority) -> PriorityClient:
        flight = self

        class Client(PriorityClient):
            async def run(self, func: Callable[..., R], /, *args: Any, timeout: float, heavy: bool = False) -> R:
                result = await super().run(func, *args, timeout=timeout, heavy=heavy)
                flight.now += 1
                flight.most = max(flight.most, flight.now)
                return result

        return Client(bench.children, priority)


def config_of(server: Server, database_url: str) -> Config:
    paths = [f"/old{n}" for n in range(UNCHANGED)] + [f"/new{n}" for n in range(DOCUMENTS)]
    sources = "".join(f'[[sources]]\nurl = "{server.url(path)}"\nslug = "{path[1:]}"\n' for path in paths)
    text = f"""
        [database]
        url = "{database_url}"
        [polling]
        spacing = "0s"
        per_host = 32
        allow = ["127.0.0.0/8"]
        {sources}"""
    return parse_config(text.encode(), Path("/nowhere/config.toml"))


def test_documents_wait_for_the_writer_and_unchanged_sources_do_not(
    server: Server, store: Store, database_url: str, bench: Bench
) -> None:
    for n in range(DOCUMENTS):
        server.route(f"/new{n}", conditional(rss(f"新{n}", item(f"n{n}", f"第{n}条", ARTICLE, now())), f'"n{n}"'))
    for n in range(UNCHANGED):
        server.route(f"/old{n}", conditional(rss(f"旧{n}", item(f"o{n}", f"旧{n}条", ARTICLE, now())), f'"o{n}"'))
    config = config_of(server, database_url)
    bench.poll(config, store, [f"old{n}" for n in range(UNCHANGED)])
    for n in range(UNCHANGED):
        server.route(f"/old{n}", respond_slowly(0.5, conditional(b"", f'"o{n}"')))
    flight = InFlight()

    async def visit(poll: Poll, tools: Tools) -> PollResult:
        priority = Priority.NEW if poll.last_success is None else Priority.HEALTHY
        pool = flight.client(bench, priority)
        result = await poll_source(poll, replace(tools, pool=pool))
        flight.now -= result.outcome == "changed"
        flight.finished.append(poll.source.slug)
        return result

    environment = WorkerEnvironment(now, rng=SlowWriter(1), poll_source=visit)
    results = bench.run(poll_once(config, store, PollSelection(all_sources=True), environment))
    assert sorted(result.outcome for result in results) == ["changed"] * DOCUMENTS + ["unchanged"] * UNCHANGED
    pool = bench.children
    assert flight.most <= pool.result_slots - pool.workers  # what is left of the slots by sources never polled
    last = max(flight.finished.index(f"old{n}") for n in range(UNCHANGED))
    assert last < len(results) / 2, flight.finished
