"""The path of an item, step by step: this module calls every step by name, in order.

    claim due sources                       scheduler           (a lease in the store)
    fetch -> Fetched | NotModified | Failed fetching.fetcher    (network)
    known items                             store               (one query)
    decode, read, identify, clean, filter,
    categorize, locate, fingerprint         intake.digest       (pure, in a worker process)
    ---- on a snapshot, for all documents that wait for the writer ---------------------
    candidates                              intake.story_placement, store
    place: reprint, story, merge            steps.stories.cluster (pure)
    ---- one transaction for them -------------------------------------------------------
    insert and update                       store
    filtered entries                        store               (what the filters left out, and why)
    hub offer                               websub.subscriber
    stale feeds                             store               (feeds to render again)
    article queue                           store               (pages to fetch later)
    validators, next poll, poll record      store, polling.schedule (pure)
    check                                   store               (others may have stored related items: place again)
    ------------------------------------------------------------------------------------
    publish: render stale feeds             publishing.render

Items, validators and the next poll are written together or not at all. What reads, places and renders is imported when
the first document comes: most polls are answered with 304.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from aggregator.fetching.fetcher import validators_of, without_body
from aggregator.fetching.rsshub import address_of
from aggregator.intake.article_selection import ACCEPT_BY_KIND, awaited
from aggregator.intake.parse_task import ParseTask, run_parse_task
from aggregator.messages import Message, fetch_errors
from aggregator.model import (
    Document,
    Draft,
    Failed,
    Fetched,
    NotModified,
    ParsedDocument,
    Poll,
    PollResult,
    ReceivedPush,
    RenderedDocument,
    Source,
    Visit,
)
from aggregator.model.pictures import ItemPictures
from aggregator.polling.poll_result import FetchOutcome, build_poll_result
from aggregator.polling.schedule import request_validators
from aggregator.runtime.process_pool import SMALL_CALL_BYTES, PoolCallFailed
from aggregator.services import Tools, model_file
from aggregator.store import PlacementPlan, PlannedDocument, Writer
from aggregator.websub.subscriber import check_push_after_poll
from feeds.model import NotAFeed

READ_SECONDS = 20.0  # time limit of a worker process for one document
RENDER_LEASE = timedelta(minutes=1)  # for rendering what was claimed at once
BATCH_SIZE = 50  # drafts of one document stored in one transaction
FULL_TRANSACTION = 480  # drafts of the documents stored in one transaction
UNCHANGED_TOGETHER = 64  # polls answered with 304 that are recorded in one transaction
MIN_WEIGHT = 15  # drafts as which each document counts at least: all that may wait for a transaction fit into one


async def poll_source(poll: Poll, tools: Tools) -> PollResult:
    """Poll one source and store the result. Every failure is a result, not an exception."""
    if poll.last_success is None:  # it will bring a document
        tools.pool.prewarm()
    outcome = await _fetch(poll, tools)
    arrived_at = tools.clock()
    tools.stage_times.add("fetch", outcome.elapsed, failed=isinstance(outcome, Failed))
    if isinstance(outcome, Failed):  # a server may repeat what it was sent, in a redirect for example
        outcome = replace(outcome, reason=outcome.reason.map_text(tools.config.redact))
    if isinstance(outcome, Fetched) and poll.validators.body_hash != validators_of(outcome).body_hash:
        # Documents are read no faster than their items are stored.
        async with tools.pool.result_slot(heavy=len(outcome.body) > SMALL_CALL_BYTES):
            tools.on_fetched()
            outcome, parsed = await read_document(poll, outcome, tools)  # the body is needed no more
            return await store_visit(Visit(poll, outcome, parsed, arrived_at), tools)
    if isinstance(outcome, NotModified):
        tools.on_fetched()
        return await record_unchanged(poll, outcome, tools, arrived_at)
    return await record_together(Visit(poll, outcome, None, arrived_at), tools)


async def _fetch(poll: Poll, tools: Tools) -> FetchOutcome:
    """Fetch the document of a source. A route of RSSHub has no address of its own that could move."""
    address = address_of(poll.url, tools.config.polling.rsshub)
    if address is None:
        return Failed("bad-address", fetch_errors.NO_RSSHUB())
    outcome: FetchOutcome = await tools.fetcher.get(
        address,
        request_validators(poll.validators, tools.rng),
        accept=ACCEPT_BY_KIND.get(poll.source.kind),
        options=tools.config.request_options(poll.source.slug),
    )
    return outcome if address == poll.url or isinstance(outcome, Failed) else replace(outcome, moved_to=None)


async def store_visit(visit: Visit, tools: Tools) -> PollResult:
    """Store what is new in a document that was read."""
    drafts = visit.parsed.drafts if visit.parsed else ()
    stored, remaining = await store_in_batches(visit.poll, drafts, tools, tools.clock())
    return await record_together(replace(visit, stored=stored, remaining=remaining), tools)


async def record_together(visit: Visit, tools: Tools) -> PollResult:
    """Store what a visit brought, in one transaction with other visits that wait for the writer."""

    async def write(visits: list[Visit]) -> list[PollResult | Exception]:
        return await tools.run_in_writer(record_visits, visits, tools, tools.clock())

    return await tools.visits.add(visit, write, FULL_TRANSACTION, weight=max(len(visit.remaining), MIN_WEIGHT))


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
    with tools.store.write_transaction(settling=True) as writer:
        writer.record_poll_results(results)
        _check_pushes(writer, {result.source_id: () for result in results}, tools, now)


async def read_document(poll: Poll, fetched: Fetched, tools: Tools) -> tuple[FetchOutcome, ParsedDocument | None]:
    """Read a response body in a worker process. Returns the outcome, without the body, and the parsed document.

    The document is None if the body could not be read (the outcome is then ``Failed``).
    """
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
        with tools.stage_times.measure("parse"):
            parsed = await tools.pool.run(run_parse_task, task, timeout=READ_SECONDS, heavy=heavy)
    except PoolCallFailed as error:
        reason = fetch_errors.reading_failed(error.kind, error.reason)
        return Failed(error.kind, reason, fetched.status, fetched.headers, fetched.elapsed), None
    if isinstance(parsed, NotAFeed):
        kind = "not-a-feed" if poll.source.kind == "feed" else "no-items"
        reason = _not_a_feed(parsed) if kind == "not-a-feed" else fetch_errors.NO_ITEMS(detail=parsed.reason)
        return Failed(kind, reason, fetched.status, fetched.headers, fetched.elapsed), None
    return without_body(fetched), parsed


def _not_a_feed(page: NotAFeed) -> Message:
    """Return the reason why a page is not a feed, with the feed it links to, if any."""
    if not page.feed_links:
        return fetch_errors.NOT_A_FEED(detail=page.reason)
    return fetch_errors.NOT_A_FEED_BUT(detail=page.reason, offer=page.feed_links[0].href)


async def store_in_batches(
    claimed: Poll | ReceivedPush, drafts: tuple[Draft, ...], tools: Tools, now: datetime
) -> tuple[tuple[Draft, ...], tuple[Draft, ...]]:
    """Store the drafts of a long document in batches, all but the last. Returns (new drafts stored, remaining drafts).

    Short transactions keep one source from delaying the others for seconds. The validators are written with the last
    batch: after a crash in between the document is read again, and the items stored so far are known.
    """
    stored: tuple[Draft, ...] = ()
    while len(drafts) > BATCH_SIZE:
        batch, drafts = drafts[:BATCH_SIZE], drafts[BATCH_SIZE:]
        async with tools.intake_lock:
            stored += await tools.run_in_writer(store_batch, claimed, batch, tools, now)
    return stored, drafts


def store_batch(
    claimed: Poll | ReceivedPush, drafts: tuple[Draft, ...], tools: Tools, now: datetime
) -> tuple[Draft, ...]:
    """Store one batch of drafts in a transaction. Returns the new ones."""
    from aggregator.intake.document_storage import store_documents

    def finish(writer: Writer, plan: PlacementPlan) -> tuple[Draft, ...]:
        enqueue_pages(writer, [(claimed.source, plan.documents[0])], now)
        return plan.documents[0].new

    with tools.stage_times.measure("settle"):
        return store_documents(tools.store, [Document(claimed.source, drafts)], now, finish, [claimed])


def record_visits(visits: Sequence[Visit], tools: Tools, now: datetime) -> list[PollResult | Exception]:
    """Store what several visits brought, in as few transactions as can be. Returns the result of each.

    If a transaction fails, each of its visits is stored in one of its own; the result of one that cannot be stored is
    the exception.
    """
    results: list[PollResult | Exception] = []
    while len(results) < len(visits):
        results += _record_together(visits[len(results) :], tools, now)
    return results


def _record_together(visits: Sequence[Visit], tools: Tools, now: datetime) -> list[PollResult | Exception]:
    """Store the first of the visits in one transaction, as many as can be."""
    try:
        with tools.stage_times.measure("settle"):
            return [*_store_together(visits, tools, now)]
    except Exception as error:
        if len(visits) == 1:
            return [error]
    return [result for visit in visits for result in _record_together([visit], tools, now)]


def _store_together(visits: Sequence[Visit], tools: Tools, now: datetime) -> list[PollResult]:
    def finish(writer: Writer, plan: PlacementPlan) -> list[PollResult]:
        return _record(writer, visits[: len(plan.documents)], plan.documents, tools, now)

    if any(visit.remaining for visit in visits):
        from aggregator.intake.document_storage import store_documents

        documents = [Document(one.poll.source, one.remaining) for one in visits]
        return store_documents(tools.store, documents, now, finish, [visit.poll for visit in visits])
    with tools.store.write_transaction(settling=True) as writer:
        writer.require_leases([visit.poll for visit in visits])
        return _record(writer, visits, [PlannedDocument(visit.poll.source.id) for visit in visits], tools, now)


def _record(
    writer: Writer, visits: Sequence[Visit], documents: Sequence[PlannedDocument], tools: Tools, now: datetime
) -> list[PollResult]:
    """Record visits of different sources whose documents were stored. Returns the result of each.

    The next poll time counts from ``arrived_at``: time spent waiting to be written says nothing about the source.
    """
    results: list[PollResult] = []
    new_drafts: dict[int, Sequence[Draft]] = {}
    for visit, document in zip(visits, documents, strict=True):
        poll = visit.poll
        new = [*visit.stored, *document.new]
        result = build_poll_result(poll, visit.outcome, visit.parsed, tools.config.polling, visit.arrived_at, tools.rng)
        results.append(replace(result, new_items=len(new)))
        if visit.parsed is not None:
            writer.record_filtered_entries(poll.source.id, visit.parsed.filtered_entries, now)
        if not isinstance(visit.outcome, Failed):
            new_drafts[poll.source.id] = new
    enqueue_pages(writer, zip((visit.poll.source for visit in visits), documents, strict=True), now)
    offers = [(visit.poll.source.id, visit.parsed.hub, visit.parsed.topic) for visit in visits if visit.parsed]
    writer.set_hub_offers(offers)
    writer.record_poll_results(results)
    _check_pushes(writer, new_drafts, tools, now)
    return results


def _check_pushes(writer: Writer, new_drafts: Mapping[int, Sequence[Draft]], tools: Tools, now: datetime) -> None:
    """Compare successful polls (source -> new drafts) with what hubs delivered."""
    for source_id in sorted(writer.sources_with_subscription(new_drafts)):
        check_push_after_poll(writer, source_id, new_drafts[source_id], now, tools.rng)


def enqueue_pages(writer: Writer, documents: Iterable[tuple[Source, PlannedDocument]], now: datetime) -> None:
    """Queue what is fetched later: pictures, and the pages of the items whose text is only an excerpt."""
    pictures: dict[int, ItemPictures] = {}
    articles: list[int] = []
    for source, document in documents:
        if not document.ids:
            continue
        from aggregator.intake.picture_selection import select_pictures

        pictures |= select_pictures(source, document)
        uids = awaited(source, (*document.new, *document.edited))
        articles += [document.ids[uid] for uid in uids]
    if pictures:
        writer.set_pictures(pictures, now)
    writer.enqueue_articles(articles, now)


async def publish_stale(tools: Tools, limit: int = 20) -> int:
    """Claim stale feeds, render them and store their bytes. Returns the number of rendered documents."""
    claim = await tools.run_in_writer(tools.store.claim_stale, tools.clock(), limit, RENDER_LEASE, tools.owner)
    if claim is None:
        return 0
    paths, lease = claim
    from aggregator.publishing.render import render

    def render_one(path: str) -> RenderedDocument | None:
        with tools.stage_times.measure("render"):
            return render(tools.store, tools.config, path, now)

    now, generation = tools.clock(), await tools.run_in_writer(tools.store.generation)
    rendered = [await asyncio.to_thread(render_one, path) for path in paths]
    documents = [document for document in rendered if document is not None]
    uses_other_hub = tools.config.publishing.hub not in (None, "self")
    put = partial(
        tools.store.put_documents, documents, now, generation_seen=generation, announce=uses_other_hub, lease=lease
    )
    await tools.run_in_writer(put)
    if len(documents) < len(paths):
        await tools.run_in_writer(
            tools.store.delete_documents, sorted({*paths} - {document.path for document in documents})
        )
    return len(documents)
