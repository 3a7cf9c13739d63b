"""Fetch the followed lists of sources: by the rules, limits and schedule of feeds.

    claim what is due                              store        (a lease in the row)
    fetch it, conditionally                        fetching     (the same guard and limits as polls)
    read the whole list, or say what is wrong      config       (in a worker process)
    plan the next poll                             polling      (learned, with back-off, as for a source)
    store list and state                           store        (one transaction)

A list with an error is not taken: the last good one stays in force. Who uses the lists finds new ones in the store.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial

from aggregator.config.load import Config, reading_rules
from aggregator.config.source_lists import check_list
from aggregator.fetching.fetcher import validators_of
from aggregator.messages import Message, fetch_errors, render
from aggregator.model import Failed, Fetched, NotModified, ParsedDocument, Poll, Source
from aggregator.model.source_lists import ListDocument, ListPoll, ListPollResult
from aggregator.polling.schedule import plan_next_poll, request_validators
from aggregator.polling.worker_settings import lease_duration
from aggregator.runtime.background_tasks import BackgroundTasks
from aggregator.runtime.process_pool import PoolCallFailed
from aggregator.services import Tools
from aggregator.store import LeaseLostError

log = logging.getLogger(__name__)

ACCEPT = "text/x-opml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
READ_SECONDS = 30.0
MAX_LISTED_PROBLEMS = 5  # errors of a list that its state names
LOOK_EVERY = timedelta(seconds=10)  # how often the store is asked what is due, while the config is the same


class ListFetcher:
    """Fetches lists that are due; belongs to one event loop."""

    def __init__(self) -> None:
        self._tasks = BackgroundTasks(log)
        self._urls: tuple[str, ...] = ()
        self._due_at: datetime | None = None  # when to look again

    async def tick(self, tools: Tools) -> None:
        """Start fetching what is due."""
        urls, now = tools.config.list_addresses, tools.clock()
        if not urls or (urls == self._urls and self._due_at is not None and now < self._due_at):
            return
        self._urls, self._due_at = urls, now + min(LOOK_EVERY, tools.config.polling.minimum / 2)
        claim = partial(tools.store.claim_lists, urls, now, lease_duration(tools.config), tools.owner)
        for poll in await tools.run_in_writer(claim):
            self._tasks.start(partial(fetch_list, poll, tools), "list_poll_failed")

    async def stop(self) -> None:
        """Cancel running fetches; their leases expire and they are retried."""
        await self._tasks.stop()


async def fetch_lists(tools: Tools, *, due: bool = True) -> None:
    """Fetch all followed lists that are due, or with ``due`` false all, and wait for them."""
    urls = tools.config.list_addresses
    claim = partial(tools.store.claim_lists, urls, tools.clock(), lease_duration(tools.config), tools.owner, due=due)
    for poll in await tools.run_in_writer(claim) if urls else ():
        await fetch_list(poll, tools)


async def fetch_list(poll: ListPoll, tools: Tools) -> None:
    """Fetch one list and store what came of it."""
    sent = request_validators(poll.validators, tools.rng)
    outcome: Fetched | NotModified | Failed = await tools.fetcher.get(poll.url, sent, accept=ACCEPT)
    document: ListDocument | None = None
    if isinstance(outcome, Fetched) and outcome.digest != poll.validators.body_hash:
        read = await read_document(poll.url, outcome, tools)
        if isinstance(read, Failed):
            outcome = read
        else:
            document = read
    result = build_list_result(poll, outcome, document, tools)
    try:
        await tools.run_in_writer(tools.store.record_list_poll, result)
    except LeaseLostError:
        log.warning("lease_lost list=%s", tools.config.redact(poll.url))
        return
    told = tools.config.redact(render(result.error)) if result.error else None
    count = document.source_count if document else None
    log.info("list_polled url=%s sources=%s error=%r", tools.config.redact(poll.url), count, told)


async def read_document(url: str, fetched: Fetched, tools: Tools) -> ListDocument | Failed:
    """Return a fetched list if every source in it can be used, otherwise what is wrong."""
    rules, _ = reading_rules(tools.config.file_settings, tools.config.category_tree)
    try:
        count, problems = await tools.pool.run(
            check_list, url, fetched.url, fetched.body, rules, timeout=READ_SECONDS, heavy=True
        )
    except PoolCallFailed as error:
        return Failed(error.kind, fetch_errors.reading_failed(error.kind, error.reason), elapsed=fetched.elapsed)
    if problems:
        return Failed("unusable-list", unusable(problems), fetched.status, fetched.headers, fetched.elapsed)
    return ListDocument(fetched.body, count)


def unusable(problems: tuple[str, ...]) -> Message:
    """Return the reason why a list with these errors is not taken."""
    more = len(problems) - MAX_LISTED_PROBLEMS
    shown = [*problems[:MAX_LISTED_PROBLEMS], *([f"and {more} more errors"] if more > 0 else [])]
    return fetch_errors.UNUSABLE_LIST(problems="; ".join(shown))


def build_list_result(
    poll: ListPoll, outcome: Fetched | NotModified | Failed, document: ListDocument | None, tools: Tools
) -> ListPollResult:
    """Return the record of a poll; the next one is planned as that of a feed with an item for each change."""
    now = tools.clock()
    as_feed = Poll(
        _as_source(poll.url, tools.config),
        poll.url,
        poll.validators,
        poll.interval,
        poll.failures,
        poll.last_success,
        profile=poll.profile,
    )
    changes = (None,) if document and poll.last_success else ()
    parsed = ParsedDocument((), (), None, None, None, 1, 0, 0, None, new_item_dates=changes) if document else None
    plan = plan_next_poll(as_feed, outcome, settings=tools.config.polling, parsed=parsed, now=now, rng=tools.rng)
    return ListPollResult(
        poll.url,
        now,
        plan.state,
        plan.next_poll,
        plan.interval,
        plan.failures,
        plan.why,
        outcome.reason if isinstance(outcome, Failed) else None,
        validators_of(outcome) if isinstance(outcome, Fetched) else None,
        plan.profile,
        document,
        poll.lease,
    )


def _as_source(url: str, config: Config) -> Source:
    return Source(id=0, slug="list", url=url, title="", timezone=config.site.timezone)
