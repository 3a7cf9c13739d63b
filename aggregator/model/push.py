"""WebSub: subscriptions at publishers' hubs, received pushes, and the subscribers of our own hub."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from aggregator.messages import Message
from aggregator.model.leases import Lease
from aggregator.model.polls import Source

HubMode = Literal["subscribe", "unsubscribe"]


class SubscriptionState(StrEnum):
    """State of a subscription."""

    WANTED = "wanted"  # to be requested
    ASKED = "asked"  # the hub accepted our request; its verification is pending
    ACTIVE = "active"  # verified; renewed before the lease ends
    RESTING = "resting"  # denied, or dropped because items were missed; requested again later
    LEAVING = "leaving"  # to be ended at the hub
    LEFT = "left"  # ended; kept a while for a repeated verification


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription to one feed at one hub.

    ``pending``: the request whose verification (WebSub 5.3) is accepted until ``pending_until``.
    """

    id: int  # 0: not stored yet
    source_id: int
    hub: str
    topic: str
    token: str  # random; the end of the callback URL
    callback: str
    secret: str
    standing: SubscriptionState
    next_at: datetime  # time of its next change of state
    pending: HubMode | None = None
    pending_until: datetime | None = None
    since: datetime | None = None  # verified, or last found to have missed items
    lease_ends: datetime | None = None
    failures: int = 0  # requests in a row without effect
    strikes: int = 0  # check polls that found items missed by the hub
    drops: int = 0  # times it was dropped for missing items
    reason: Message | None = None  # of the last failure
    pushes: int = 0
    ignored: int = 0  # pushes with a wrong signature, topic or type
    last_push: datetime | None = None

    @property
    def is_current(self) -> bool:
        """Return whether it is the current subscription of its source, not one that is being ended."""
        return self.standing not in (SubscriptionState.LEAVING, SubscriptionState.LEFT)


@dataclass(frozen=True, slots=True)
class ReceivedPush:
    """A received push that waits to be read."""

    id: int
    source: Source
    topic: str
    headers: dict[str, str]  # lower-case names
    body: bytes = field(repr=False)
    lease: Lease | None = None


# ---------------------------------------------------------------- our own hub
@dataclass(frozen=True, slots=True)
class HubRequest:
    """A request to our hub; it takes effect when the callback has confirmed it (WebSub 5.3)."""

    callback: str
    topic: str
    path: str  # of the document: "/feeds/society.atom"
    mode: HubMode
    secret: str | None
    lease: timedelta
    id: int = 0
    attempts: int = 0
    held: Lease | None = None  # by the worker that verifies it


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A confirmed subscription at our hub that is due for a delivery."""

    id: int
    callback: str
    topic: str
    path: str
    secret: str | None
    lease_ends: datetime
    delivered_etag: str | None = None  # of the version it has
    failing_since: datetime | None = None
    held: Lease | None = None  # by the worker that delivers


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """Result of one delivery. ``next_at``: time of the next attempt, None: when the feed changes; ``gone``: the
    callback has ended the subscription."""

    subscriber: Subscriber
    etag: str | None  # of the version it has now
    next_at: datetime | None = None
    gone: bool = False


def carries(subscription: Subscription, now: datetime) -> bool:
    """Return whether the hub delivers the source's news, so that polling is only a check."""
    running = subscription.lease_ends is not None and subscription.lease_ends > now
    return subscription.standing is SubscriptionState.ACTIVE and running and subscription.strikes == 0
