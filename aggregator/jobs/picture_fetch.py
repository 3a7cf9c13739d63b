"""Fetch the pictures of new items and store thumbnails of them, a few at a time, after the items were stored.

    store the item and enqueue its pictures       pipeline     (one transaction)
    claim what is due, half as many of each host as polls may           store        (a lease in the queue)
    fetch it                                      fetching     (same guards and limits as polls)
    check, decode, scale, encode                  thumbnails   (in a worker process)
    store the thumbnails                          store        (one transaction)
    evict what was not requested for longest      store        (at most every minute)

Pages show pictures that are stored and no others, so no request of a reader leads to a request to a publisher.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta
from functools import partial

from aggregator.fetching.urls import host_key
from aggregator.intake.thumbnails import make_thumbnails
from aggregator.jobs.retries import retry_at
from aggregator.model import Failed, Fetched
from aggregator.model.pictures import PictureJob, Thumbnails
from aggregator.runtime.background_tasks import BackgroundTasks
from aggregator.runtime.priority import Priority
from aggregator.runtime.process_pool import PoolCallFailed
from aggregator.services import Tools
from aggregator.store import LeaseLostError

log = logging.getLogger(__name__)

ACCEPT = "image/webp,image/jpeg,image/png,image/gif;q=0.8"
MAX_CONCURRENT = 4
LEASE = timedelta(minutes=3)  # fetching, decoding, and waiting for the host
RETRY_DELAYS = (timedelta(minutes=10), timedelta(hours=2))
DECODE_SECONDS = 8.0
EVICT_EVERY = timedelta(minutes=1)

_IMAGE_TYPES = ("image/", "application/octet-stream", "binary/octet-stream")
_PERMANENT_STATUSES = (400, 401, 403, 404, 405, 410, 451)
_PERMANENT_KINDS = ("gone", "bad-address", "forbidden-address", "too-large", "robots", "redirect", "refused")


class PictureFetcher:
    """Fetches a few pictures concurrently; belongs to one event loop."""

    def __init__(self) -> None:
        self._tasks = BackgroundTasks(log)
        self._running = Counter[str]()  # by host
        self._evict_at: datetime | None = None  # when to look for surplus thumbnails; None: nothing was stored since

    async def tick(self, tools: Tools) -> int:
        """Start as many fetches as there is room for. Returns the number in progress."""
        room = 0 if tools.fetcher.is_over_budget else MAX_CONCURRENT - len(self._tasks)
        if room > 0:
            per_host = max(1, tools.config.polling.per_host // 2)  # the rest is for polls
            claim = partial(
                tools.store.claim_pictures, tools.clock(), room, per_host, self._running, LEASE, tools.owner
            )
            for job in await tools.run_in_writer(claim):
                self._tasks.start(partial(self._fetch, job, tools), "picture_failed picture=%d", job.id)
        if self._evict_at is not None and tools.clock() >= self._evict_at:
            self._evict_at = None
            evicted = await tools.run_in_writer(tools.store.evict_thumbnails, tools.config.retention.thumbnails)
            if evicted:
                log.info("thumbnails_evicted pictures=%d", evicted)
        return len(self._tasks)

    async def drain(self, tools: Tools) -> None:
        """Fetch until no picture is due."""
        while await self.tick(tools):
            await self._tasks.wait()

    async def stop(self) -> None:
        """Cancel running fetches; their leases expire and they are retried."""
        await self._tasks.stop()

    async def _fetch(self, job: PictureJob, tools: Tools) -> None:
        host = host_key(job.url)
        self._running[host] += 1
        try:
            await fetch_picture(job, tools)
        finally:
            self._running[host] -= 1
        self._evict_at = self._evict_at or tools.clock() + EVICT_EVERY


async def fetch_picture(job: PictureJob, tools: Tools) -> None:
    """Fetch one picture and store its thumbnails. Every failure is recorded with the picture."""
    answer = await tools.fetcher.get(job.url, accept=ACCEPT)
    tools.stage_times.add("picture", answer.elapsed, failed=isinstance(answer, Failed))
    found = await _make_thumbnails(answer, tools) if isinstance(answer, Fetched) else answer
    try:
        if isinstance(found, Thumbnails):
            await tools.run_in_writer(_store, tools, job, found)
        elif isinstance(found, Failed):
            await tools.run_in_writer(_record_failure, tools, job, found, found.kind, found.retry_after)
        elif isinstance(found, str):
            await tools.run_in_writer(_record_failure, tools, job, None, found, None)
    except LeaseLostError:
        log.warning("lease_lost picture=%d", job.id)
        return
    said = found if isinstance(found, str) else str(found.kind) if isinstance(found, Failed) else None
    log.debug("picture_fetched picture=%d host=%s attempt=%d error=%r", job.id, host_key(job.url), job.attempts, said)


async def _make_thumbnails(answer: Fetched, tools: Tools) -> Thumbnails | str:
    media_type = answer.headers.get("content-type", "image/").strip().lower()
    if not media_type.startswith(_IMAGE_TYPES) or media_type.startswith("image/svg"):
        return "wrong-type"
    pool = tools.pool.with_priority(Priority.BACKGROUND)
    try:
        return await pool.run(make_thumbnails, answer.body, timeout=DECODE_SECONDS)
    except PoolCallFailed as error:
        return error.kind


def _store(tools: Tools, job: PictureJob, found: Thumbnails) -> None:
    with tools.store.write_transaction(settling=True) as writer:
        writer.lock_items_of_picture(job.id)
        writer.require_leases([job])
        writer.store_thumbnails(job.id, found, tools.clock())


def _record_failure(
    tools: Tools, job: PictureJob, failure: Failed | None, reason: str, retry_after: timedelta | None
) -> None:
    now = tools.clock()
    with tools.store.write_transaction(settling=True) as writer:
        writer.require_leases([job])
        writer.record_picture_failure(job.id, next_attempt_at(job.attempts, failure, now), reason)
    if retry_after:
        with tools.store.write_transaction(settling=True) as writer:
            writer.pause_pictures(host_key(job.url), now + retry_after)


def next_attempt_at(attempts: int, failure: Failed | None, now: datetime) -> datetime | None:
    """Return when to retry after ``attempts`` failures; None: never. A picture that came but cannot be shown is not
    fetched again.
    """
    if failure is None or failure.kind in _PERMANENT_KINDS or failure.status in _PERMANENT_STATUSES:
        return None
    return retry_at(attempts, RETRY_DELAYS, failure.retry_after, now)
