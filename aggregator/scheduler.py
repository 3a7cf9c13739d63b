"""The scheduler of the service: a few APScheduler jobs over a due-time column; there is no job per source.

    poll      claim due sources while there is room, and poll them        every second or half
    publish   render stale feeds                                          likewise
    push      read what WebSub hubs delivered, and publish it             every half second
    hubs      send subscription requests to publishers' hubs              every two seconds
    hub       deliver to subscribers of our hub, or notify another hub    every half second
    articles  fetch the pages of items that have only an excerpt          every second
    pulse     record the heartbeat, check disk and database               every ten seconds
    lists     fetch followed lists of sources                             every second
    notify    send notifications of new stories and incidents             every second
    digests   make the daily digests, publish them at their hour          every fifteen seconds
    index     send addresses of new stories to search engines             every five seconds
    prune     delete items older than [retention] items                   daily
    convert   convert what a database of an older version holds           after the start, once
    learn     check whether the category model is due for retraining      every five minutes

A job that fails is logged and runs again at its next time. The only file that imports APScheduler.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from aggregator.config.load import Config
from aggregator.jobs.article_fetch import ArticleFetcher
from aggregator.jobs.conversion import ConversionJob
from aggregator.jobs.daily_digests import DigestJob
from aggregator.jobs.heartbeat import HEARTBEAT_EVERY as PULSE_EVERY
from aggregator.jobs.heartbeat import Heartbeat
from aggregator.jobs.index_push import IndexPusher
from aggregator.jobs.list_fetch import ListFetcher
from aggregator.jobs.notify import Notifier
from aggregator.jobs.picture_fetch import PictureFetcher
from aggregator.jobs.retraining import RetrainingJob
from aggregator.messages import incidents
from aggregator.polling.environment import WorkerEnvironment, close_quickly, open_tools, until_available
from aggregator.polling.fetcher_handover import FetcherHandover
from aggregator.polling.poll_runner import PollRunner
from aggregator.polling.poll_summary import PollSummary
from aggregator.polling.worker_settings import (
    host_quota_of,
    lease_duration,
    next_claim_delay,
    recall_far_polls,
    spread_overdue_polls,
    sync_sources,
    tick_intervals,
)
from aggregator.runtime.background_tasks import Job, log_failure
from aggregator.runtime.clock import now_utc
from aggregator.runtime.clock_watch import CHECK_EVERY, ClockWatch
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.store import Store
from aggregator.store.api.connection import MovedDatabaseError, StatementTimeoutError
from aggregator.websub.hub import HubWorker
from aggregator.websub.subscriber import SubscriptionWorker

if TYPE_CHECKING:
    from aggregator.services import Tools

log = logging.getLogger(__name__)

SHUTDOWN_GRACE = 3.0  # seconds for running polls when the service stops
MAX_PUBLISH_BATCHES = 20  # batches of stale documents rendered in one tick
PUSH_EVERY = timedelta(milliseconds=500)
HUBS_EVERY = timedelta(seconds=2)
HUBS_DELAY = timedelta(seconds=8)  # hubs call back at once, when the site may not have started yet
ARTICLES_EVERY = timedelta(seconds=1)
PICTURES_EVERY = timedelta(seconds=1)
LISTS_EVERY = timedelta(seconds=1)
SUMMARY_EVERY, SUMMARY_DELAY = timedelta(minutes=1), timedelta(seconds=15)  # after a start one looks at the log
NOTIFY_EVERY = timedelta(seconds=1)
DIGESTS_EVERY = timedelta(seconds=15)
INDEX_EVERY = timedelta(seconds=5)
RETRAIN_CHECK_EVERY = timedelta(minutes=5)
MOVED_PAUSE = 30.0  # seconds until a job is tried again in a database that was moved
PRUNE_DELAY = timedelta(minutes=10)
CONVERT_EVERY, CONVERT_DELAY = timedelta(minutes=10), timedelta(seconds=20)  # a failed conversion goes on


class Worker:
    """Runs all jobs until stopped."""

    def __init__(self, config: Config, store: Store, environment: WorkerEnvironment) -> None:
        from aggregator import pipeline
        from aggregator.jobs.push_intake import process_pushes

        self._config = config
        self._read_pushes = process_pushes
        self._store = store
        self._poll_source = environment.poll_source or pipeline.poll_source
        self._publish_stale = environment.publish_stale or pipeline.publish_stale
        self._environment = environment
        self._clock = environment.clock
        self._lease = lease_duration(config)
        self._publishing = asyncio.Lock()
        self._tools: Tools  # of the current config; running polls may use earlier ones
        self._runner: PollRunner
        self._scheduler: AsyncIOScheduler | None = None
        self._fetcher_handover = FetcherHandover()
        self._article_fetcher = ArticleFetcher()
        self._picture_fetcher = PictureFetcher()
        self._list_fetcher = ListFetcher()
        self._notifier = Notifier()
        self._digest_job = DigestJob()
        self._index_pusher = IndexPusher()
        self._retraining_job = RetrainingJob()
        self._conversion_job = ConversionJob()
        self._heartbeat = Heartbeat()
        self._summary = PollSummary()

    @property
    def is_started(self) -> bool:
        """Return whether the jobs run."""
        return self._scheduler is not None

    def seconds_since_heartbeat(self) -> float:
        """Return how long event loop and writer thread have not finished a heartbeat."""
        return self._heartbeat.silence

    async def run(self, stop: asyncio.Event) -> None:
        """Run until ``stop`` is set, then stop within seconds without partial writes."""
        async with open_tools(self._config, self._store, self._environment, stop) as tools:
            runner = PollRunner(tools, self._poll_source, self._summary.add)
            self._tools, self._runner = tools, runner
            await until_available(partial(self._update_sources, tools), stop)
            subscriber, hub, heartbeat = SubscriptionWorker(), HubWorker(), self._heartbeat
            scheduler = self._build_scheduler(runner, subscriber, hub, heartbeat)
            scheduler.start()
            self._scheduler = scheduler
            clock_watch = asyncio.create_task(self._watch_clock(scheduler))
            try:
                await stop.wait()
            finally:
                clock_watch.cancel()
                scheduler.shutdown(wait=False)
                await subscriber.stop()
                await close_quickly(hub.stop(tools))
                await self._article_fetcher.stop()
                await self._picture_fetcher.stop()
                await self._list_fetcher.stop()
                await self._notifier.stop()
                await self._digest_job.stop()
                await self._index_pusher.stop()
                await self._retraining_job.stop()
                self._conversion_job.stop()
                await runner.stop(SHUTDOWN_GRACE)
                await self._fetcher_handover.close()
                await close_quickly(heartbeat.stop(tools))

    async def _update_sources(self, tools: Tools) -> None:
        """Bring sources and due times in line with config and clock."""
        for step in (sync_sources, recall_far_polls, spread_overdue_polls):
            await tools.run_in_writer(step, self._config, self._store, tools.clock())

    async def apply_config(self, config: Config) -> None:
        """Use another config from the next poll on; running polls end with the old one.

        Does nothing before ``run`` has started. If the database is not available, raises its error and changes nothing,
        so that the call can be repeated. Settings that need a restart are ignored (``watcher``).
        """
        if self._scheduler is None:
            return
        old = self._tools
        await old.run_in_writer(sync_sources, config, self._store, old.clock(), old.config)  # may fail: to be repeated
        await old.run_in_writer(spread_overdue_polls, config, self._store, old.clock())
        self._config, self._lease = config, lease_duration(config)
        fetcher = await self._fetcher_handover.hand_over(old.fetcher, old.config, config)
        self._tools = replace(old, config=config, fetcher=fetcher)
        waiting = self._runner.apply_tools(self._tools)
        self._runner.unstored += waiting  # released before the next claim
        for name, every in tick_intervals(config).items():
            if every != tick_intervals(old.config)[name]:
                self._scheduler.reschedule_job(name, trigger="interval", seconds=every.total_seconds())

    def _build_scheduler(
        self, runner: PollRunner, subscriber: SubscriptionWorker, hub: HubWorker, heartbeat: Heartbeat
    ) -> AsyncIOScheduler:
        # Overlapping runs are expected: "maximum number of instances reached" is not worth a warning.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        now = now_utc()  # APScheduler uses the wall clock
        intervals = tick_intervals(self._config)
        poll_every, prune_every = intervals["poll"], intervals["prune"]
        jobs = {
            "poll": (lambda: self._poll(self._tools, runner), poll_every, now),
            "publish": (lambda: self._publish(self._tools), poll_every, now + poll_every / 2),
            "push": (lambda: self._push(self._tools), PUSH_EVERY, now),
            "hubs": (lambda: subscriber.tick(self._tools), HUBS_EVERY, now + HUBS_DELAY),
            "hub": (lambda: hub.tick(self._tools), PUSH_EVERY, now + PUSH_EVERY / 2),
            "articles": (lambda: self._article_fetcher.tick(self._tools), ARTICLES_EVERY, now + ARTICLES_EVERY / 2),
            "pictures": (lambda: self._picture_fetcher.tick(self._tools), PICTURES_EVERY, now + PICTURES_EVERY),
            "digests": (lambda: self._digest_job.tick(self._tools), DIGESTS_EVERY, now + DIGESTS_EVERY),
            "lists": (lambda: self._list_fetcher.tick(self._tools), LISTS_EVERY, now),
            "summary": (self._report_polls, SUMMARY_EVERY, now + SUMMARY_DELAY),
            "notify": (lambda: self._notifier.tick(self._tools), NOTIFY_EVERY, now + NOTIFY_EVERY / 2),
            "index": (lambda: self._index_pusher.tick(self._tools), INDEX_EVERY, now + INDEX_EVERY),
            "pulse": (lambda: heartbeat.tick(self._tools), PULSE_EVERY, now),
            "learn": (lambda: self._retrain(self._tools), RETRAIN_CHECK_EVERY, now + RETRAIN_CHECK_EVERY),
            "convert": (lambda: self._conversion_job.tick(self._store), CONVERT_EVERY, now + CONVERT_DELAY),
            "prune": (
                lambda: self._prune(self._config.retention.items),
                prune_every,
                now + min(PRUNE_DELAY, prune_every),
            ),
        }
        for name, (job, every, first) in jobs.items():
            scheduler.add_job(
                self._run_tick, "interval", (name, job), seconds=every.total_seconds(), id=name, next_run_time=first
            )
        return scheduler

    async def _poll(self, tools: Tools, runner: PollRunner) -> None:
        runner.start_ready()
        if unstored := list(runner.unstored):
            await tools.run_in_writer(self._store.release_claims, tools.owner, unstored)
            del runner.unstored[: len(unstored)]
        others_wait = False
        while (room := runner.claim_room()).total > 0:
            claim = await tools.run_in_writer(
                self._store.claim_due, tools.clock(), room, host_quota_of(tools.config), self._lease, tools.owner
            )
            others_wait = claim.others_wait
            runner.add(claim.polls, self._lease)
            runner.start_ready()
            if len(claim.polls) < room.total:
                break
        delay = next_claim_delay(tools.config, tools.rng, others_wait=others_wait)
        if delay is not None and self._scheduler is not None:
            self._scheduler.modify_job("poll", next_run_time=now_utc() + delay)

    async def _watch_clock(self, scheduler: AsyncIOScheduler) -> None:
        """Correct what depends on the wall clock when it is set; jobs would wait until it is again where it was."""
        watch = ClockWatch(self._clock)
        while True:
            await asyncio.sleep(CHECK_EVERY)
            if jump := watch.check():
                log.warning("clock_jumped seconds=%.0f", jump)
                if jump < 0:  # a machine that was suspended looks like one whose clock was set forward
                    self._heartbeat.note_failure(incidents.CLOCK(seconds=round(jump)), self._clock())
                    _move_jobs(scheduler, jump)
                await log_failure(self._recall_polls, log, "polls_not_recalled")

    async def _recall_polls(self) -> None:
        await self._tools.run_in_writer(recall_far_polls, self._config, self._store, self._clock())
        await self._tools.run_in_writer(spread_overdue_polls, self._config, self._store, self._clock())

    async def note_site_restart(self) -> None:
        """Record that the site did not respond and was started again."""
        self._heartbeat.note_failure(incidents.PROCESS(process="site"), self._clock())

    async def _report_polls(self) -> None:
        self._summary.report()

    async def _publish(self, tools: Tools) -> None:
        async with self._publishing:
            for _ in range(MAX_PUBLISH_BATCHES):
                if not await self._publish_stale(tools):
                    return

    async def _push(self, tools: Tools) -> None:
        while await self._read_pushes(tools):
            await self._publish(tools)

    async def _retrain(self, tools: Tools) -> None:
        await self._retraining_job.tick(tools)

    async def _prune(self, keep: timedelta) -> None:
        # Not in the writer thread: pruning uses many small transactions, and polls are written in between.
        upkeep = SingleThreadExecutor("upkeep")
        work = asyncio.get_running_loop().run_in_executor(upkeep, self._store.prune, self._clock(), keep)
        upkeep.shutdown(wait=False)
        log.info("items_pruned deleted=%d", await work)

    async def _run_tick(self, name: str, job: Job) -> None:
        try:
            await log_failure(_unless_moved(partial(self._unless_timed_out, name, job)), log, "job_failed job=%s", name)
        except asyncio.CancelledError:
            log.debug("job_cancelled job=%s", name)  # the service is stopping

    async def _unless_timed_out(self, name: str, job: Job) -> None:
        try:
            await job()
        except StatementTimeoutError as error:
            log.error("job_timed_out job=%s error=%r", name, str(error))
            self._heartbeat.note_timeout(name, self._clock())


def _move_jobs(scheduler: AsyncIOScheduler, seconds: float) -> None:
    """Move the next run of every job."""
    for job in scheduler.get_jobs():
        if job.next_run_time is not None:
            job.modify(next_run_time=job.next_run_time + timedelta(seconds=seconds))


def _unless_moved(job: Job) -> Job:
    """Return a job that pauses when it finds that the database was moved: every job fails then."""

    async def run() -> None:
        try:
            await job()
        except MovedDatabaseError:  # which the store has logged
            await asyncio.sleep(MOVED_PAUSE)

    return run
