"""What pages and feeds read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from aggregator.messages import Message
from aggregator.model.health import DailyPollStats
from aggregator.model.items import CategoryDecision, MediaFile, Place
from aggregator.model.polls import ContentPolicy, SourceState
from aggregator.model.stories import LockedFields, Relation


@dataclass(frozen=True, slots=True)
class Listing:
    """Which items: all conditions hold together. By default one item a story (its lead)."""

    category: str | None = None  # a top category includes its sub-categories
    region: str | None = None  # a province or city includes what lies in it
    source: str | None = None  # slug; a source's listing holds all its items
    story: int | None = None
    leads_only: bool = True
    multi_source_only: bool = False  # only stories of two and more outlets
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
    is_lead: bool
    relation: Relation
    reprint_of: int | None
    similarity: float
    story_items: int
    story_outlets: int
    promoted: bool = False  # marked as an advertorial: whoever shows it says so ("推广")

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
    decision: CategoryDecision
    story_why: Message
    locked: LockedFields
    content: ContentPolicy  # the source's terms
    feed_url: str
    feed_id: str | None
    feed_title: str | None
    source_region: str | None
    advertorial: Message | None = None  # the evidence for it
    removed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """All items about one event."""

    id: int
    lead: ItemCard
    first_item_id: int  # the item published first
    items: int
    outlets: int
    first_published: datetime
    last_published: datetime


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source on the status page."""

    id: int
    slug: str
    title: str
    url: str
    region: str | None
    category: str | None
    enabled: bool
    listed: bool  # still in config.toml
    state: SourceState
    error_kind: str | None
    error: Message | None
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
    content: ContentPolicy = "excerpt"
    hub: str | None = None  # the WebSub hub of its subscription
    push: str | None = None  # how far the subscription is: a ``Standing``
    push_reason: Message | None = None  # what is wrong with it
    next_why: Message | None = None  # the reason for ``next_poll``
    last_push: datetime | None = None
    kept_out: int = 0  # entries that the filters kept out, found in the last seven days
    days: tuple[DailyPollStats, ...] = ()  # the last seven, oldest first


@dataclass(frozen=True, slots=True)
class RenderedDocument:
    """A rendered feed as it goes over the wire; ``listing`` is the key by which it is made stale."""

    path: str  # "/feeds/society.atom"
    listing_key: str  # "society", "all/370400", "source/qilu", "story/12", "hot"
    type: str
    body: bytes
    etag: str  # of the identity coding, without quotes
    modified: datetime
    gzip: bytes | None = None
    br: bytes | None = None
    zstd: bytes | None = None
    history_position: int | None = field(
        default=None, compare=False
    )  # events of its listing that it knows of; new ones only
