"""The service's clockwork: a few APScheduler ticks over a due-time column; there is no job per source.

    poll      claim what is due while there is room, and visit it    every second or half
    publish   render again what has changed                          likewise
    push      take in what WebSub hubs delivered, and publish it     every half second
    hubs      ask hubs for what feeds offer there                    every two seconds
    hub       serve the subscribers of our own, or tell another's    every half second
    articles  fetch those of items that came with only an excerpt    every second
    pulse     tell that this poller lives, and what ails disk and database  every ten seconds
    prune     forget what is older than [retention] items            daily
    learn     ask whether the category model is to learn             every five minutes

A tick that fails is logged and comes again. The only file that imports APScheduler.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from aggregator.config.load import Config
from aggregator.fetching.fetcher import Fetcher
from aggregator.jobs.article_fetch import Articles
from aggregator.jobs.heartbeat import EVERY as PULSE_EVERY
from aggregator.jobs.heartbeat import Pulse
from aggregator.jobs.retraining import RetrainingJob
from aggregator.model import Poll, PollResult
from aggregator.polling.fetcher_handover import Retired
from aggregator.polling.poll_runner import PollSource, Rounds
from aggregator.polling.worker_settings import ONLY_OWNER, lease_of, owner_of, share_of, spread, sync, ticks_of
from aggregator.runtime.clock import now_utc
from aggregator.runtime.process_pool import Children
from aggregator.runtime.single_thread import OneThread
from aggregator.store import Store
from aggregator.websub.hub import Hub
from aggregator.websub.subscriber import Subscriber

if TYPE_CHECKING:
    from aggregator.services import Tools

log = logging.getLogger(__name__)

PublishStale = Callable[["Tools"], Awaitable[int]]

GRACE = 3.0  # seconds that running visits get when the service stops
CLOSING = 1.0  # seconds for each of the things that are closed after that
PUBLISH_ROUNDS = 20  # batches of stale documents rendered in one tick
PUSH_EVERY = timedelta(milliseconds=500)
HUBS_EVERY = timedelta(seconds=2)
FIRST_HUBS = timedelta(seconds=8)  # hubs call back at once, and the site starts when we do
ARTICLES_EVERY = timedelta(seconds=1)
LEARN_EVERY = timedelta(minutes=5)
FIRST_PRUNE = timedelta(minutes=10)


class Worker:
    """Polls and publishes until told to stop. ``poll_source`` and ``publish_stale`` are the pipeline's by default."""

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        poll_source: PollSource | None = None,
        publish_stale: PublishStale | None = None,
        rng: random.Random | None = None,
        clock: Callable[[], datetime],
    ) -> None:
        from aggregator import pipeline
        from aggregator.jobs.push_intake import read_pushes

        self._config = config
        self._read_pushes = read_pushes
        self._store = store
        self._poll_source = poll_source or pipeline.poll_source
        self._publish_stale = publish_stale or pipeline.publish_stale
        self._rng = rng or random.Random()
        self._clock = clock
        self._owner = owner_of(config)
        self._lease = lease_of(config)
        self._publishing = asyncio.Lock()
        self._tools: Tools  # of the config in force; running visits may hold earlier ones
        self._rounds: Rounds
        self._scheduler: AsyncIOScheduler | None = None
        self._retired = Retired()
        self._articles = Articles()
        self._retraining_job = RetrainingJob()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then end within some seconds with nothing half-written."""
        async with _tools(self._config, self._store, self._clock, self._rng) as tools:
            rounds = Rounds(tools, self._poll_source, lambda result: None)
            self._tools, self._rounds = tools, rounds
            # Leases of an earlier process that was killed: on one machine there is no other to hold them.
            await tools.writing(self._store.release, self._owner)
            await tools.writing(sync, self._config, self._store, tools.clock())
            await tools.writing(spread, self._config, self._store, tools.clock())
            if self._owner == ONLY_OWNER:
                await tools.writing(self._store.release_pushes)
                await tools.writing(self._store.release_subscribers)
            subscriber, hub, pulse = Subscriber(), Hub(), Pulse()
            scheduler = self._clockwork(rounds, subscriber, hub, pulse)
            scheduler.start()
            self._scheduler = scheduler
            try:
                await stop.wait()
            finally:
                scheduler.shutdown(wait=False)
                await subscriber.stop()
                await _quickly(hub.stop(tools))
                await self._articles.stop()
                await self._retraining_job.stop()
                await rounds.stop(GRACE)
                await self._retired.close()
                await _quickly(tools.writing(self._store.release, self._owner))
                await _quickly(pulse.stop(tools))

    async def take(self, config: Config) -> None:
        """Go on by another config, from the next visit on; those that run end by the old one. Before ``run`` has
        begun to work, and where only a restart helps (``reload.with_running``), there is nothing to do."""
        if self._scheduler is None:
            return
        old, self._config = self._tools, config
        self._lease = lease_of(config)
        fetcher = await self._retired.replaced(old.fetcher, old.config, config)
        self._tools = replace(old, config=config, fetcher=fetcher)
        waiting = self._rounds.take(self._tools)
        await old.writing(self._store.give_back, self._owner, waiting)
        await old.writing(sync, config, self._store, old.clock())
        await old.writing(spread, config, self._store, old.clock())
        for name, every in ticks_of(config).items():
            if every != ticks_of(old.config)[name]:
                self._scheduler.reschedule_job(name, trigger="interval", seconds=every.total_seconds())

    def _clockwork(self, rounds: Rounds, subscriber: Subscriber, hub: Hub, pulse: Pulse) -> AsyncIOScheduler:
        # "Maximum number of instances reached" is no news: a tick waits for the one before it.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        now = now_utc()  # APScheduler itself goes by the wall clock
        rhythm = ticks_of(self._config)
        tick, keep = rhythm["poll"], rhythm["prune"]
        jobs = {
            "poll": (lambda: self._poll(self._tools, rounds), tick, now),
            "publish": (lambda: self._publish(self._tools), tick, now + tick / 2),
            "push": (lambda: self._push(self._tools), PUSH_EVERY, now),
            "hubs": (lambda: subscriber.tend(self._tools), HUBS_EVERY, now + FIRST_HUBS),
            "hub": (lambda: hub.tend(self._tools), PUSH_EVERY, now + PUSH_EVERY / 2),
            "articles": (lambda: self._articles.tend(self._tools), ARTICLES_EVERY, now + ARTICLES_EVERY / 2),
            "pulse": (lambda: pulse.beat(self._tools), PULSE_EVERY, now),
            "learn": (lambda: self._learn(self._tools), LEARN_EVERY, now + LEARN_EVERY),
            "prune": (lambda: self._prune(self._config.retention.items), keep, now + min(FIRST_PRUNE, keep)),
        }
        for name, (job, every, first) in jobs.items():
            scheduler.add_job(
                _surely, "interval", (name, job), seconds=every.total_seconds(), id=name, next_run_time=first
            )
        return scheduler

    async def _poll(self, tools: Tools, rounds: Rounds) -> None:
        rounds.start()
        while (room := rounds.room()) > 0:
            claim = partial(self._store.claim, share=share_of(tools.config))
            polls = await tools.writing(claim, tools.clock(), room, self._lease, self._owner)
            rounds.add(polls, self._lease)
            rounds.start()
            if len(polls) < room:
                return

    async def _publish(self, tools: Tools) -> None:
        async with self._publishing:
            for _ in range(PUBLISH_ROUNDS):
                if not await self._publish_stale(tools):
                    return

    async def _push(self, tools: Tools) -> None:
        while await self._read_pushes(tools):
            await self._publish(tools)

    async def _learn(self, tools: Tools) -> None:
        await self._retraining_job.tick(tools)

    async def _prune(self, keep: timedelta) -> None:
        # Not in the writer's thread: it works in many small transactions, between which visits are written.
        upkeep = OneThread("upkeep")
        work = asyncio.get_running_loop().run_in_executor(upkeep, self._store.prune, self._clock(), keep)
        upkeep.shutdown(wait=False)
        log.info("prune deleted=%d", await work)


async def poll_once(
    config: Config,
    store: Store,
    slugs: Sequence[str] | None = None,
    everything: bool = False,
    on_progress: Callable[[PollResult], None] = lambda result: None,
    *,
    poll_source: PollSource | None = None,
    rng: random.Random | None = None,
    clock: Callable[[], datetime],
) -> list[PollResult]:
    """Visit the named sources, or all, or what is due, once each; in order of completion."""
    from aggregator import pipeline

    results: list[PollResult] = []

    def visited(result: PollResult) -> None:
        results.append(result)
        on_progress(result)

    here = f"once:{socket.gethostname()}:"
    owner = f"{here}{os.getpid()}"
    lease = timedelta(hours=1)
    articles = Articles()
    async with _tools(config, store, clock, rng or random.Random()) as tools:
        rounds = Rounds(tools, poll_source or pipeline.poll_source, visited)
        try:
            await tools.writing(sync, config, store, tools.clock())
            await tools.writing(_release_ended, store, here)
            polls = await tools.writing(_claim, store, tools.clock(), lease, owner, slugs, everything)
            rounds.add(polls, lease)
            while rounds.busy:
                rounds.start()
                await rounds.wait(1.0)
            await articles.finish(tools)
        finally:
            await rounds.stop(0)
            await articles.stop()
            await _quickly(tools.writing(store.release, owner))
    return results


def _release_ended(store: Store, here: str) -> None:
    """What earlier calls on this machine held when they were killed is free again."""
    for owner in store.lease_owners(here):
        process = owner.removeprefix(here)
        if not process.isdigit() or not _runs(int(process)):
            store.release(owner)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@asynccontextmanager
async def _tools(
    config: Config, store: Store, clock: Callable[[], datetime], rng: random.Random
) -> AsyncIterator[Tools]:
    from aggregator.intake.digest import warm
    from aggregator.services import Tools

    writer = OneThread("writer")
    fetcher = await Fetcher(config.polling, config.polling.user_agent or "Gedi", clock=clock).__aenter__()
    children = Children(prepare=warm)
    try:
        yield Tools(config, store, fetcher, children, writer, clock, rng)
    finally:
        await _quickly(children.close())
        await _quickly(fetcher.__aexit__(None, None, None))
        writer.shutdown(wait=False)


async def _surely(name: str, job: Callable[[], Awaitable[None]]) -> None:
    try:
        await job()
    except asyncio.CancelledError:
        log.debug("tick-cancelled job=%s", name)  # the service is stopping
    except Exception:
        log.exception("tick-fault job=%s", name)


async def _quickly(closing: Awaitable[object]) -> None:
    """Close something, but do not let it keep the service from ending."""
    with suppress(TimeoutError):
        await asyncio.wait_for(closing, CLOSING)


def _claim(
    store: Store, now: datetime, lease: timedelta, owner: str, slugs: Sequence[str] | None, everything: bool
) -> list[Poll]:
    return store.claim(now, 1_000_000, lease, owner, slugs=slugs, all=everything)
