"""The outbox of notifications: targets, notices and messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.messages import Message
from aggregator.model.leases import Lease

STORY, INCIDENT, DAILY = "story/", "incident/", "daily/"  # prefixes of subjects; the end of an incident ends with ENDED
ENDED = "/ended"


@dataclass(frozen=True, slots=True)
class NewNotice:
    """Something to send. ``at``: when it happened; ``item_id``: the report that shows it."""

    subject: str
    at: datetime
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class WatchedTarget:
    """What the store has to know of a target: its key, and what it is notified of.

    ``listing`` is the journal that is read, None for incidents and digests. ``latest``: the digest that was published
    last, for a target that gets digests. Stories that ``several`` outlets (at least two) have
    reported when the target is new are not sent; with one, stories that exist then.
    """

    key: str
    listing: str | None
    several: int = 1
    latest: NewNotice | None = None


@dataclass(frozen=True, slots=True)
class TargetClaim:
    """A target that this worker sends to. ``position``: events of the journal that were read."""

    key: str
    since: datetime  # when it was new
    first_story: int  # stories with lower ids existed before
    position: int
    failing_since: datetime | None
    lease: Lease


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice in the outbox."""

    id: int
    subject: str
    at: datetime
    item_id: int | None


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message that is not sent yet. ``id`` stays the same however often it is sent."""

    id: str
    created: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class TargetState:
    """The state of a target as admins see it."""

    key: str
    since: datetime | None  # None: no worker has seen it yet
    waiting: int  # notices that are not sent
    sent: int  # messages
    given_up: int  # messages
    last_sent: datetime | None
    failing_since: datetime | None
    error: Message | None
    next_at: datetime | None
