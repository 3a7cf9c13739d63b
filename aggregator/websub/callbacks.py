"""Endpoints that publishers' WebSub hubs call (W3C Recommendation 2018, 5.2, 5.3 and 7); ``jobs.push_intake`` reads
what they deliver.

verify_intent, handle_denial   the hub verifies our request, or refuses it
accept_delivery                a delivery: checked and queued in the store
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from aggregator.messages import Message, push_errors, render
from aggregator.model import Subscription
from aggregator.store import Store
from aggregator.websub import subscription_state
from feeds.link_header import first_header_link

log = logging.getLogger(__name__)

DeliveryOutcome = Literal["taken", "ignored", "gone", "full"]

MAX_WAITING_BODIES = 4  # maximum document sizes queued for one source

_SIGNATURES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_FEED_TYPES = ("application/", "text/")  # media types of feeds; forms are refused
_RNG = random.SystemRandom()
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/")


def verify_intent(store: Store, token: str, mode: str, topic: str, lease: timedelta | None, now: datetime) -> bool:
    """Return whether a verification of intent (5.3) matches a request of ours."""
    found = store.subscription_by_token(token)
    if found is None or not subscription_state.matches_pending(found, mode, topic, now):
        return False

    def decide(current: Subscription) -> Subscription:
        if not subscription_state.matches_pending(current, mode, topic, now):
            return current
        return subscription_state.verified(current, lease, now, _RNG)

    done = store.update_subscription(token, decide, now)
    log.info("subscription_verified mode=%s topic=%r lease=%s", mode, topic[:500], lease)
    return done is not None


def handle_denial(store: Store, token: str, topic: str, reason: str, now: datetime) -> bool:
    """Record that the hub denied the subscription (5.2)."""
    found = store.subscription_by_token(token)
    if found is None or not hmac.compare_digest(topic.encode(), found.topic.encode()):
        return False
    change = partial(subscription_state.denied, reason=reason, now=now, rng=_RNG)
    store.update_subscription(token, change, now)
    log.info("subscription_denied topic=%r reason=%r", topic[:500], reason)
    return True


def accept_delivery(
    store: Store,
    subscription: Subscription | None,
    headers: Mapping[str, str],
    body: bytes,
    max_bytes: int,
    now: datetime,
) -> DeliveryOutcome:
    """Queue a delivery (7). ``headers`` have lower-case names. An invalid delivery is ignored and counted."""
    if subscription is None or not subscription_state.accepts_deliveries(subscription, now):
        return "gone"
    fault = delivery_fault(subscription, headers, body)
    if fault is not None:
        log.warning("push_ignored topic=%r reason=%r", subscription.topic[:500], render(fault))
        store.record_ignored_push(subscription.token, fault)
        return "ignored"
    kept = {name: headers[name][:2000] for name in ("content-type", "content-language") if name in headers}
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    taken = store.enqueue_push(subscription, digest, kept, body, now, MAX_WAITING_BODIES * max_bytes)
    return "full" if taken == "full" else "taken"


def delivery_fault(subscription: Subscription, headers: Mapping[str, str], body: bytes) -> Message | None:
    """Return why a delivery is not accepted, or None."""
    if not is_signature_valid(subscription.secret, headers.get("x-hub-signature", ""), body):
        return push_errors.BAD_SIGNATURE()
    own = first_header_link(headers, "self")
    if own is not None and not hmac.compare_digest(own.encode(), subscription.topic.encode()):
        return push_errors.OTHER_FEED()
    kind = headers.get("content-type", "application/xml").strip().lower()
    if not kind.startswith(_FEED_TYPES) or kind.startswith(_FORM_TYPES):
        return push_errors.NO_DOCUMENT()
    return None


def is_signature_valid(secret: str, signature: str, body: bytes) -> bool:
    """Return whether X-Hub-Signature (7.1) is valid, in constant time."""
    method, _, given = signature.strip().partition("=")
    algorithm = _SIGNATURES.get(method.strip().lower())
    if algorithm is None:
        return False
    expected = hmac.new(secret.encode(), body, algorithm).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode())
