"""Fixtures for complete polls, with the child processes that all tests share."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.config.load import Config, parse_config
from aggregator.fetching.fetcher import Fetcher
from aggregator.jobs.article_fetch import ArticleFetcher
from aggregator.jobs.picture_fetch import PictureFetcher
from aggregator.model import PollResult, PollSelection
from aggregator.pipeline import poll_source
from aggregator.polling.worker_settings import sync_sources
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.services import Tools
from aggregator.store import Store
from tests.clock import now
from tests.servers import Server
from tests.shared_worker import Bench


class Polls:
    """A config for a server, polled into a store, with articles."""

    def __init__(self, server: Server, store: Store, database_url: str, bench: Bench):
        self.server, self.store, self._database_url, self._bench = server, store, database_url, bench
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
        return self._bench.run(self._poll(self.config()))

    async def _poll(self, config: Config) -> PollResult:
        writer = SingleThreadExecutor("writer")
        async with Fetcher(config.polling, "Gedi", clock=now) as fetcher:
            tools = Tools(config, self.store, fetcher, self._bench.children, writer, now, random.Random(1))
            sync_sources(config, self.store, now())
            polls = self.store.claim_polls(now(), 100, timedelta(minutes=1), "test", PollSelection(all_sources=True))
            results = [await poll_source(poll, tools) for poll in sorted(polls, key=lambda poll: poll.source.id)]
            await ArticleFetcher().drain(tools)
            await PictureFetcher().drain(tools)
        writer.shutdown()
        return results[-1]


@pytest.fixture
def polls(server: Server, store: Store, database_url: str, bench: Bench) -> Polls:
    return Polls(server, store, database_url, bench)
