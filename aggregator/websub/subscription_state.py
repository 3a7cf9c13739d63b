"""The life of a subscription at a WebSub hub (W3C REC 2018, 5). Pure: the clock and the dice are arguments.

wanted ──ask──▶ asked ──verified──▶ active ──renewed before the lease ends──▶ active
   ▲              │ never verified, refused: back off        │ denied, or items missed twice
   └──────────────┘                            resting ◀─────┘
leaving ──ask──▶ verified ▶ left ▶ deleted       (source, hub or address of the site changed)
"""

from __future__ import annotations

import hmac
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from aggregator.messages import Message, push_errors
from aggregator.model import Draft, Mode, Standing, Subscription

LEASE = timedelta(days=10)  # what we ask for
SHORTEST_LEASE, LONGEST_LEASE = timedelta(minutes=5), timedelta(days=365)  # what we take from hubs
VERIFY_WITHIN = timedelta(minutes=2)  # then we ask again, later
VERIFY_AT_ALL = timedelta(hours=1)  # a verification that comes this late still counts
FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(days=1)
REST = timedelta(days=1)  # after a denial or missed items; doubles with each drop
LONGEST_REST = timedelta(days=30)
FAREWELLS = 3  # attempts to unsubscribe; then the lease is left to run out
PUSH_DELAY = timedelta(minutes=10)  # an item that is older should have been pushed
STRIKES = 2  # check polls that found missed items


def mode_of(subscription: Subscription) -> Mode:
    return "subscribe" if subscription.current else "unsubscribe"


def look(subscription: Subscription, now: datetime, rng: random.Random) -> tuple[Subscription | None, bool]:
    """What becomes of a subscription at its ``next_at``, and whether the hub is to be asked now. None: deleted."""
    if subscription.standing is Standing.LEFT:
        return None, False
    if subscription.pending is not None and subscription.standing is not Standing.WANTED:
        late = failed(subscription, push_errors.UNCONFIRMED(), now, rng)
        return (
            replace(late, pending=subscription.pending) if late and late.standing is Standing.WANTED else late
        ), False
    return asked(subscription, now), True


def asked(subscription: Subscription, now: datetime) -> Subscription:
    """To be stored before the request goes out: a hub may verify before it answers."""
    lapsed = subscription.lease_ends is None or subscription.lease_ends <= now
    going_on = not subscription.current or (subscription.standing is Standing.ACTIVE and not lapsed)
    return replace(
        subscription,
        standing=subscription.standing if going_on else Standing.ASKED,
        pending=mode_of(subscription),
        pending_until=now + VERIFY_AT_ALL,
        next_at=now + VERIFY_WITHIN,
    )


def failed(subscription: Subscription, reason: Message, now: datetime, rng: random.Random) -> Subscription | None:
    """A request was refused, or nothing came of it. Nothing changes when its verification has come all the same."""
    if subscription.pending is None:
        return subscription
    failures = subscription.failures + 1
    if not subscription.current and failures >= FAREWELLS:
        return None
    wait = min(FIRST_RETRY * int(3 ** min(failures - 1, 10)), LAST_RETRY) * rng.uniform(0.8, 1.2)
    renewing = subscription.lease_ends is not None and subscription.lease_ends > now
    standing = subscription.standing
    if subscription.current and not (standing is Standing.ACTIVE and renewing):
        standing = Standing.WANTED
    return replace(subscription, standing=standing, failures=failures, reason=reason, next_at=now + wait, pending=None)


def answers(subscription: Subscription, mode: str, topic: str, now: datetime) -> bool:
    """Does a verification of intent fit a request of ours? A repeated one, whose answer was lost, does."""
    if subscription.pending_until is None or now > subscription.pending_until:
        return False
    done = {Standing.ACTIVE: "subscribe", Standing.LEFT: "unsubscribe"}.get(subscription.standing, "")
    expected = subscription.pending or done
    same_mode = hmac.compare_digest(mode.encode(), expected.encode())
    return same_mode & hmac.compare_digest(topic.encode(), subscription.topic.encode())


def verified(subscription: Subscription, lease: timedelta | None, now: datetime, rng: random.Random) -> Subscription:
    """The hub asked whether we meant it, and we did. ``lease``: as the hub grants it, None where it does not say."""
    if not subscription.current:
        return replace(subscription, standing=Standing.LEFT, pending=None, next_at=now + VERIFY_AT_ALL)
    lease = min(max(lease or LEASE, SHORTEST_LEASE), LONGEST_LEASE)
    return replace(
        subscription,
        standing=Standing.ACTIVE,
        pending=None,
        since=subscription.since if subscription.standing is Standing.ACTIVE else now,
        lease_ends=now + lease,
        next_at=now + lease * rng.uniform(0.6, 0.8),
        failures=0,
        reason=None,
    )


def denied(subscription: Subscription, reason: str, now: datetime, rng: random.Random) -> Subscription | None:
    """hub.mode=denied (5.2): it may come at any time."""
    if not subscription.current:
        return None
    return replace(
        subscription,
        standing=Standing.RESTING,
        pending=None,
        lease_ends=None,
        next_at=now + REST * rng.uniform(0.9, 1.1),
        failures=subscription.failures + 1,
        reason=push_errors.DENIED_BECAUSE(reason=reason) if reason else push_errors.DENIED(),
    )


def accepts(subscription: Subscription, now: datetime) -> bool:
    """Are deliveries taken? A moment after the lease too: hubs' clocks differ."""
    ends = subscription.lease_ends
    return subscription.standing is Standing.ACTIVE and ends is not None and ends + VERIFY_WITHIN > now


def missed(subscription: Subscription, fresh: Sequence[Draft], now: datetime) -> int:
    """How many of a poll's new items the hub should have pushed: dated, after we subscribed, but not just now."""
    if subscription.standing is not Standing.ACTIVE or subscription.since is None:
        return 0
    since = subscription.since
    return sum(draft.dated and since <= draft.published <= now - PUSH_DELAY for draft in fresh)


def checked(subscription: Subscription, items_missed: int, now: datetime) -> Subscription:
    """After a poll that could be read. What went before is forgotten once the hub has delivered again and a poll finds
    nothing missed; that nothing is missed where nothing was published proves nothing."""
    if subscription.standing is not Standing.ACTIVE:
        return subscription
    if items_missed:
        reason = push_errors.MISSED(items=items_missed)
        return replace(subscription, strikes=subscription.strikes + 1, since=now, reason=reason)
    delivered, since = subscription.last_push, subscription.since
    if subscription.strikes and delivered is not None and since is not None and delivered > since:
        return replace(subscription, strikes=0, reason=None)
    return subscription


def rest(drops: int) -> timedelta:
    """How long a hub that missed items is done without."""
    return min(REST * (1 << min(drops, 10)), LONGEST_REST)
