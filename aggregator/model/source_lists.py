"""Followed lists of sources ([polling] sources_from): their polls and their state."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aggregator.messages import Message
from aggregator.model.leases import Lease
from aggregator.model.polls import SourceState, Validators


@dataclass(frozen=True, slots=True)
class ListPoll:
    """An address to be fetched, with the state of earlier polls."""

    url: str = field(repr=False)
    validators: Validators = field(default_factory=Validators)
    interval: timedelta = timedelta(minutes=30)
    failures: int = 0  # in a row
    last_success: datetime | None = None
    profile: bytes | None = None  # when and how often it changes (aggregator.polling.publishing_profile)
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class ListDocument:
    """A list that can be used, as it was fetched."""

    body: bytes = field(repr=False)
    source_count: int


@dataclass(frozen=True, slots=True)
class ListPollResult:
    """What one poll of a list changed; ``document`` None: the stored one stays in force."""

    url: str = field(repr=False)
    at: datetime
    state: SourceState
    next_poll: datetime | None
    interval: timedelta
    failures: int
    why: Message
    error: Message | None = None
    validators: Validators | None = None  # None: keep the stored ones
    profile: bytes | None = None  # None: keep the stored one
    document: ListDocument | None = None
    lease: Lease | None = None  # of the poll; a result without one is written in any case


@dataclass(frozen=True, slots=True)
class ListState:
    """The state of a followed address, for admins. ``changed`` is when the list in force was fetched."""

    url: str
    state: SourceState
    source_count: int  # in the list in force
    error: Message | None
    failures: int
    last_poll: datetime | None
    last_success: datetime | None
    changed: datetime | None
    next_poll: datetime | None
    next_why: Message | None
