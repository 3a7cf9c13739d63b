"""Sources, and what a visit to one brings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from aggregator.messages import Message
from aggregator.model.filters import AdvertorialPolicy
from feeds.selectors import Selectors

ContentPolicy = Literal["excerpt", "full"]
SourceKind = Literal["feed", "html", "json"]


@dataclass(frozen=True, slots=True)
class Source:
    """One place we poll, as config.toml describes it, with the store's id.

    ``category`` is a category path ("emotion/story"), ``region`` a GB/T 2260 code; ``include`` and ``exclude``
    are the rules (steps.filter) that let entries in and keep them out; ``content``: may the full text be shown?
    ``select`` says where the parts of an item stand in what is no feed; ``articles``: are the pages of short items
    fetched?
    """

    id: int
    slug: str
    url: str = field(repr=False)  # may hold a secret
    title: str
    category: str | None = None
    region: str | None = None
    language: str = "zh-CN"
    timezone: str = "Asia/Shanghai"
    encoding: str | None = None
    interval: timedelta | None = None
    content: ContentPolicy = "excerpt"
    enabled: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    advertorial: AdvertorialPolicy = "keep"
    kind: SourceKind = "feed"
    select: Selectors = field(default_factory=Selectors)
    articles: bool = False
    former_slugs: tuple[str, ...] = ()  # slugs it had before; what they gathered is its own

    @property
    def document_key(self) -> str:
        """What is fetched and by what rules it is read; validators hold only for the very same."""
        return repr((self.url, self.kind, self.encoding, self.select, self.include, self.exclude, self.advertorial))


@dataclass(frozen=True, slots=True)
class Validators:
    """What makes the next request conditional; only ever saved together with the content it vouches for."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """A source that is due, with the memory of earlier visits; handed out by ``Store.claim``."""

    source: Source
    url: str = field(repr=False)  # where to go: the source's url, or the address it has moved to for good
    validators: Validators = field(default_factory=Validators)
    interval: timedelta = timedelta(minutes=30)  # the present rhythm
    failures: int = 0  # in a row
    last_success: datetime | None = None
    moved_to: str | None = None  # seen in a permanent redirect
    moved_count: int = 0  # how often in a row
    covered_by_push: bool = False  # a WebSub hub brings its news: this visit is only a check
    profile: bytes | None = None  # how often and when it publishes (aggregator.polling.publishing_profile)


@dataclass(frozen=True, slots=True)
class HostQuota:
    """How much of one host may be in hand at a time, of all workers together. What is due beyond that is put off by
    ``pause``, and each further one by ``spacing`` more."""

    max_leased: int
    max_leased_unproven: int  # of those that failed last time, or were never met
    pause: timedelta = timedelta(seconds=1)
    spacing: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A 200 with its whole decoded body. ``headers`` have lower-case names."""

    url: str  # final address, after redirects
    status: int
    headers: dict[str, str]
    body: bytes
    elapsed: float  # seconds
    moved_to: str | None = None  # where a chain of only permanent redirects led
    digest: str | None = None  # hash of the body


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304."""

    url: str
    headers: dict[str, str]
    elapsed: float
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A 2xx to a POST; its body was not read."""

    url: str  # final address, after redirects
    status: int
    headers: dict[str, str]
    elapsed: float


@dataclass(frozen=True, slots=True)
class Failed:
    """Why nothing came. ``kind`` is a short stable name for programs and filters."""

    kind: str  # dns, connect, tls, timeout, too-large, forbidden-address, http, encoding, not-a-feed, gone ...
    reason: Message
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    elapsed: float = 0.0
    retry_after: timedelta | None = None


class SourceState(StrEnum):
    """A source's health as shown on the status page."""

    NEW = "new"  # never polled
    OK = "ok"
    SLOW = "slow"  # works, but slow or stale
    FAILING = "failing"
    GONE = "gone"  # 410: polling has stopped
    OFF = "off"  # disabled in config, or no longer listed


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one visit changed in the memory of a source; written in the transaction that holds its items."""

    source_id: int
    at: datetime
    outcome: Literal["changed", "unchanged", "failed", "gone"]
    state: SourceState
    next_poll: datetime | None  # None: never again (gone)
    interval: timedelta
    failures: int
    elapsed: float
    status: int | None = None
    error_kind: str | None = None
    error: Message | None = None  # None when all is well
    validators: Validators | None = None  # None: keep what is stored
    moved_to: str | None = None
    moved_count: int = 0
    feed_title: str | None = None
    feed_link: str | None = None
    feed_id: str | None = None
    entries: int = 0  # in the document
    new_items: int = 0  # items stored for the first time
    skipped: int = 0  # entries that could not be read
    filtered: int = 0  # entries kept out by include / exclude
    seen_entries: bytes | None = None  # the entries of the document, packed; None: keep what is stored
    profile: bytes | None = None  # None: keep what is stored
    why: Message | None = None  # the reason for ``next_poll``
    document_key: str | None = None  # ``Source.document`` as it was when the visit began; None: not to be compared
