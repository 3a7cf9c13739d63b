"""Make the daily digests shortly before their hour, ask for their summaries, and publish them at the hour.

    ten minutes before    choose and store the stories of every digest that is read     publishing, store
                          ask for a summary of each, if there is a model                digest_summary
    at the hour           mark the feeds stale, which renders them                      store

A summary that has not come by the hour is not used: the hour does not wait for it, and what is published stays.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import date, timedelta
from functools import partial

from aggregator.model.daily_digests import DailyDigest
from aggregator.runtime.background_tasks import BackgroundTasks
from aggregator.services import Tools

log = logging.getLogger(__name__)

PREPARE = timedelta(minutes=10)  # before the hour
MAX_CONCURRENT = 2  # requests for summaries


class DigestJob:
    """Makes and publishes digests; belongs to one event loop."""

    def __init__(self) -> None:
        self._tasks = BackgroundTasks(log)
        self._prepared: date | None = None  # the last day whose digests were made
        self._published: date | None = None  # the last day whose digests are in the feeds

    async def tick(self, tools: Tools) -> None:
        """Make the next digests if it is time, and publish those whose hour has come."""
        from aggregator.publishing.daily_selection import latest_day

        now = tools.clock()
        next_day, latest = latest_day(tools.config, now + PREPARE), latest_day(tools.config, now)
        if next_day != self._prepared:
            self._prepared = next_day
            made = await asyncio.to_thread(make_digests, tools, next_day)
            if made and next_day > latest and tools.config.settings.summaries.address:
                self._tasks.start(partial(self._summarize, made, tools), "summaries_failed")
        if latest != self._published:
            count = await tools.run_in_writer(_mark_stale, tools)
            if self._published is not None:
                log.info("digests_published day=%s feeds=%d", latest, count)
            self._published = latest

    async def stop(self) -> None:
        """Cancel what waits for a summary."""
        await self._tasks.stop()

    async def _summarize(self, digests: list[DailyDigest], tools: Tools) -> None:
        from aggregator.jobs.digest_summary import request_summary

        room = asyncio.Semaphore(MAX_CONCURRENT)

        async def summarize(digest: DailyDigest) -> None:
            async with room:
                left = (digest.published - tools.clock()).total_seconds()
                if left <= 0:
                    return
                async with asyncio.timeout(left):
                    summary = await request_summary(digest, tools.config, tools.clock)
            if summary and tools.clock() < digest.published:
                store = tools.store
                await tools.run_in_writer(store.set_digest_summary, digest.listing, digest.day, summary)

        outcomes = await asyncio.gather(*map(summarize, digests), return_exceptions=True)
        for digest, outcome in zip(digests, outcomes, strict=True):
            if isinstance(outcome, TimeoutError):
                log.warning("summary_failed listing=%s day=%s reason=%r", digest.listing, digest.day, "too late")
            elif isinstance(outcome, BaseException):
                log.error("summary_failed listing=%s day=%s", digest.listing, digest.day, exc_info=outcome)


def make_digests(tools: Tools, day: date) -> list[DailyDigest]:
    """Store the digests of a day of all listings that are read. Returns those that this worker stored."""
    from aggregator.publishing.daily_selection import make_digest

    made = []
    for listing in sorted({"all", *tools.store.digest_listings()}):
        if tools.store.daily_digests(listing, day, day):
            continue
        digest = make_digest(tools.store, tools.config, listing, day)
        stored, is_new = tools.store.put_daily_digest(digest) if digest.stories else (digest, False)
        if is_new:
            made.append(stored)
    return made


def _mark_stale(tools: Tools) -> int:
    from aggregator.publishing.daily_feed import PREFIX

    keys = {f"{PREFIX}{listing}" for listing in tools.store.digest_listings()}
    if keys:
        with tools.store.write_transaction() as writer:
            writer.mark_stale(keys)
    return len(keys)
