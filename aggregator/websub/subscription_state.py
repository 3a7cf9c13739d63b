"""State machine of a subscription at a WebSub hub (W3C Recommendation 2018, 5). Pure: ``now`` and ``rng`` are
arguments.

wanted ──request──▶ requested ──verified──▶ active ──renewed before the lease ends──▶ active
   ▲              │ not verified, refused: back off        │ denied, or items missed twice
   └──────────────┘                            suspended ◀───┘
leaving ──request──▶ verified ▶ left ▶ deleted    (source, hub or address of the site changed)
"""

from __future__ import annotations

import hmac
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from aggregator.messages import Message, push_errors
from aggregator.model import Draft, HubMode, Subscription, SubscriptionState

LEASE = timedelta(days=10)  # requested lease
MIN_LEASE, MAX_LEASE = timedelta(minutes=5), timedelta(days=365)  # accepted leases
VERIFY_TIMEOUT = timedelta(minutes=2)  # then requested again, later
VERIFY_DEADLINE = timedelta(hours=1)  # a verification this late still counts
FIRST_RETRY, MAX_RETRY = timedelta(minutes=1), timedelta(days=1)
COOLDOWN = timedelta(days=1)  # after a denial or missed items; doubles each time
MAX_COOLDOWN = timedelta(days=30)
MAX_UNSUBSCRIBE_ATTEMPTS = 3  # attempts to unsubscribe; then the lease expires
PUSH_DELAY = timedelta(minutes=10)  # an older item should have been delivered
MAX_STRIKES = 2  # check polls that found missed items


def request_mode(subscription: Subscription) -> HubMode:
    return "subscribe" if subscription.is_current else "unsubscribe"


def advance(subscription: Subscription, now: datetime, rng: random.Random) -> tuple[Subscription | None, bool]:
    """Return the next state of a subscription at its ``next_at``, and whether to send a request now. None: deleted."""
    if subscription.standing is SubscriptionState.LEFT:
        return None, False
    if subscription.pending is not None and subscription.standing is not SubscriptionState.WANTED:
        late = request_failed(subscription, push_errors.UNCONFIRMED(), now, rng)
        return (
            replace(late, pending=subscription.pending) if late and late.standing is SubscriptionState.WANTED else late
        ), False
    return requested(subscription, now), True


def requested(subscription: Subscription, now: datetime) -> Subscription:
    """Return the state to store before the request is sent: a hub may verify before it responds."""
    lapsed = subscription.lease_ends is None or subscription.lease_ends <= now
    going_on = not subscription.is_current or (subscription.standing is SubscriptionState.ACTIVE and not lapsed)
    return replace(
        subscription,
        standing=subscription.standing if going_on else SubscriptionState.ASKED,
        pending=request_mode(subscription),
        pending_until=now + VERIFY_DEADLINE,
        next_at=now + VERIFY_TIMEOUT,
    )


def request_failed(
    subscription: Subscription, reason: Message, now: datetime, rng: random.Random
) -> Subscription | None:
    """Return the state after a refused or failed request; unchanged if its verification has arrived nevertheless."""
    if subscription.pending is None:
        return subscription
    failures = subscription.failures + 1
    if not subscription.is_current and failures >= MAX_UNSUBSCRIBE_ATTEMPTS:
        return None
    wait = min(FIRST_RETRY * int(3 ** min(failures - 1, 10)), MAX_RETRY) * rng.uniform(0.8, 1.2)
    renewing = subscription.lease_ends is not None and subscription.lease_ends > now
    standing = subscription.standing
    if subscription.is_current and not (standing is SubscriptionState.ACTIVE and renewing):
        standing = SubscriptionState.WANTED
    return replace(subscription, standing=standing, failures=failures, reason=reason, next_at=now + wait, pending=None)


def matches_pending(subscription: Subscription, mode: str, topic: str, now: datetime) -> bool:
    """Return whether a verification of intent matches our pending request, also if it is repeated."""
    if subscription.pending_until is None or now > subscription.pending_until:
        return False
    done = {SubscriptionState.ACTIVE: "subscribe", SubscriptionState.LEFT: "unsubscribe"}.get(subscription.standing, "")
    expected = subscription.pending or done
    same_mode = hmac.compare_digest(mode.encode(), expected.encode())
    return same_mode & hmac.compare_digest(topic.encode(), subscription.topic.encode())


def verified(subscription: Subscription, lease: timedelta | None, now: datetime, rng: random.Random) -> Subscription:
    """Return the verified state. ``lease``: as granted by the hub, None if not given."""
    if not subscription.is_current:
        return replace(subscription, standing=SubscriptionState.LEFT, pending=None, next_at=now + VERIFY_DEADLINE)
    lease = min(max(lease or LEASE, MIN_LEASE), MAX_LEASE)
    return replace(
        subscription,
        standing=SubscriptionState.ACTIVE,
        pending=None,
        since=subscription.since if subscription.standing is SubscriptionState.ACTIVE else now,
        lease_ends=now + lease,
        next_at=now + lease * rng.uniform(0.6, 0.8),
        failures=0,
        reason=None,
    )


def denied(subscription: Subscription, reason: str, now: datetime, rng: random.Random) -> Subscription | None:
    """Return the state after hub.mode=denied (5.2), which may arrive at any time."""
    if not subscription.is_current:
        return None
    return replace(
        subscription,
        standing=SubscriptionState.RESTING,
        pending=None,
        lease_ends=None,
        next_at=now + COOLDOWN * rng.uniform(0.9, 1.1),
        failures=subscription.failures + 1,
        reason=push_errors.DENIED_BECAUSE(reason=reason) if reason else push_errors.DENIED(),
    )


def accepts_deliveries(subscription: Subscription, now: datetime) -> bool:
    """Return whether deliveries are accepted, also shortly after the lease: clocks differ."""
    ends = subscription.lease_ends
    return subscription.standing is SubscriptionState.ACTIVE and ends is not None and ends + VERIFY_TIMEOUT > now


def missed_items(subscription: Subscription, new_drafts: Sequence[Draft], now: datetime) -> int:
    """Return how many new items of a poll the hub should have delivered: dated, after the subscription, not recent."""
    if subscription.standing is not SubscriptionState.ACTIVE or subscription.since is None:
        return 0
    since = subscription.since
    return sum(draft.dated and since <= draft.published <= now - PUSH_DELAY for draft in new_drafts)


def after_check_poll(subscription: Subscription, missed_count: int, now: datetime) -> Subscription:
    """Return the state after a successful check poll.

    Missed items are forgiven once the hub has delivered again and a poll finds nothing missed; a poll without any new
    item proves nothing.
    """
    if subscription.standing is not SubscriptionState.ACTIVE:
        return subscription
    if missed_count:
        reason = push_errors.MISSED(items=missed_count)
        return replace(subscription, strikes=subscription.strikes + 1, since=now, reason=reason)
    delivered, since = subscription.last_push, subscription.since
    if subscription.strikes and delivered is not None and since is not None and delivered > since:
        return replace(subscription, strikes=0, reason=None)
    return subscription


def cooldown(drops: int) -> timedelta:
    """Return how long a hub that missed items is suspended."""
    return min(COOLDOWN * (1 << min(drops, 10)), MAX_COOLDOWN)
