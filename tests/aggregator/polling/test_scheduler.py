"""The scheduler with a real store and a real server, and a minimal pipeline."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.model import Poll, PollResult, PollSelection, SourceState
from aggregator.poll_once import poll_once
from aggregator.polling.environment import WorkerEnvironment
from aggregator.scheduler import Worker
from aggregator.services import Tools
from aggregator.store import Store
from tests.aggregator.polling.fake_pipeline import config_of, publish_nothing, store_of, visit
from tests.aggregator.runtime import pool_jobs
from tests.clock import running
from tests.servers import Server, hang, reply

pytestmark = [pytest.mark.clock(every=34), pytest.mark.usefixtures("new_sqlite")]

FAST = 'interval = "1s"\nminimum = "1s"\nmaximum = "4s"\nspacing = "0s"\ntimeout = "20s"'
FEED = reply(200, b"<rss/>")


@contextmanager
def opened(folder: Path, urls: list[str], polling: str = FAST) -> Iterator[tuple[Worker, Store]]:
    config = config_of(folder, urls, polling)
    store = store_of(config)
    try:
        yield (
            Worker(
                config,
                store,
                WorkerEnvironment(poll_source=visit, publish_stale=publish_nothing, clock=running),
            ),
            store,
        )
    finally:
        store.close()


def run_until(worker: Worker, done: Callable[[], bool]) -> None:
    """Run the worker until ``done()`` is true; only the time limit of the tests ends it otherwise."""

    async def main() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(worker.run(stop))
        while not done() and not running.done():
            await asyncio.sleep(0.02)
        stop.set()
        await running

    asyncio.run(main())


def test_due_sources_are_visited_again_and_again(server: Server, tmp_path: Path) -> None:
    urls = [server.route(f"/{n}", FEED) for n in range(3)]
    with opened(tmp_path, urls) as (worker, store):
        run_until(worker, lambda: all(server.count(f"/{n}") >= 3 for n in range(3)))
        assert store.health_totals(running())["ok"] == 3


def test_a_worker_that_is_started_while_nothing_can_be_written_waits(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = config_of(tmp_path, [server.route("/feed", FEED)], FAST)
    store_of(config).close()
    store = Store.open(config.database_url, migrate=False, timeout=timedelta(milliseconds=50))
    environment = WorkerEnvironment(poll_source=visit, publish_stale=publish_nothing, clock=running)
    with closing(sqlite3.connect(config.database_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        def has_visited() -> bool:
            if other.in_transaction and "database_unavailable kind=locked" in caplog.text:
                other.rollback()
            return server.count("/feed") > 0

        run_until(Worker(config, store, environment), has_visited)
    assert "database_available kind=locked" in caplog.text
    store.close()


def test_one_that_hangs_and_one_that_breaks_the_pipeline_hold_up_nothing(server: Server, tmp_path: Path) -> None:
    urls = [server.route("/hang", hang), server.route("/fault", FEED), server.route("/good", FEED)]

    async def fragile(poll: Poll, tools: Tools) -> PollResult:
        if poll.url.endswith("/fault"):
            raise RuntimeError("a bug of ours")
        return await visit(poll, tools)

    config = config_of(tmp_path, urls, FAST)
    store = store_of(config)
    worker = Worker(config, store, WorkerEnvironment(poll_source=fragile, publish_stale=publish_nothing, clock=running))
    run_until(worker, lambda: server.count("/good") >= 3)
    health = {source.slug: source for source in store.source_health(running())}
    store.close()
    assert health["s1"].error_kind == "internal"
    assert health["s1"].next_poll is not None
    assert health["s2"].state is SourceState.OK


def test_faults_of_a_tick_do_not_stop_the_clock(server: Server, tmp_path: Path) -> None:
    calls = []

    async def publish(tools: Tools) -> int:
        calls.append(tools)
        raise OSError("disk full")

    config = config_of(tmp_path, [server.route("/feed", FEED)], FAST)
    store = store_of(config)
    run_until(
        Worker(config, store, WorkerEnvironment(poll_source=visit, publish_stale=publish, clock=running)),
        lambda: len(calls) >= 3,
    )
    store.close()
    assert server.count("/feed") >= 1


def test_healthy_sources_are_met_while_many_more_hang(server: Server, tmp_path: Path) -> None:
    others = [Server() for _ in range(20)]
    try:
        urls = [other.__enter__().route("/hang", hang) for other in others]
        urls += [server.route(f"/{n}", FEED) for n in range(3)]
        with opened(tmp_path, urls, FAST + "\nconcurrency = 8") as (worker, _):
            run_until(worker, lambda: all(server.count(f"/{n}") >= 2 for n in range(3)))
        asked = sum(len(other.requests) for other in others)
        assert asked >= 8, "those that hang were tried as well"
    finally:
        for other in others:
            other.__exit__(None, None, None)


def test_stopping_cancels_what_hangs_and_gives_the_leases_back(server: Server, tmp_path: Path) -> None:
    urls = [server.route("/hang", hang), server.route("/spin", FEED)]

    async def busy(poll: Poll, tools: Tools) -> PollResult:
        if poll.url.endswith("/spin"):
            await tools.pool.run(pool_jobs.spin, timeout=600)
        return await visit(poll, tools)

    config = config_of(tmp_path, urls, FAST)
    store = store_of(config)
    worker = Worker(config, store, WorkerEnvironment(poll_source=busy, publish_stale=publish_nothing, clock=running))
    run_until(worker, lambda: server.count("/hang") >= 1)
    claimed = store.claim_polls(running(), 10, timedelta(seconds=1), "another")
    store.close()
    assert {poll.source.slug for poll in claimed} == {"s0", "s1"}


def test_a_visit_that_is_writing_when_the_service_stops_is_written_whole(server: Server, tmp_path: Path) -> None:
    writing = asyncio.Event()

    async def slow_writer(poll: Poll, tools: Tools) -> PollResult:
        def settle() -> None:
            time.sleep(0.5)

        writing.set()
        await tools.run_in_writer(settle)
        return await visit(poll, tools)

    config = config_of(tmp_path, [server.route("/feed", FEED)], FAST)
    store = store_of(config)
    worker = Worker(
        config,
        store,
        WorkerEnvironment(poll_source=slow_writer, publish_stale=publish_nothing, clock=running),
    )
    run_until(worker, writing.is_set)
    health = store.source_health(running())
    store.close()
    assert health[0].state is SourceState.OK


def test_a_transaction_without_end_does_not_keep_the_service_from_ending(server: Server, tmp_path: Path) -> None:
    begun, end = threading.Event(), threading.Event()

    async def stuck(poll: Poll, tools: Tools) -> PollResult:
        def settle() -> None:
            begun.set()
            end.wait()

        await tools.run_in_writer(settle)
        raise AssertionError("never reached")

    config = config_of(tmp_path, [server.route("/feed", FEED)], FAST)
    store = store_of(config)
    start = time.monotonic()
    run_until(
        Worker(
            config,
            store,
            WorkerEnvironment(poll_source=stuck, publish_stale=publish_nothing, clock=running),
        ),
        begun.is_set,
    )
    assert begun.is_set()
    assert not end.is_set()
    assert time.monotonic() - start < 30
    end.set()
    store.close()


_NAME = "from aggregator.runtime.process_identity import new_identity; print(new_identity())"


def test_the_leases_of_a_process_that_was_killed_are_taken_over(server: Server, tmp_path: Path) -> None:
    with opened(tmp_path, [server.route("/feed", FEED)]) as (worker, store):
        dead = subprocess.run([sys.executable, "-c", _NAME], capture_output=True, text=True, check=True).stdout.strip()
        store.join(dead, running(), lambda owner: False)
        assert store.claim_polls(running(), 1, timedelta(hours=1), dead)
        run_until(worker, lambda: server.count("/feed") >= 1)


def test_poll_once_visits_what_is_due_named_or_everything(server: Server, tmp_path: Path) -> None:
    urls = [server.route(f"/{n}", FEED) for n in range(20)]
    config = config_of(tmp_path, urls, FAST + "\nconcurrency = 4")
    store = store_of(config)
    seen: list[PollResult] = []

    def once(slugs: list[str] | None = None, everything: bool = False) -> list[PollResult]:
        return asyncio.run(
            poll_once(
                config,
                store,
                PollSelection(slugs, everything),
                WorkerEnvironment(poll_source=visit, clock=running),
                seen.append,
            )
        )

    assert len(once()) == 20
    assert len(seen) == 20
    assert len(once(["s3", "s4"])) == 2
    assert len(once(everything=True)) == 20
    store.close()
    assert server.count("/3") == 3


@pytest.mark.parametrize("everything", [True, False])
def test_poll_once_with_nothing_to_do(tmp_path: Path, everything: bool) -> None:
    config = config_of(tmp_path, [], FAST)
    store = store_of(config)
    assert (
        asyncio.run(
            poll_once(
                config,
                store,
                PollSelection(all_sources=everything),
                WorkerEnvironment(poll_source=visit, clock=running),
            )
        )
        == []
    )
    store.close()
