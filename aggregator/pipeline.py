"""THE TABLE OF CONTENTS: what happens to a source and to an item, step by step, by name.

    claim a due source                      scheduler    (a lease in the store)
    fetch -> Fetched | NotModified | Failed fetch        (network)
    known                                   store        (one query)
    decode, read, identify, clean, filter,
    categorise, locate, sketch              digest       (pure, in a child process)
    ---- one transaction --------------------------------------------------------
    insert and update                       store
    candidates                              relatives, store (a few queries for the whole document)
    decide: reprint, story, merge           steps.cluster (pure)
    place, relate                           relatives, store, steps.relate (pure)
    note_kept_out                           store        (what the filters left out, and why)
    offer, checked_by: is there a hub?      subscriptions
    mark_stale                              store        (which feeds have to be rendered again)
    await_articles                          store        (whose page is fetched later: articles)
    finish: validators, next poll, record   store, schedule (pure)
    -----------------------------------------------------------------------------
    publish: render what is stale           publish

Gather, decide, apply: items, validators and the next poll are written together or not at all.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial

from aggregator.fetching.fetcher import validators_of
from aggregator.intake.article_selection import ACCEPT, awaited
from aggregator.intake.digest import ParseTask, parse_document
from aggregator.intake.story_placement import assign_stories, mark_feeds_stale, to_new_item
from aggregator.messages import Message, fetch_errors
from aggregator.model import Draft, Failed, Fetched, ParsedDocument, Poll, PollResult
from aggregator.polling.poll_result import FetchOutcome, build_poll_result
from aggregator.polling.schedule import request_validators
from aggregator.publishing.render import render
from aggregator.runtime.process_pool import SMALL_CALL_BYTES, PoolCallFailed
from aggregator.services import Tools, model_file
from aggregator.store import Writer
from aggregator.websub.subscriber import check_push_after_poll
from feeds.model import NotAFeed

READ_SECONDS = 20.0  # the longest a document may keep a child process
BATCH_SIZE = 50  # drafts that are taken in at once
ACCEPT_BY_KIND = {  # what is asked for where a source is no feed
    "html": ACCEPT,
    "json": "application/json, text/javascript;q=0.8, */*;q=0.1",
}


async def poll_source(poll: Poll, tools: Tools) -> PollResult:
    """Visit one source and write what came of it. Whatever goes wrong there is a result, not an exception."""
    tools.children.prewarm()
    outcome: FetchOutcome = await tools.fetcher.get(
        poll.url, request_validators(poll.validators, tools.rng), accept=ACCEPT_BY_KIND.get(poll.source.kind)
    )
    found: ParsedDocument | None = None
    arrived = tools.clock()
    if isinstance(outcome, Fetched):
        outcome, found = await read_document(poll, outcome, tools)
    now = tools.clock()
    early, rest = await store_in_batches(poll, found.drafts if found else (), tools, now)
    return await tools.writing(record_poll, poll, outcome, found, tools, now, early, rest, arrived)


async def read_document(poll: Poll, fetched: Fetched, tools: Tools) -> tuple[FetchOutcome, ParsedDocument | None]:
    """A body -> what is new in it. The same body as last time is not read again."""
    if poll.validators.body_hash == validators_of(fetched).body_hash:
        return fetched, None
    known = await tools.writing(tools.store.known_items, poll.source.id)
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
        found = await tools.children.run(parse_document, task, timeout=READ_SECONDS, heavy=heavy)
    except PoolCallFailed as error:
        reason = fetch_errors.reading_failed(error.kind, error.reason)
        return Failed(error.kind, reason, fetched.status, fetched.headers, fetched.elapsed), None
    if isinstance(found, NotAFeed):
        kind = "not-a-feed" if poll.source.kind == "feed" else "no-items"
        reason = _not_a_feed(found) if kind == "not-a-feed" else fetch_errors.NO_ITEMS(detail=found.reason)
        return Failed(kind, reason, fetched.status, fetched.headers, fetched.elapsed), None
    return fetched, found


def _not_a_feed(page: NotAFeed) -> Message:
    """Why it is no feed and, where the page names one, the address to put into the config instead."""
    if not page.feed_links:
        return fetch_errors.NOT_A_FEED(detail=page.reason)
    return fetch_errors.NOT_A_FEED_BUT(detail=page.reason, offer=page.feed_links[0].href)


async def store_in_batches(
    poll: Poll, drafts: tuple[Draft, ...], tools: Tools, now: datetime
) -> tuple[tuple[Draft, ...], tuple[Draft, ...]]:
    """All of very many drafts but the last part, so that no source holds up the others' visits for seconds: (the new
    ones among them, what is left). Validators are written with what is left: cut off in between, the document is read
    again, and what is stored of it is known."""
    early: tuple[Draft, ...] = ()
    while len(drafts) > BATCH_SIZE:
        part, drafts = drafts[:BATCH_SIZE], drafts[BATCH_SIZE:]
        async with tools.intake:
            early += tuple(await tools.writing(store_batch, poll, part, tools, now))
    return early, drafts


def store_batch(poll: Poll, drafts: tuple[Draft, ...], tools: Tools, now: datetime) -> list[Draft]:
    with tools.store.write_transaction() as writer:
        return store_items(writer, poll, drafts, now)


def record_poll(
    poll: Poll,
    outcome: FetchOutcome,
    parsed: ParsedDocument | None,
    tools: Tools,
    now: datetime,
    stored_early: tuple[Draft, ...] = (),
    remaining: tuple[Draft, ...] = (),
    arrived_at: datetime | None = None,
) -> PollResult:
    """Write everything one visit brought, but for what was taken in early, in one transaction. The wait for the next
    visit counts from when the answer ``arrived``: how long it waited for us says nothing about the source."""
    result = build_poll_result(poll, outcome, parsed, tools.config.polling, arrived_at or now, tools.rng)
    with tools.store.write_transaction() as writer:
        fresh = [*stored_early, *(store_items(writer, poll, remaining, now) if remaining else [])]
        if parsed is not None:
            writer.set_hub_offer(poll.source.id, parsed.hub, parsed.topic)
            writer.record_filtered_entries(poll.source.id, parsed.filtered_entries, now)
        result = replace(result, new_items=len(fresh))
        writer.record_poll_result(result)
        if not isinstance(outcome, Failed):
            check_push_after_poll(writer, poll.source.id, fresh, now, tools.rng)
    return result


def store_items(writer: Writer, poll: Poll, drafts: tuple[Draft, ...], now: datetime) -> list[Draft]:
    """New and edited entries: store them, find their relatives, put them in their stories, tell the feeds. Returns the
    new ones."""
    source = poll.source
    ids = writer.insert_items(source.id, drafts, now)
    rest = writer.filter_edited(source.id, [draft for draft in drafts if draft.uid not in ids])
    doubtful = writer.find_misplaced(source.id, rest)
    edited = writer.update_items(source.id, rest, now)
    numbers = ids | edited
    items = [to_new_item(numbers[draft.uid], source.id, draft) for draft in drafts if draft.uid in {*ids, *doubtful}]
    left = writer.detach_founders([numbers[uid] for uid in doubtful], now) if doubtful else set()
    touched = assign_stories(writer, items, now, other_item_ids=[*numbers.values()]) | left
    mark_feeds_stale(writer, source, drafts, touched)
    writer.enqueue_articles([numbers[uid] for uid in awaited(source, drafts) if uid in numbers], now)
    return [draft for draft in drafts if draft.uid in ids]


async def publish_stale(tools: Tools, limit: int = 50) -> int:
    """Render again what has changed, and store it. Returns how many documents were rendered."""
    paths = await tools.writing(tools.store.stale_paths, limit)
    if not paths:
        return 0
    now, seen = tools.clock(), await tools.writing(tools.store.generation)
    rendered = [await asyncio.to_thread(render, tools.store, tools.config, path, now) for path in paths]
    documents = [document for document in rendered if document is not None]
    elsewhere = tools.config.publishing.hub not in (None, "self")
    await tools.writing(partial(tools.store.put_documents, documents, now, generation_seen=seen, announce=elsewhere))
    if len(documents) < len(paths):
        await tools.writing(tools.store.delete_documents, sorted({*paths} - {document.path for document in documents}))
    return len(documents)
