"""Fetch the full text of items whose feed has only an excerpt, a few at a time, after they were stored.

    store the item and queue its article         pipeline      (one transaction)
    claim what is due                            store         (a lease in the queue)
    fetch the page                               fetching      (same guards and limits as polls)
    extract, clean, categorize, locate           article_text  (pure, in a worker process)
    update the item, its story and its feeds     store         (one transaction)

A failure is retried a few times and then recorded; the item keeps the text of its feed.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial

from aggregator.intake.article_selection import ACCEPT
from aggregator.intake.article_text import extract_article
from aggregator.intake.document_storage import store_documents
from aggregator.intake.parse_task import ParseTask
from aggregator.intake.picture_selection import select_pictures
from aggregator.jobs.retries import retry_at
from aggregator.messages import Message, fetch_errors, render
from aggregator.model import Document, Draft, Failed, Fetched, KnownItems
from aggregator.model.articles import ArticleJob
from aggregator.runtime.background_tasks import BackgroundTasks
from aggregator.runtime.priority import Priority
from aggregator.runtime.process_pool import PoolCallFailed
from aggregator.services import Tools, model_file
from aggregator.store import LeaseLostError, PlacementPlan, Writer

log = logging.getLogger(__name__)

MAX_CONCURRENT = 4  # concurrent articles
MAX_PER_SOURCE = 2
LEASE = timedelta(minutes=3)  # fetching, reading, and waiting for the host
RETRY_DELAYS = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
READ_SECONDS = 10.0

_PERMANENT_STATUSES = (401, 403, 404, 410, 451)
_PERMANENT_KINDS = ("gone", "bad-address", "forbidden-address", "too-large", "robots", "unreadable", "no-article")


class ArticleFetcher:
    """Fetches a few articles concurrently; belongs to one event loop."""

    def __init__(self) -> None:
        self._tasks = BackgroundTasks(log)

    async def tick(self, tools: Tools) -> int:
        """Start as many fetches as there is room for. Returns the number in progress."""
        room = 0 if tools.fetcher.is_over_budget else MAX_CONCURRENT - len(self._tasks)
        if room > 0:
            for one in await tools.run_in_writer(
                tools.store.claim_articles, tools.clock(), room, MAX_PER_SOURCE, LEASE, tools.owner
            ):
                self._tasks.start(partial(fetch_article, one, tools), "article_failed item=%d", one.item_id)
        return len(self._tasks)

    async def drain(self, tools: Tools) -> None:
        """Fetch until no article is due."""
        while await self.tick(tools):
            await self._tasks.wait()

    async def stop(self) -> None:
        """Cancel running fetches; their leases expire and they are retried."""
        await self._tasks.stop()


async def fetch_article(job: ArticleJob, tools: Tools) -> None:
    """Fetch one article and store its text. Every failure is recorded with the item."""
    options = tools.config.request_options(job.source.slug)
    answer = await tools.fetcher.get(job.draft.url, accept=ACCEPT, options=options.for_pages() if options else None)
    tools.stage_times.add("article", answer.elapsed, failed=isinstance(answer, Failed))
    found = await _extract_text(job, answer, tools) if isinstance(answer, Fetched) else answer
    try:
        if isinstance(found, Draft):
            await tools.run_in_writer(_store_article, tools, job, found)
        elif isinstance(found, Failed):
            await tools.run_in_writer(_record_failure, tools, job, found)
    except LeaseLostError:
        log.warning("lease_lost item=%d", job.item_id)
        return
    said = render(found.reason) if isinstance(found, Failed) else None
    log.debug("article_fetched item=%d source=%s attempt=%d error=%r", job.item_id, job.source.slug, job.attempts, said)


async def _extract_text(job: ArticleJob, page: Fetched, tools: Tools) -> Draft | Failed:
    task = ParseTask(
        source=job.source,
        url=page.url,
        headers=page.headers,
        body=page.body,
        known=KnownItems(),
        now=tools.clock(),
        categories=tools.config.settings.categories,
        model=str(model_file(tools.config)),
    )
    try:
        found = await tools.pool.with_priority(Priority.BACKGROUND).run(
            extract_article, task, job.draft, timeout=READ_SECONDS
        )
    except PoolCallFailed as error:
        return Failed("unreadable", fetch_errors.reading_failed(error.kind, error.reason))
    return Failed("no-article", found) if isinstance(found, Message) else found


def _store_article(tools: Tools, job: ArticleJob, draft: Draft) -> None:
    """Replace the text of the item and place it again: the full text may show that it is a reprint."""
    now = tools.clock()

    def finish(writer: Writer, plan: PlacementPlan) -> None:
        if plan.documents[0].edited:  # else the item was edited meanwhile, and its new page is queued
            writer.set_pictures(select_pictures(job.source, plan.documents[0]), now)
            writer.complete_article(job.item_id)

    if tools.store.is_article_pending(job.item_id, job.draft.content_hash):
        store_documents(tools.store, [Document(job.source, (draft,), is_full_text=True)], now, finish, claimed=[job])


def _record_failure(tools: Tools, job: ArticleJob, failure: Failed) -> None:
    now = tools.clock()
    with tools.store.write_transaction(settling=True) as writer:
        writer.require_leases([job])
        writer.record_article_failure(job.item_id, next_attempt_at(job.attempts, failure, now), failure.reason)
        if failure.retry_after:
            writer.pause_articles(job.source.id, now + failure.retry_after)


def next_attempt_at(attempts: int, failure: Failed, now: datetime) -> datetime | None:
    """Return when to retry after ``attempts`` failures; None: never."""
    hopeless = failure.kind in _PERMANENT_KINDS or failure.status in _PERMANENT_STATUSES
    return None if hopeless else retry_at(attempts, RETRY_DELAYS, failure.retry_after, now)
