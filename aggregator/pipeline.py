"""The path of an item, step by step: this module calls every step by name, in order.

    claim due sources                       scheduler           (a lease in the store)
    fetch -> Fetched | NotModified | Failed fetching.fetcher    (network)
    known items                             store               (one query)
    decode, read, identify, clean, filter,
    categorize, locate, fingerprint         intake.digest       (pure, in a worker process)
    ---- one transaction for all documents that wait for it ----------------------------
    insert and update                       store
    candidates                              intake.story_placement, store
    place: reprint, story, merge            steps.stories.cluster (pure)
    filtered entries                        store               (what the filters left out, and why)
    hub offer                               websub.subscriber
    stale feeds                             store               (feeds to render again)
    article queue                           store               (pages to fetch later)
    validators, next poll, poll record      store, polling.schedule (pure)
    ------------------------------------------------------------------------------------
    publish: render stale feeds             publishing.render

Items, validators and the next poll are written together or not at all. What reads, places and renders is imported when
the first document comes: most polls are answered with 304.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial

from aggregator.fetching.fetcher import validators_of
from aggregator.intake.article_selection import ACCEPT, awaited
from aggregator.messages import Message, fetch_errors
from aggregator.model import Draft, Failed, Fetched, NotModified, ParsedDocument, Poll, PollResult, Visit
from aggregator.polling.poll_result import FetchOutcome, build_poll_result
from aggregator.polling.schedule import request_validators
from aggregator.runtime.process_pool import SMALL_CALL_BYTES, PoolCallFailed
from aggregator.services import Tools, model_file
from aggregator.store import Writer
from aggregator.websub.subscriber import check_push_after_poll
from feeds.model import NotAFeed

READ_SECONDS = 20.0  # time limit of a worker process for one document
BATCH_SIZE = 50  # drafts of one document stored in one transaction
MAX_TOGETHER = 16  # documents stored in one transaction
ACCEPT_BY_KIND = {  # Accept header of sources that are not feeds
    "html": ACCEPT,
    "json": "application/json, text/javascript;q=0.8, */*;q=0.1",
}


async def poll_source(poll: Poll, tools: Tools) -> PollResult:
    """Poll one source and store the result. Every failure is a result, not an exception."""
    if poll.last_success is None:  # it will bring a document
        tools.pool.prewarm()
    outcome: FetchOutcome = await tools.fetcher.get(
        poll.url, request_validators(poll.validators, tools.rng), accept=ACCEPT_BY_KIND.get(poll.source.kind)
    )
    arrived_at = tools.clock()
    if isinstance(outcome, Fetched) and poll.validators.body_hash != validators_of(outcome).body_hash:
        # Documents are read no faster than their items are stored.
        async with tools.pool.result_slot(heavy=len(outcome.body) > SMALL_CALL_BYTES):
            return await read_and_store(poll, outcome, tools, arrived_at)
    if isinstance(outcome, NotModified):
        return await record_unchanged(poll, outcome, tools, arrived_at)
    return await tools.run_in_writer(record_visit, Visit(poll, outcome, None, arrived_at), tools, tools.clock())


async def read_and_store(poll: Poll, fetched: Fetched, tools: Tools, arrived_at: datetime) -> PollResult:
    """Read a document and store what is new in it."""
    outcome, parsed = await read_document(poll, fetched, tools)
    now = tools.clock()
    stored, remaining = await store_in_batches(poll, parsed.drafts if parsed else (), tools, now)
    visit = Visit(poll, outcome, parsed, arrived_at, stored, remaining)

    async def write(visits: list[Visit]) -> list[PollResult | Exception]:
        return await tools.run_in_writer(record_visits, visits, tools, tools.clock())

    return await tools.visits.add(visit, write, limit=MAX_TOGETHER)


async def record_unchanged(poll: Poll, outcome: NotModified, tools: Tools, arrived_at: datetime) -> PollResult:
    """Record a poll that was answered with 304, together with others. A batch that is lost is polled again."""
    result = build_poll_result(poll, outcome, None, tools.config.polling, arrived_at, tools.rng)

    async def write(results: list[PollResult]) -> list[None]:
        await tools.run_first_in_writer(_write_unchanged, results, tools)
        return [None] * len(results)

    await tools.unchanged.add(result, write, limit=max(1, tools.config.polling.concurrency // 2))
    return result


def _write_unchanged(results: list[PollResult], tools: Tools) -> None:
    now = tools.clock()
    with tools.store.write_transaction() as writer:
        writer.record_unchanged(results)
        for source_id in sorted(writer.sources_with_subscription([result.source_id for result in results])):
            check_push_after_poll(writer, source_id, (), now, tools.rng)


async def read_document(poll: Poll, fetched: Fetched, tools: Tools) -> tuple[FetchOutcome, ParsedDocument | None]:
    """Read a response body in a worker process. Returns the outcome and the parsed document.

    The document is None if the body could not be read (the outcome is then ``Failed``).
    """
    from aggregator.intake.digest import ParseTask, parse_document

    known = await tools.run_in_writer(tools.store.known_items, poll.source.id)
    task = ParseTask(
        source=poll.source,
        url=fetched.url,
        headers=fetched.headers,
        body=fetched.body,
        known=known,
        now=tools.clock(),
        categories=tools.config.settings.categories,
        model=str(model_file(tools.config)),
    )
    try:
        heavy = len(fetched.body) > SMALL_CALL_BYTES
        parsed = await tools.pool.run(parse_document, task, timeout=READ_SECONDS, heavy=heavy)
    except PoolCallFailed as error:
        reason = fetch_errors.reading_failed(error.kind, error.reason)
        return Failed(error.kind, reason, fetched.status, fetched.headers, fetched.elapsed), None
    if isinstance(parsed, NotAFeed):
        kind = "not-a-feed" if poll.source.kind == "feed" else "no-items"
        reason = _not_a_feed(parsed) if kind == "not-a-feed" else fetch_errors.NO_ITEMS(detail=parsed.reason)
        return Failed(kind, reason, fetched.status, fetched.headers, fetched.elapsed), None
    return fetched, parsed


def _not_a_feed(page: NotAFeed) -> Message:
    """Return the reason why a page is not a feed, with the feed it links to, if any."""
    if not page.feed_links:
        return fetch_errors.NOT_A_FEED(detail=page.reason)
    return fetch_errors.NOT_A_FEED_BUT(detail=page.reason, offer=page.feed_links[0].href)


async def store_in_batches(
    poll: Poll, drafts: tuple[Draft, ...], tools: Tools, now: datetime
) -> tuple[tuple[Draft, ...], tuple[Draft, ...]]:
    """Store the drafts of a long document in batches, all but the last. Returns (new drafts stored, remaining drafts).

    Short transactions keep one source from delaying the others for seconds. The validators are written with the last
    batch: after a crash in between the document is read again, and the items stored so far are known.
    """
    stored: tuple[Draft, ...] = ()
    while len(drafts) > BATCH_SIZE:
        batch, drafts = drafts[:BATCH_SIZE], drafts[BATCH_SIZE:]
        async with tools.intake_lock:
            stored += tuple(await tools.run_in_writer(store_batch, poll, batch, tools, now))
    return stored, drafts


def store_batch(poll: Poll, drafts: tuple[Draft, ...], tools: Tools, now: datetime) -> list[Draft]:
    """Store one batch of drafts in a transaction. Returns the new ones."""
    with tools.store.write_transaction() as writer:
        return store_items(writer, poll, drafts, now)


def record_visits(visits: list[Visit], tools: Tools, now: datetime) -> list[PollResult | Exception]:
    """Store what several visits brought, in one transaction. Returns the result of each.

    If that fails, each is stored in a transaction of its own; the result of one that cannot be stored is the exception.
    """
    try:
        with tools.store.write_transaction() as writer:
            return [_record(writer, visit, tools, now) for visit in visits]
    except Exception as error:
        if len(visits) == 1:
            return [error]
    return [result for visit in visits for result in record_visits([visit], tools, now)]


def record_visit(visit: Visit, tools: Tools, now: datetime) -> PollResult:
    """Store everything that a visit brought in one transaction, except ``visit.stored``. Returns the poll result."""
    with tools.store.write_transaction() as writer:
        return _record(writer, visit, tools, now)


def _record(writer: Writer, visit: Visit, tools: Tools, now: datetime) -> PollResult:
    """Store what a visit brought.

    The next poll time counts from ``visit.arrived_at``: time spent waiting to be written says nothing about the source.
    """
    source_id = visit.poll.source.id
    settings, rng = tools.config.polling, tools.rng
    result = build_poll_result(visit.poll, visit.outcome, visit.parsed, settings, visit.arrived_at, rng)
    new_drafts = [*visit.stored, *(store_items(writer, visit.poll, visit.remaining, now) if visit.remaining else [])]
    if visit.parsed is not None:
        writer.set_hub_offer(source_id, visit.parsed.hub, visit.parsed.topic)
        writer.record_filtered_entries(source_id, visit.parsed.filtered_entries, now)
    result = replace(result, new_items=len(new_drafts))
    writer.record_poll_result(result)
    if not isinstance(visit.outcome, Failed):
        check_push_after_poll(writer, source_id, new_drafts, now, rng)
    return result


def store_items(writer: Writer, poll: Poll, drafts: tuple[Draft, ...], now: datetime) -> list[Draft]:
    """Store new and edited entries, place them in stories and mark their feeds stale. Returns the new ones."""
    from aggregator.intake.picture_selection import show_pictures
    from aggregator.intake.story_placement import assign_stories, mark_feeds_stale, to_new_item

    source = poll.source
    new_ids = writer.insert_items(source.id, drafts, now)
    edited_drafts = writer.filter_edited(source.id, [draft for draft in drafts if draft.uid not in new_ids])
    misplaced = writer.find_misplaced(source.id, edited_drafts)
    item_ids = new_ids | writer.update_items(source.id, edited_drafts, now)
    to_place = [draft for draft in drafts if draft.uid in {*new_ids, *misplaced}]
    items = [to_new_item(item_ids[draft.uid], source.id, draft) for draft in to_place]
    left_stories = writer.detach_founders([item_ids[uid] for uid in misplaced], now) if misplaced else set()
    changed_stories = assign_stories(writer, items, now, other_item_ids=[*item_ids.values()]) | left_stories
    mark_feeds_stale(writer, source, drafts, changed_stories, new_ids.values())
    show_pictures(writer, source, {item_ids[draft.uid]: draft for draft in drafts if draft.uid in item_ids}, now)
    writer.enqueue_articles([item_ids[uid] for uid in awaited(source, drafts) if uid in item_ids], now)
    return [draft for draft in drafts if draft.uid in new_ids]


async def publish_stale(tools: Tools, limit: int = 50) -> int:
    """Render stale feeds and store their bytes. Returns the number of rendered documents."""
    paths = await tools.run_in_writer(tools.store.stale_paths, limit)
    if not paths:
        return 0
    from aggregator.publishing.render import render

    now, generation = tools.clock(), await tools.run_in_writer(tools.store.generation)
    rendered = [await asyncio.to_thread(render, tools.store, tools.config, path, now) for path in paths]
    documents = [document for document in rendered if document is not None]
    uses_other_hub = tools.config.publishing.hub not in (None, "self")
    put = partial(tools.store.put_documents, documents, now, generation_seen=generation, announce=uses_other_hub)
    await tools.run_in_writer(put)
    if len(documents) < len(paths):
        await tools.run_in_writer(
            tools.store.delete_documents, sorted({*paths} - {document.path for document in documents})
        )
    return len(documents)
