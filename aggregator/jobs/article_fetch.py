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
from aggregator.intake.article_text import read_article
from aggregator.intake.digest import Task
from aggregator.intake.story_placement import new_item, settle_among, tell_feeds
from aggregator.messages import Message, fetch_errors, render
from aggregator.model import Draft, Failed, Fetched, Known, Placement
from aggregator.model.articles import Awaited
from aggregator.runtime.process_pool import ChildFailed
from aggregator.services import Tools, model_file
from aggregator.store import Writer

log = logging.getLogger(__name__)

PLACES = 4  # articles at the same time
OF_ONE_SOURCE = 2
LEASE = timedelta(minutes=3)  # a fetch, its reading, and waiting for its host's turn
RETRIES = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
READ_SECONDS = 10.0
RANK = 2  # behind every poll, in whose children articles are read

_FOR_GOOD = (401, 403, 404, 410, 451)
_HOPELESS = ("gone", "bad-address", "forbidden-address", "too-large", "robots", "unreadable", "no-article")


class Articles:
    """Keeps a few articles on their way; for one event loop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def tend(self, tools: Tools) -> int:
        """Begin as many as there is room for. Returns how many are on their way."""
        room = 0 if tools.fetcher.crowded else PLACES - len(self._tasks)
        if room > 0:
            for one in await tools.writing(tools.store.claim_articles, tools.clock(), room, OF_ONE_SOURCE, LEASE):
                task = asyncio.create_task(_surely(one, tools))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return len(self._tasks)

    async def finish(self, tools: Tools) -> None:
        """Until nothing is due any more."""
        while await self.tend(tools):
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def stop(self) -> None:
        """Give up what runs: its lease ends, and it is tried again."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _surely(one: Awaited, tools: Tools) -> None:
    try:
        await fetch_article(one, tools)
    except Exception:
        log.exception("article-fault item=%d", one.item_id)


async def fetch_article(one: Awaited, tools: Tools) -> None:
    """One article, from its page into the store. Whatever goes wrong is written down beside the item."""
    answer = await tools.fetcher.get(one.draft.url, accept=ACCEPT)
    found = await _read(one, answer, tools) if isinstance(answer, Fetched) else answer
    if isinstance(found, Draft):
        await tools.writing(_take, tools, one, found)
    elif isinstance(found, Failed):
        await tools.writing(_fail, tools, one, found)
    said = render(found.reason) if isinstance(found, Failed) else None
    log.info("article item=%d source=%s attempt=%d error=%r", one.item_id, one.source.slug, one.attempts, said)


async def _read(one: Awaited, page: Fetched, tools: Tools) -> Draft | Failed:
    task = Task(
        source=one.source,
        url=page.url,
        headers=page.headers,
        body=page.body,
        known=Known(),
        now=tools.clock(),
        categories=tools.config.settings.categories,
        model=str(model_file(tools.config)),
    )
    try:
        found = await tools.children.desk(RANK).run(read_article, task, one.draft, timeout=READ_SECONDS)
    except ChildFailed as error:
        return Failed("unreadable", fetch_errors.reading_failed(error.kind, error.reason))
    return Failed("no-article", found) if isinstance(found, Message) else found


def _take(tools: Tools, one: Awaited, draft: Draft) -> None:
    now = tools.clock()
    with tools.store.writing() as writer:
        if writer.still_awaited(one.item_id, one.draft.content_hash):
            writer.update(one.source.id, [draft], now)
            _join(writer, one, draft, now)
            writer.article_settled(one.item_id)


def _join(writer: Writer, one: Awaited, draft: Draft, now: datetime) -> None:
    """Its whole text may show what it repeats. It joins another story only while it is alone in its own."""
    story, alone = writer.stories_of([one.item_id])[one.item_id], writer.alone(one.item_id)

    def allowed(placement: Placement) -> bool:
        return bool(placement.story_id) and (alone or placement.story_id == story)

    item = new_item(one.item_id, one.source.id, draft)
    touched = settle_among(writer, [item], now, allowed=allowed) | {story}
    tell_feeds(writer, one.source, [draft], touched)


def _fail(tools: Tools, one: Awaited, why: Failed) -> None:
    now = tools.clock()
    with tools.store.writing() as writer:
        writer.article_failed(one.item_id, next_try(one.attempts, why, now), why.reason)
        if why.retry_after:
            writer.articles_paused(one.source.id, now + why.retry_after)


def next_try(attempts: int, why: Failed, now: datetime) -> datetime | None:
    """When to try again after so many attempts; None: never."""
    hopeless = why.kind in _HOPELESS or why.status in _FOR_GOOD
    if hopeless or attempts > len(RETRIES):
        return None
    return now + max(RETRIES[attempts - 1], why.retry_after or timedelta(0))
