"""How sources, and the service itself, have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from aggregator.messages import Message

IncidentSubject = Literal["source", "config", "disk", "database"]


@dataclass(frozen=True, slots=True)
class DailyPollStats:
    """What the visits to a source came to on one day, as China counts days (UTC+8)."""

    day: date
    visits: int = 0
    not_modified: int = 0  # answered by a 304
    failures: int = 0
    items: int = 0  # new ones
    seconds: float | None = None  # mean response time


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident that admins are notified of. ``detail`` is the reason; ``kind`` the short name of a fetch error."""

    id: int
    subject: IncidentSubject
    kind: str | None
    detail: Message
    failures: int  # visits in a row, when it was noted
    began: datetime
    ended: datetime | None  # None: it lasts
    slug: str | None = None  # of the source
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """The service in numbers, for measuring: the same in every process."""

    states: Mapping[str, int]  # listed sources by state
    overdue: int  # sources due for more than five minutes that nobody visits
    counters: Mapping[str, int]  # since the database was made: ``visit_days.COUNTERS``
    items: int
    items_last_day: int  # found within the last 24 hours
    open_incidents: Mapping[str, int]  # that last, by subject
    stale_feeds: int
    articles_waiting: int
    pushes_waiting: int
    subscriptions: Mapping[str, int]  # at publishers' hubs, by standing
    subscribers: int  # of our own hub
    bytes: int  # of the database
    last_heartbeat: datetime | None = None  # of the poller; None: none runs, or it was stopped
