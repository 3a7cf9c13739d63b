"""Health of sources and of the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from aggregator.messages import Message

IncidentSubject = Literal["source", "config", "disk", "database", "service"]

# Bounds of the counts of new items by delay; a last count is for longer ones.
DELAYS = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6))


@dataclass(frozen=True, slots=True)
class DailyPollStats:
    """Poll statistics of a source on one day in China's time zone (UTC+8)."""

    day: date
    visits: int = 0
    not_modified: int = 0  # responses with status 304
    failures: int = 0
    items: int = 0  # new items
    seconds: float | None = None  # mean response time
    delays: tuple[int, ...] = (0,) * (len(DELAYS) + 1)  # new items by the time from publication until stored (DELAYS)


@dataclass(frozen=True, slots=True)
class FeedClient:
    """A program that requested our feeds: a feed reader, a service or a browser, by the name in its User-Agent."""

    name: str
    requests: int
    not_modified: int  # responses with status 304
    subscribers: int | None = None  # that it reported last, of all feeds; None: it reports none


@dataclass(frozen=True, slots=True)
class FeedDay:
    """Requests for our feeds on one day in China's time zone."""

    day: date
    requests: int = 0
    not_modified: int = 0


@dataclass(frozen=True, slots=True)
class FeedRequests:
    """Requests for our feeds that one process counted: (program, status 304) -> number, and (program, path of a
    feed) -> subscribers."""

    counts: Mapping[tuple[str, bool], int]
    subscribers: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class ServiceHistory:
    """What the pages plot of the service or of one source: days of polls, oldest first, new items by hour since 1970,
    and the publishing profiles of the sources as (time zone, packed profile)."""

    days: tuple[DailyPollStats, ...]
    hours: Mapping[int, int]
    profiles: tuple[tuple[str, bytes], ...]
    sizes: Mapping[date, int]  # bytes of the database; empty for a source


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident that admins are notified of. ``detail`` is the reason, ``kind`` the short name of a fetch error."""

    id: int
    subject: IncidentSubject
    kind: str | None
    detail: Message
    failures: int  # polls in a row, when it was opened
    began: datetime
    ended: datetime | None  # None: open
    slug: str | None = None  # of the source
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics of the service, the same in every process."""

    states: Mapping[str, int]  # listed sources by state
    overdue: int  # sources due for more than five minutes and not leased
    counters: Mapping[str, int]  # since the database was created: ``store.daily_stats.COUNTERS``, and of stages
    items: int
    items_last_day: int  # stored within the last 24 hours
    open_incidents: Mapping[str, int]  # by subject
    stale_feeds: int
    articles_waiting: int
    pushes_waiting: int
    subscriptions: Mapping[str, int]  # at publishers' hubs, by state
    subscribers: int  # of our own hub
    bytes: int  # size of the database
    pictures_waiting: int
    poll_lag: float  # seconds since the earliest due time of a source that nobody polls; 0: none is due
    leased_sources: int
    leased_feeds: int
    workers: int  # that gave signs of life
    last_heartbeat: datetime | None = None  # of the poller; None: none has run, or it was stopped regularly
