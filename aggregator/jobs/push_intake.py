"""What hubs have delivered, out of the box and the way of a fetched document; the work of a worker."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from aggregator.messages import Message, english
from aggregator.model import Digest, Draft, Failed, Fetched, Poll, Push
from aggregator.pipeline import read_document, take_in, take_in_parts
from aggregator.services import Tools
from aggregator.store import Store

log = logging.getLogger(__name__)

AT_A_TIME = 4  # deliveries read at the same time
LEASE = timedelta(minutes=2)  # of a delivery that is being read


async def read_pushes(tools: Tools) -> int:
    """Take in what waits. Returns how many deliveries were read."""
    pushes = await tools.writing(tools.store.claim_pushes, tools.clock(), AT_A_TIME, LEASE)
    await asyncio.gather(*(_surely(push, tools) for push in pushes))
    return len(pushes)


async def _surely(push: Push, tools: Tools) -> None:
    try:
        await read_push(push, tools)
    except Exception:  # its lease runs out, and it is tried again
        log.exception("push-fault source=%s", push.source.slug)


async def read_push(push: Push, tools: Tools) -> None:
    """One delivery, as if we had fetched it; the validators of polls are left alone."""
    poll = Poll(push.source, push.topic)
    found: Digest | None = None
    fault: Message | None = None
    if push.source.enabled:
        tools.children.expect()
        fetched = Fetched(push.topic, 200, push.headers, push.body, 0.0)
        outcome, found = await read_document(poll, fetched, tools)
        fault = outcome.reason if isinstance(outcome, Failed) else None
    now = tools.clock()
    early, rest = await take_in_parts(poll, found.drafts if found else (), tools, now)
    number = await tools.writing(settle_push, poll, push, found, rest, fault, tools.store, now)
    log.info("push source=%s new=%d error=%r", push.source.slug, len(early) + number, english(fault))


def settle_push(
    poll: Poll,
    push: Push,
    found: Digest | None,
    rest: tuple[Draft, ...],
    fault: Message | None,
    store: Store,
    now: datetime,
) -> int:
    """Write what is left of a delivery together with its end. Returns how many items are new."""
    with store.writing() as writer:
        fresh = take_in(writer, poll, rest, now) if rest else []
        if found is not None:
            writer.note_kept_out(poll.source.id, found.kept_out, now)
        writer.finish_push(push, now, fault)
    return len(fresh)
