"""Read queued WebSub deliveries like fetched documents; runs in the worker."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from functools import partial

from aggregator.intake.document_storage import store_documents
from aggregator.messages import Message, english
from aggregator.model import Document, Draft, Failed, Fetched, ParsedDocument, Poll, ReceivedPush
from aggregator.pipeline import enqueue_pages, read_document, store_in_batches
from aggregator.runtime.background_tasks import log_failure
from aggregator.services import Tools
from aggregator.store import PlacementPlan, Store, Writer

log = logging.getLogger(__name__)

MAX_CONCURRENT = 4  # deliveries read concurrently
LEASE = timedelta(minutes=2)  # of a delivery being read


async def process_pushes(tools: Tools) -> int:
    """Read queued deliveries. Returns how many were read."""
    pushes = await tools.run_in_writer(tools.store.claim_pushes, tools.clock(), MAX_CONCURRENT, LEASE, tools.owner)
    # The lease of a failed one expires, and the delivery is retried.
    await asyncio.gather(
        *(
            log_failure(partial(process_push, push, tools), log, "push_failed source=%s", push.source.slug)
            for push in pushes
        )
    )
    return len(pushes)


async def process_push(push: ReceivedPush, tools: Tools) -> None:
    """Read one delivery like a fetched document; the validators of polls do not change."""
    poll = _poll_of(push)
    found: ParsedDocument | None = None
    fault: Message | None = None
    if push.source.enabled:
        tools.pool.prewarm()
        fetched = Fetched(push.topic, 200, push.headers, push.body, 0.0)
        outcome, found = await read_document(poll, fetched, tools)
        fault = outcome.reason if isinstance(outcome, Failed) else None
    now = tools.clock()
    early, rest = await store_in_batches(push, found.drafts if found else (), tools, now)
    number = await tools.run_in_writer(record_push, push, found, rest, fault, tools.store, now)
    log.info("push_read source=%s new=%d error=%r", push.source.slug, len(early) + number, english(fault))


def record_push(
    push: ReceivedPush,
    parsed: ParsedDocument | None,
    remaining: tuple[Draft, ...],
    fault: Message | None,
    store: Store,
    now: datetime,
) -> int:
    """Store the remaining drafts of a delivery and mark it as done. Returns the number of new items."""

    def finish(writer: Writer, plan: PlacementPlan) -> int:
        if parsed is not None:
            writer.record_filtered_entries(push.source.id, parsed.filtered_entries, now)
        enqueue_pages(writer, [(push.source, plan.documents[0])], now)
        writer.complete_push(push, now, fault)
        return len(plan.documents[0].new)

    return store_documents(store, [Document(push.source, remaining)], now, finish, claimed=[push])


def _poll_of(push: ReceivedPush) -> Poll:
    return Poll(push.source, push.topic)
