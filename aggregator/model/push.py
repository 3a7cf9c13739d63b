"""Subscriptions at publishers' WebSub hubs, and what the hubs deliver."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from aggregator.messages import Message
from aggregator.model.polls import Source

HubMode = Literal["subscribe", "unsubscribe"]


class SubscriptionState(StrEnum):
    """How far a subscription is."""

    WANTED = "wanted"  # to be asked for
    ASKED = "asked"  # the hub took our request; its verification is awaited
    ACTIVE = "active"  # verified; asked for again before the lease ends
    RESTING = "resting"  # denied, or dropped because items were missed; asked for again later
    LEAVING = "leaving"  # to be ended at the hub
    LEFT = "left"  # ended; kept a while for a verification that is repeated


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed at one hub. ``pending``: the request whose verification (WebSub 5.3) may come until
    ``pending_until``."""

    id: int  # 0: not stored yet
    source_id: int
    hub: str
    topic: str
    token: str  # unguessable; ends the callback's address
    callback: str
    secret: str
    standing: SubscriptionState
    next_at: datetime  # when to look at it again
    pending: HubMode | None = None
    pending_until: datetime | None = None
    since: datetime | None = None  # verified, or last caught missing items
    lease_ends: datetime | None = None
    failures: int = 0  # requests in a row that led to nothing
    strikes: int = 0  # check polls that found items the hub had missed
    drops: int = 0  # how often it was given up for missing items
    reason: Message | None = None  # what is wrong
    pushes: int = 0
    ignored: int = 0  # deliveries with a wrong signature, topic or type
    last_push: datetime | None = None

    @property
    def is_current(self) -> bool:
        """Is it the one subscription of its source?"""
        return self.standing not in (SubscriptionState.LEAVING, SubscriptionState.LEFT)


@dataclass(frozen=True, slots=True)
class ReceivedPush:
    """A delivery that waits to be read."""

    id: int
    source: Source
    topic: str
    headers: dict[str, str]  # lower-case names
    body: bytes = field(repr=False)


# ---------------------------------------------------------------- a hub of our own
@dataclass(frozen=True, slots=True)
class HubRequest:
    """Somebody asks our hub for something; it counts once the callback has confirmed it (5.3)."""

    callback: str
    topic: str
    path: str  # of the document: "/feeds/society.atom"
    mode: HubMode
    secret: str | None
    lease: timedelta
    id: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A confirmed subscription at our hub, as a worker gets it to deliver to."""

    id: int
    callback: str
    topic: str
    path: str
    secret: str | None
    lease_ends: datetime
    delivered_etag: str | None = None  # ETag of what it has
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What came of one delivery. ``next_at``: when to try again, None: not before the feed changes; ``gone``: the
    callback wants no more."""

    subscriber: Subscriber
    etag: str | None  # what it has now
    next_at: datetime | None = None
    gone: bool = False


def carries(subscription: Subscription, now: datetime) -> bool:
    """Does it bring the news, so that polling is only a check?"""
    running = subscription.lease_ends is not None and subscription.lease_ends > now
    return subscription.standing is SubscriptionState.ACTIVE and running and subscription.strikes == 0
