"""Fixtures for complete polls, with child processes that all tests of a file share."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.config.load import Config, parse_config
from aggregator.fetching.fetcher import Fetcher
from aggregator.intake.digest import preload
from aggregator.jobs.article_fetch import ArticleFetcher
from aggregator.jobs.picture_fetch import PictureFetcher
from aggregator.model import PollResult, PollSelection
from aggregator.pipeline import poll_source
from aggregator.polling.worker_settings import sync_sources
from aggregator.runtime.process_pool import ProcessPool
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.services import Tools
from aggregator.store import Store
from tests.clock import now
from tests.servers import Server


class Polls:
    """A config for a server, polled into a store, with articles."""

    def __init__(self, server: Server, store: Store, database_url: str, loop: asyncio.Runner, children: ProcessPool):
        self.server, self.store, self._database_url = server, store, database_url
        self._loop, self._children = loop, children
        self.sources = ""

    def source(self, slug: str, more: str = "") -> None:
        self.sources += f'\n[[sources]]\nslug = "{slug}"\nurl = "{self.server.url("/" + slug)}"\n{more}\n'

    def config(self) -> Config:
        text = f"""
            [database]
            url = "{self._database_url}"
            [polling]
            minimum = "1s"
            timeout = "3s"
            spacing = "0s"
            allow = ["127.0.0.0/8"]
            {self.sources}"""
        return parse_config(text.encode(), Path("/nowhere/config.toml"))

    def poll(self) -> PollResult:
        """Poll every due source; return the result of the last one."""
        return self._loop.run(self._poll(self.config()))

    async def _poll(self, config: Config) -> PollResult:
        writer = SingleThreadExecutor("writer")
        async with Fetcher(config.polling, "Gedi", clock=now) as fetcher:
            tools = Tools(config, self.store, fetcher, self._children, writer, now, random.Random(1))
            sync_sources(config, self.store, now())
            polls = self.store.claim_polls(now(), 100, timedelta(minutes=1), "test", PollSelection(all_sources=True))
            results = [await poll_source(poll, tools) for poll in sorted(polls, key=lambda poll: poll.source.id)]
            await ArticleFetcher().drain(tools)
            await PictureFetcher().drain(tools)
        writer.shutdown()
        return results[-1]


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def children(loop: asyncio.Runner) -> Iterator[ProcessPool]:
    async def start() -> ProcessPool:
        return ProcessPool(1, prepare=preload)

    started = loop.run(start())
    yield started
    loop.run(started.close())


@pytest.fixture
def polls(server: Server, store: Store, database_url: str, loop: asyncio.Runner, children: ProcessPool) -> Polls:
    return Polls(server, store, database_url, loop, children)
