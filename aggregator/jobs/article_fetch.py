"""The text of articles whose feed gives only an excerpt: fetched after their item was stored, a few at a time.

    take_in stores an item, and that it awaits its article     pipeline      (one transaction)
    claim what is due                                          store         (a lease in the queue)
    fetch the page                                             fetch         (the same guards and manners)
    extract, clean, categorise, locate, sketch                 article_text  (pure, in a child process)
    update the item, find its relatives anew, mark its feeds   store         (one transaction)

What fails is tried again a few times, then left with its reason; the item keeps what its feed has.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from aggregator.intake.article_selection import ACCEPT
from aggregator.intake.article_text import extract_article
from aggregator.intake.digest import ParseTask
from aggregator.intake.story_placement import assign_stories, mark_feeds_stale, to_new_item
from aggregator.messages import Message, fetch_errors, render
from aggregator.model import Draft, Failed, Fetched, KnownItems, Placement
from aggregator.model.articles import ArticleJob
from aggregator.runtime.process_pool import PoolCallFailed
from aggregator.services import Tools, model_file
from aggregator.store import Writer

log = logging.getLogger(__name__)

MAX_CONCURRENT = 4  # articles at the same time
MAX_PER_SOURCE = 2
LEASE = timedelta(minutes=3)  # a fetch, its reading, and waiting for its host's turn
RETRY_DELAYS = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
READ_SECONDS = 10.0
POOL_PRIORITY = 2  # behind every poll, in whose children articles are read

_PERMANENT_STATUSES = (401, 403, 404, 410, 451)
_PERMANENT_KINDS = ("gone", "bad-address", "forbidden-address", "too-large", "robots", "unreadable", "no-article")


class ArticleFetcher:
    """Keeps a few articles on their way; for one event loop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def tick(self, tools: Tools) -> int:
        """Begin as many as there is room for. Returns how many are on their way."""
        room = 0 if tools.fetcher.is_over_budget else MAX_CONCURRENT - len(self._tasks)
        if room > 0:
            for one in await tools.writing(tools.store.claim_articles, tools.clock(), room, MAX_PER_SOURCE, LEASE):
                task = asyncio.create_task(_fetch_logged(one, tools))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return len(self._tasks)

    async def drain(self, tools: Tools) -> None:
        """Until nothing is due any more."""
        while await self.tick(tools):
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def stop(self) -> None:
        """Give up what runs: its lease ends, and it is tried again."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _fetch_logged(job: ArticleJob, tools: Tools) -> None:
    try:
        await fetch_article(job, tools)
    except Exception:
        log.exception("article-fault item=%d", job.item_id)


async def fetch_article(job: ArticleJob, tools: Tools) -> None:
    """One article, from its page into the store. Whatever goes wrong is written down beside the item."""
    answer = await tools.fetcher.get(job.draft.url, accept=ACCEPT)
    found = await _extract_text(job, answer, tools) if isinstance(answer, Fetched) else answer
    if isinstance(found, Draft):
        await tools.writing(_store_article, tools, job, found)
    elif isinstance(found, Failed):
        await tools.writing(_record_failure, tools, job, found)
    said = render(found.reason) if isinstance(found, Failed) else None
    log.info("article item=%d source=%s attempt=%d error=%r", job.item_id, job.source.slug, job.attempts, said)


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
        found = await tools.children.with_priority(POOL_PRIORITY).run(
            extract_article, task, job.draft, timeout=READ_SECONDS
        )
    except PoolCallFailed as error:
        return Failed("unreadable", fetch_errors.reading_failed(error.kind, error.reason))
    return Failed("no-article", found) if isinstance(found, Message) else found


def _store_article(tools: Tools, job: ArticleJob, draft: Draft) -> None:
    now = tools.clock()
    with tools.store.write_transaction() as writer:
        if writer.is_article_pending(job.item_id, job.draft.content_hash):
            writer.update_items(job.source.id, [draft], now)
            _reassign_story(writer, job, draft, now)
            writer.complete_article(job.item_id)


def _reassign_story(writer: Writer, job: ArticleJob, draft: Draft, now: datetime) -> None:
    """Its whole text may show what it repeats. It joins another story only while it is alone in its own."""
    story, alone = writer.stories_of([job.item_id])[job.item_id], writer.is_alone_in_story(job.item_id)

    def allowed(placement: Placement) -> bool:
        return bool(placement.story_id) and (alone or placement.story_id == story)

    item = to_new_item(job.item_id, job.source.id, draft)
    touched = assign_stories(writer, [item], now, is_allowed=allowed) | {story}
    mark_feeds_stale(writer, job.source, [draft], touched)


def _record_failure(tools: Tools, job: ArticleJob, failure: Failed) -> None:
    now = tools.clock()
    with tools.store.write_transaction() as writer:
        writer.record_article_failure(job.item_id, next_attempt_at(job.attempts, failure, now), failure.reason)
        if failure.retry_after:
            writer.pause_articles(job.source.id, now + failure.retry_after)


def next_attempt_at(attempts: int, failure: Failed, now: datetime) -> datetime | None:
    """When to try again after so many attempts; None: never."""
    hopeless = failure.kind in _PERMANENT_KINDS or failure.status in _PERMANENT_STATUSES
    if hopeless or attempts > len(RETRY_DELAYS):
        return None
    return now + max(RETRY_DELAYS[attempts - 1], failure.retry_after or timedelta(0))
