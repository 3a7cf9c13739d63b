"""Pushes of new stories' addresses to search engines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from aggregator.messages import Message
from aggregator.model.leases import Lease


@dataclass(frozen=True, slots=True)
class IndexClaim:
    """A search engine whose turn it is, with what was sent to it on ``day`` (of Beijing)."""

    service: str
    day: str | None = None
    sent: int = 0
    remain: int | None = None  # how many more it accepts on that day, as it said; None: it did not say
    failures: int = 0  # in a row
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class IndexPushResult:
    """What one push came to; ``stories`` are not sent again."""

    service: str
    at: datetime
    next_at: datetime
    day: str
    sent: int
    remain: int | None
    failures: int
    error: Message | None = None  # None: accepted, or there was nothing to send
    stories: tuple[int, ...] = ()
    lease: Lease | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class IndexState:
    """The state of a search engine, for admins."""

    service: str
    day: str | None
    sent: int
    remain: int | None
    failures: int
    error: Message | None
    last_success: datetime | None
    next_at: datetime | None
