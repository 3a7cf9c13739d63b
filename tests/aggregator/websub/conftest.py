"""Gedi as a subscriber in one process: a store, the site on a port of its own, and a worker's jobs."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from werkzeug.serving import make_server

from aggregator.config.load import Config, parse_config
from aggregator.fetching.fetcher import Fetcher
from aggregator.jobs.push_intake import process_pushes
from aggregator.model import PollSelection, SubscriptionState
from aggregator.pipeline import poll_source, publish_stale
from aggregator.polling.worker_settings import sync_sources
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.services import Tools
from aggregator.store import Store
from aggregator.websub.subscriber import SubscriptionWorker
from tests.aggregator.websub.hub import Hub
from tests.aggregator.websub.listener import Listener
from tests.aggregator.websub.outlet import old_item, only_subscription
from tests.aggregator.websub.own_hub import publish_item
from tests.clock import running
from tests.gedi.processes import eventually, free_port
from tests.rss import rss
from tests.shared_worker import Bench
from web import create_wsgi

T = TypeVar("T")


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as running:
        yield running


class Gedi:
    """An instance that polls on request, with a clock that can be moved."""

    def __init__(self, store: Store, database_url: str, port: int, bench: Bench) -> None:
        self.store, self.database_url, self.port, self.bench = store, database_url, port, bench
        self.sources: dict[str, str] = {}
        self.site = f"http://127.0.0.1:{port}"
        self.push = "true"
        self.more = ""
        self.late = timedelta(0)
        self.door: Door

    def restart(self) -> None:
        """Serve the site with the current config."""
        self.door.open(self.config())

    def now(self) -> datetime:
        return running() + self.late

    def config(self) -> Config:
        sources = "".join(
            f'[[sources]]\nurl = "{url}"\nslug = "{slug}"\ntitle = "{slug}报"\n' for slug, url in self.sources.items()
        )
        text = f"""
            [site]
            url = "{self.site}"
            [database]
            url = "{self.database_url}"
            [polling]
            minimum = "1s"
            timeout = "5s"
            spacing = "0s"
            max_bytes = 100000
            push = {self.push}
            allow = ["127.0.0.0/8"]
            {self.more}
            {sources}"""
        return parse_config(text.encode(), Path("/nowhere/config.toml"))

    def work(self, job: Callable[[Tools], Awaitable[T]]) -> T:
        """Run one job of a worker with real tools."""

        async def main() -> T:
            config, writer = self.config(), SingleThreadExecutor("writer")
            async with Fetcher(config.polling, "Gedi-Test", clock=self.now) as fetcher:
                children, dice = self.bench.children, random.Random(2)
                try:
                    return await job(Tools(config, self.store, fetcher, children, writer, self.now, dice))
                finally:
                    writer.shutdown()

        return self.bench.run(main())

    def learn(self, hub: Hub) -> None:
        """Store what a poll of each source would find: a feed that names this hub and itself."""
        sync_sources(self.config(), self.store, self.now())
        with self.store.write_transaction() as writer:
            for source in self.store.sources():
                writer.set_hub_offers([(source.id, hub.url("/hub"), source.url)])

    def poll(self) -> None:
        """Poll every source."""

        async def job(tools: Tools) -> None:
            sync_sources(tools.config, tools.store, tools.clock())
            for poll in tools.store.claim_polls(
                tools.clock(), 100, timedelta(minutes=1), "test", PollSelection(all_sources=True)
            ):
                await poll_source(poll, tools)

        self.work(job)

    def is_covered_by_push(self) -> bool:
        """Return whether the first source is polled only as a check, because its hub delivers."""
        (poll, *_) = self.store.claim_polls(self.now(), 1, timedelta(0), "test", PollSelection(all_sources=True))
        self.store.release_leases("test")
        return poll.covered_by_push

    def run_subscriber(self) -> None:
        """Run the subscriber until no request is due or running."""

        async def job(tools: Tools) -> None:
            subscriber = SubscriptionWorker()
            await subscriber.tick(tools)
            while subscriber.is_busy:
                await asyncio.sleep(0.01)
            await subscriber.stop()

        self.work(job)

    def read(self) -> int:
        async def job(tools: Tools) -> int:
            number = 0
            while found := await process_pushes(tools):
                number += found
            while await publish_stale(tools):
                pass
            return number

        return self.work(job)

    def titles(self) -> set[str]:
        return {str(row["title"]) for row in self.store.export_items()}


class Door:
    """The site on a port of its own; it can be reopened with another config."""

    def __init__(self, store: Store, port: int, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._answering, self._quiet = 0, threading.Condition()
        self._app: WSGIApplication | None = None
        self._server = make_server("127.0.0.1", port, self._call, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def open(self, config: Config) -> None:
        """Serve the config; the application is created at the first request, since many configs are replaced before."""
        with self._quiet:
            self._config, self._app = config, None

    def _call(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._quiet:
            self._answering += 1
            app = self._app = self._app or create_wsgi(self._store, self._config, clock=self._clock)
        try:
            return [b"".join(app(environ, start_response))]
        finally:
            with self._quiet:
                self._answering -= 1
                self._quiet.notify_all()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        with self._quiet:  # an unfinished response holds a connection to the database
            self._quiet.wait_for(lambda: self._answering == 0, 10)


@pytest.fixture
def gedi(store: Store, database_url: str, bench: Bench) -> Iterator[Gedi]:
    port = free_port()
    gedi = Gedi(store, database_url, port, bench)
    gedi.more = f"[web]\nport = {port}\n"
    gedi.door = Door(store, port, gedi.now)
    gedi.restart()
    yield gedi
    gedi.door.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as running:
        yield running


@pytest.fixture
def site(gedi: Gedi) -> Gedi:
    """Return an instance that is a hub, with one feed of one item."""
    gedi.more += '[publishing]\nhub = "self"\n'
    gedi.sources["lunan"] = "http://127.0.0.1:1/feed"
    gedi.restart()
    publish_item(gedi, "one")
    return gedi


@pytest.fixture
def subscribed(gedi: Gedi, hub: Hub) -> Gedi:
    gedi.sources["lunan"] = hub.feed("/feed", rss("鲁南", old_item()))
    gedi.learn(hub)
    gedi.run_subscriber()
    gedi.late += timedelta(minutes=1)
    gedi.run_subscriber()
    assert eventually(lambda: bool(hub.answers))
    assert only_subscription(gedi).standing is SubscriptionState.ACTIVE
    return gedi
