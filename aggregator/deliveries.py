"""What a WebSub hub sends us (W3C REC 2018, 5.2, 5.3 and 7), from the callback to the feeds.

confirm, deny   the hub makes sure that we meant it, or refuses            the site
accept          a delivery: checked, and put into the box in the store     the site
read_pushes     out of the box, the way of a fetched document              a worker, at once
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal

from aggregator import leases
from aggregator.model import Digest, Failed, Fetched, Poll, Push, Subscription
from aggregator.store import Store
from feeds.link_header import first_header_link

if TYPE_CHECKING:
    from aggregator.pipeline import Tools

log = logging.getLogger(__name__)

Reception = Literal["taken", "ignored", "gone", "full"]

WAITING_BODIES = 4  # largest documents that may wait for one source
AT_A_TIME = 4  # deliveries read at the same time
LEASE = timedelta(minutes=2)  # of a delivery that is being read

_SIGNATURES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_READABLE = ("application/", "text/")  # types under which feeds are sent; forms are none
_DICE = random.SystemRandom()
_FORMS = ("application/x-www-form-urlencoded", "multipart/")


def confirm(store: Store, token: str, mode: str, topic: str, lease: timedelta | None, now: datetime) -> bool:
    """Verification of intent (5.3): did we ask for this?"""
    found = store.subscription(token)
    if found is None or not leases.answers(found, mode, topic, now):
        return False

    def decide(current: Subscription) -> Subscription:
        if not leases.answers(current, mode, topic, now):
            return current
        return leases.verified(current, lease, now, _DICE)

    done = store.change_subscription(token, decide, now)
    log.info("verified mode=%s topic=%r lease=%s", mode, topic[:500], lease)
    return done is not None


def deny(store: Store, token: str, topic: str, reason: str, now: datetime) -> bool:
    """The hub does not want us (5.2)."""
    found = store.subscription(token)
    if found is None or not hmac.compare_digest(topic.encode(), found.topic.encode()):
        return False
    change = partial(leases.denied, reason=reason, now=now, rng=_DICE)
    store.change_subscription(token, change, now)
    log.info("denied topic=%r reason=%r", topic[:500], reason)
    return True


def accept(
    store: Store, found: Subscription | None, headers: Mapping[str, str], body: bytes, most_bytes: int, now: datetime
) -> Reception:
    """A delivery (7). ``headers`` have lower-case names. What is not as it should be is ignored and counted."""
    if found is None or not leases.accepts(found, now):
        return "gone"
    fault = fault_of(found, headers, body)
    if fault is not None:
        log.warning("push-ignored topic=%r reason=%r", found.topic[:500], fault)
        store.ignored_push(found.token, fault)
        return "ignored"
    kept = {name: headers[name][:2000] for name in ("content-type", "content-language") if name in headers}
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    taken = store.take_push(found, digest, kept, body, now, WAITING_BODIES * most_bytes)
    return "full" if taken == "full" else "taken"


def fault_of(subscription: Subscription, headers: Mapping[str, str], body: bytes) -> str | None:
    """Why a delivery cannot be believed, or None."""
    if not signed(subscription.secret, headers.get("x-hub-signature", ""), body):
        return "A delivery came whose signature is wrong or missing."
    own = first_header_link(headers, "self")
    if own is not None and not hmac.compare_digest(own.encode(), subscription.topic.encode()):
        return "A delivery came that is of another feed."
    kind = headers.get("content-type", "application/xml").strip().lower()
    if not kind.startswith(_READABLE) or kind.startswith(_FORMS):
        return "A delivery came that is no document of a feed."
    return None


def signed(secret: str, signature: str, body: bytes) -> bool:
    """X-Hub-Signature (7.1), "sha256=…", in constant time."""
    method, _, given = signature.strip().partition("=")
    algorithm = _SIGNATURES.get(method.strip().lower())
    if algorithm is None:
        return False
    expected = hmac.new(secret.encode(), body, algorithm).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode())


# ---------------------------------------------------------------- a worker reads the box
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
    from aggregator.pipeline import read_document  # not for the site, which it would burden

    poll = Poll(push.source, push.topic)
    found: Digest | None = None
    fault: str | None = None
    if push.source.enabled:
        fetched = Fetched(push.topic, 200, push.headers, push.body, 0.0)
        outcome, found = await read_document(poll, fetched, tools)
        fault = outcome.reason if isinstance(outcome, Failed) else None
    now = tools.clock()
    number = await tools.writing(settle_push, poll, push, found, fault, tools.store, now)
    log.info("push source=%s new=%d error=%r", push.source.slug, number, fault)


def settle_push(poll: Poll, push: Push, found: Digest | None, fault: str | None, store: Store, now: datetime) -> int:
    """Write everything a delivery brought, in one transaction. Returns how many items are new."""
    from aggregator.pipeline import take_in  # not for the site, which it would burden

    with store.writing() as writer:
        fresh = take_in(writer, poll, found.drafts, now) if found is not None and found.drafts else []
        writer.finish_push(push, now, fault)
    return len(fresh)
