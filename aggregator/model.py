"""The service's values, one frozen type for each role. All times are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntFlag, StrEnum
from typing import Literal

ContentTerms = Literal["excerpt", "full"]


# ---------------------------------------------------------------- sources and polls
@dataclass(frozen=True, slots=True)
class Source:
    """One place we poll, as config.toml describes it, with the store's id.

    ``category`` is a category path ("emotion/story"), ``region`` a GB/T 2260 code; ``include`` and ``exclude``
    are words that a title or text must / must not hold; ``content``: may the full text be shown?
    """

    id: int
    slug: str
    url: str
    title: str
    category: str | None = None
    region: str | None = None
    language: str = "zh-CN"
    timezone: str = "Asia/Shanghai"
    encoding: str | None = None
    interval: timedelta | None = None
    content: ContentTerms = "excerpt"
    enabled: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


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
    url: str  # where to go: the source's url, or the address it has moved to for good
    validators: Validators = field(default_factory=Validators)
    interval: timedelta = timedelta(minutes=30)  # the present rhythm
    failures: int = 0  # in a row
    last_success: datetime | None = None
    moved_to: str | None = None  # seen in a permanent redirect
    moved_count: int = 0  # how often in a row


@dataclass(frozen=True, slots=True)
class Fetched:
    """A 200 with its whole decoded body. ``headers`` have lower-case names."""

    url: str  # final address, after redirects
    status: int
    headers: dict[str, str]
    body: bytes
    elapsed: float  # seconds
    moved_to: str | None = None  # where a chain of only permanent redirects led


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304."""

    url: str
    headers: dict[str, str]
    elapsed: float
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Why nothing came, in words for a person. ``kind`` is a short stable name for programs and filters."""

    kind: str  # dns, connect, tls, timeout, too-large, forbidden-address, http, encoding, not-a-feed, gone ...
    reason: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    elapsed: float = 0.0
    retry_after: timedelta | None = None


class State(StrEnum):
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
    state: State
    next_poll: datetime | None  # None: never again (gone)
    interval: timedelta
    failures: int
    elapsed: float
    status: int | None = None
    error_kind: str | None = None
    error: str | None = None  # a readable reason; None when all is well
    validators: Validators | None = None  # None: keep what is stored
    moved_to: str | None = None
    moved_count: int = 0
    feed_title: str | None = None
    feed_link: str | None = None
    feed_id: str | None = None
    entries: int = 0  # in the document
    skipped: int = 0  # entries that could not be read
    filtered: int = 0  # entries kept out by include / exclude


# ---------------------------------------------------------------- what is found out about an item
@dataclass(frozen=True, slots=True)
class Decision:
    """A category and its reason. ``category`` is a path, or None where nothing was sure enough."""

    category: str | None = None
    score: float = 0.0  # 0..1
    why: str = ""  # e.g. "source", "term:社会新闻", "keywords:暴雨,预警", "model:0.93"


@dataclass(frozen=True, slots=True)
class Place:
    """GB/T 2260 codes (six digits) from the widest to the narrowest, each None where unknown."""

    province: str | None = None
    city: str | None = None
    county: str | None = None
    why: str = ""  # e.g. "dateline:鲁网", "title:枣庄山亭", "home"

    @property
    def region(self) -> str | None:
        """The narrowest code known."""
        return self.county or self.city or self.province


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is looked up to find an item's likely relatives; 64-bit signed integers, sorted, unique.

    ``marks`` come from its text (a shared one: perhaps a reprint), ``topics`` from what it is about (several
    shared: perhaps the same event).
    """

    marks: tuple[int, ...] = ()
    topics: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MediaFile:
    url: str
    type: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry after the pure steps, ready to be stored."""

    uid: str  # identity within its source: 32 hex digits
    guid: str | None  # the publisher's own id
    url: str
    title: str
    published: datetime  # never later than first sight
    dated: bool  # did the publisher give a usable date?
    updated: datetime | None
    content_hash: str  # changes exactly when the item was edited
    excerpt: str  # plain text, at most 200 characters
    html: str | None  # sanitised; None when there is nothing beyond the title
    text: str  # normalised plain text for comparison and search (title not included), at most 4,000 characters
    length: int  # characters of the whole plain text
    author: str | None = None
    editor: str | None = None
    origin: str | None = None  # the outlet credited in the text (来源)
    language: str | None = None
    rights: str | None = None
    terms: tuple[str, ...] = ()
    media: tuple[MediaFile, ...] = ()
    decision: Decision = field(default_factory=Decision)
    place: Place = field(default_factory=Place)
    sketch: Sketch = field(default_factory=Sketch)


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a source: uid -> content hash, and address -> uid where an address has only one."""

    hashes: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Digest:
    """What the parsing process returns for one document."""

    drafts: tuple[Draft, ...]  # new or edited entries only, oldest first
    seen: tuple[str, ...]  # uids that were there unchanged
    title: str | None
    link: str | None
    id: str | None
    entries: int
    skipped: int
    filtered: int
    hints_seconds: int | None  # the publisher's own update interval, if it gave one
    hub: str | None = None


# ---------------------------------------------------------------- stories
class Relation(StrEnum):
    """How a report relates to the one that its story began with."""

    ORIGINAL = "original"  # 首发, or alone
    REPRINT = "reprint"  # 转载: the same text
    REWRITE = "rewrite"  # 改写: largely the same text
    FURTHER = "further"  # 补充报道: the same event, another text


class Pin(IntFlag):
    """What an admin has decided for good; no poll and no relearning changes it."""

    NONE = 0
    STORY = 1
    CATEGORY = 2
    REGION = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored item that may belong with a new one."""

    id: int
    story_id: int
    source_id: int
    reprint_of: int | None
    title: str
    text: str
    published: datetime
    place: Place
    category: str | None
    excerpt: str = ""
    story_items: int = 1
    pinned: Pin = Pin.NONE


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a new or edited item belongs: its story (None: one of its own) and what it repeats.

    ``beside`` is used where the story has no number yet: the item that opens it, earlier in the same sequence of
    placements (``story_id`` is None then).
    """

    item_id: int
    story_id: int | None
    relation: Relation
    reprint_of: int | None = None  # the item whose text it repeats, always an item that is no reprint itself
    similarity: float = 0.0  # 0..1, against reprint_of or the nearest report of the story
    why: str = ""
    beside: int | None = None
    merge: tuple[int, ...] = ()  # further stories that this item shows to be the same event


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """A story a reader would go on to: its lead item and how near it is (0..1)."""

    item_id: int
    score: float


# ---------------------------------------------------------------- what pages and feeds read
@dataclass(frozen=True, slots=True)
class Listing:
    """Which items: all conditions hold together. By default one item a story (its lead)."""

    category: str | None = None  # a top category includes its sub-categories
    region: str | None = None  # a province or city includes what lies in it
    source: str | None = None  # slug; a source's listing holds all its items
    story: int | None = None
    leads_only: bool = True
    many: bool = False  # only stories of two and more outlets
    since: datetime | None = None  # published >= since
    until: datetime | None = None  # published < until


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list that is ordered by (published, id), newest first: what comes after it is older."""

    published: datetime
    id: int


@dataclass(frozen=True, slots=True)
class ItemCard:
    """An item as lists show it, with its source and story."""

    id: int
    url: str
    title: str
    excerpt: str
    published: datetime
    first_seen: datetime
    updated: datetime | None
    changed: datetime  # when what we show last changed
    source: str  # slug
    source_title: str
    source_url: str | None  # the outlet's site
    author: str | None
    category: str | None
    place: Place
    story_id: int
    lead: bool
    relation: Relation
    reprint_of: int | None
    similarity: float
    story_items: int
    story_outlets: int

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.published, self.id)


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """Everything about one item."""

    card: ItemCard
    guid: str | None
    html: str | None
    text: str
    length: int
    editor: str | None
    origin: str | None
    language: str | None
    rights: str | None
    terms: tuple[str, ...]
    media: tuple[MediaFile, ...]
    dated: bool
    decision: Decision
    story_why: str
    pinned: Pin
    content: ContentTerms  # the source's terms
    feed_url: str
    feed_id: str | None
    feed_title: str | None
    source_region: str | None
    removed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """All items about one event."""

    id: int
    lead: ItemCard
    first: int  # the item published first
    items: int
    outlets: int
    first_published: datetime
    last_published: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """One source on the status page."""

    id: int
    slug: str
    title: str
    url: str
    region: str | None
    category: str | None
    enabled: bool
    listed: bool  # still in config.toml
    state: State
    error_kind: str | None
    error: str | None
    failures: int
    last_poll: datetime | None
    last_success: datetime | None
    newest: datetime | None  # publication of its newest item
    next_poll: datetime | None
    elapsed: float | None
    items: int  # stored in all
    day_items: int  # in the last 24 hours
    trend: tuple[int, ...]  # new items an hour over the last 24 hours, oldest first
    moved_to: str | None = None
    feed_title: str | None = None
    feed_link: str | None = None
    content: ContentTerms = "excerpt"


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered feed as it goes over the wire; ``listing`` is the key by which it is made stale."""

    path: str  # "/feeds/society.atom"
    listing: str  # "society", "all/370400", "source/qilu", "story/12", "hot"
    type: str
    body: bytes
    etag: str  # of the identity coding, without quotes
    modified: datetime
    gzip: bytes | None = None
    br: bytes | None = None
    zstd: bytes | None = None
