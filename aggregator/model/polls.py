"""Sources, polls, and the results of fetching and polling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from aggregator.messages import Message
from aggregator.model.filters import AdvertorialPolicy
from aggregator.model.leases import Lease
from feeds.selectors import Selectors

ContentPolicy = Literal["excerpt", "full"]
PicturePolicy = Literal["thumbnail", "link", "none"]
SourceKind = Literal["feed", "html", "json"]


@dataclass(frozen=True, slots=True)
class Source:
    """A source as described in config.toml, with the store's id.

    ``category`` is a category path ("emotion/story"), ``region`` a GB/T 2260 code; ``include`` and ``exclude`` are
    filter rules (steps.entries.filter); ``content``: whether the full text may be shown; ``select``: selectors of the
    parts of an item, for pages that are no feeds; ``articles``: whether the pages of short items are fetched.
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
    pictures: PicturePolicy = "thumbnail"
    enabled: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    advertorial: AdvertorialPolicy = "keep"
    kind: SourceKind = "feed"
    select: Selectors = field(default_factory=Selectors)
    articles: bool = False
    request: str | None = None  # digest of how it is requested, without secrets; None: by a plain GET
    former_slugs: tuple[str, ...] = ()  # earlier slugs, whose items belong to it

    @property
    def document_key(self) -> str:
        """Return the key of what is fetched and how it is read; validators are valid for the same key only."""
        filters = (self.include, self.exclude, self.advertorial)
        return document_key(self.url, self.kind, self.encoding, self.select, filters, self.request)


def document_key(
    url: str,
    kind: str,
    encoding: str | None,
    select: Selectors,
    filters: tuple[tuple[str, ...], tuple[str, ...], str],
    request: str | None,
) -> str:
    """Return the key of what is fetched and how it is read; ``filters``: include, exclude, advertorial."""
    return repr((url, kind, encoding, select, filters, request))


@dataclass(frozen=True, slots=True)
class Validators:
    """Validators of a conditional request (RFC 9110 13); stored only together with the content they belong to."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """A source to be polled, with the state of earlier polls; claimed by ``Store.claim_polls``."""

    source: Source
    url: str = field(repr=False)  # the source's URL, or the one after a permanent redirect
    validators: Validators = field(default_factory=Validators)
    interval: timedelta = timedelta(minutes=30)  # current polling interval
    failures: int = 0  # in a row
    last_success: datetime | None = None
    moved_to: str | None = None  # seen in a permanent redirect
    moved_count: int = 0  # times in a row
    covered_by_push: bool = False  # a WebSub hub delivers its news: the poll is only a check
    profile: bytes | None = None  # when and how often it publishes (aggregator.polling.publishing_profile)
    lease: Lease | None = None  # None: not claimed


@dataclass(frozen=True, slots=True)
class HostQuota:
    """Limit on the leased sources of one host, of all workers together."""

    max_leased: int
    max_leased_failing: int  # of sources that failed last time


@dataclass(frozen=True, slots=True)
class ClaimRoom:
    """How many polls a worker can start at once."""

    regular: int  # of sources that succeeded last time, and of new ones
    new: int  # at most so many of these of sources never polled
    failing: int

    @property
    def total(self) -> int:
        """Return the number of polls."""
        return max(0, self.regular) + max(0, self.failing)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker has claimed."""

    polls: Sequence[Poll]
    others_wait: bool  # whether due sources wait for their host


@dataclass(frozen=True, slots=True)
class PollSelection:
    """Which sources to poll: by default the due ones."""

    slugs: Sequence[str] | None = None  # these, due or not
    all_sources: bool = False  # all enabled ones, due or not


@dataclass(frozen=True, slots=True)
class Fetched:
    """A 200 response with its whole decoded body. ``headers`` have lower-case names."""

    url: str  # after redirects
    status: int
    headers: dict[str, str]
    body: bytes
    elapsed: float  # seconds
    moved_to: str | None = None  # target of a chain of permanent redirects only
    digest: str | None = None  # hash of the body


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304 response."""

    url: str
    headers: dict[str, str]
    elapsed: float
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A 2xx response to a POST; its body was not read."""

    url: str  # after redirects
    status: int
    headers: dict[str, str]
    elapsed: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The reason why nothing was fetched. ``kind`` is a short stable name for programs and filters."""

    kind: str  # dns, connect, tls, timeout, too-large, forbidden-address, http, encoding, not-a-feed, gone …
    reason: Message
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    elapsed: float = 0.0
    retry_after: timedelta | None = None


class SourceState(StrEnum):
    """Health of a source as shown on the status page."""

    NEW = "new"  # never polled
    OK = "ok"
    SLOW = "slow"  # works, but slow or stale
    FAILING = "failing"
    GONE = "gone"  # 410: polling has stopped
    OFF = "off"  # disabled in config, or no longer listed


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one poll changed in the state of a source; written in the transaction that stores its items."""

    source_id: int
    at: datetime
    outcome: Literal["changed", "unchanged", "failed", "gone"]
    state: SourceState
    next_poll: datetime | None  # None: never (gone)
    interval: timedelta
    failures: int
    elapsed: float
    status: int | None = None
    error_kind: str | None = None
    error: Message | None = None  # None: no error
    validators: Validators | None = None  # None: keep the stored ones
    moved_to: str | None = None
    moved_count: int = 0
    feed_title: str | None = None
    feed_link: str | None = None
    feed_id: str | None = None
    entries: int = 0  # in the document
    new_items: int = 0  # stored for the first time
    skipped: int = 0  # entries that could not be read
    filtered: int = 0  # entries filtered out
    seen_entries: bytes | None = None  # entries of the document, packed; None: keep the stored ones
    profile: bytes | None = None  # None: keep the stored one
    why: Message | None = None  # reason for ``next_poll``
    document_key: str | None = None  # ``Source.document_key`` when the poll began; None: not compared
    lease: Lease | None = None  # of the poll; None: not compared
