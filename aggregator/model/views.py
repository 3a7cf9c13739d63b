"""What pages and feeds read from the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from aggregator.messages import Message
from aggregator.model.health import DailyPollStats
from aggregator.model.items import CategoryDecision, MediaFile, Place
from aggregator.model.polls import ContentPolicy, PicturePolicy, SourceState
from aggregator.model.stories import LockedFields, Relation
from feeds.model import Picture

NO_CATEGORY = "none"  # stands for items without a category, in lists of all reports


@dataclass(frozen=True, slots=True)
class Listing:
    """The conditions of a listing, all of which hold. By default it has one item a story, which represents it there."""

    category: str | None = None  # a top category includes its subcategories
    region: str | None = None  # a province or city includes the regions within it
    source: str | None = None  # slug; the listing of a source has all its items
    story: int | None = None
    series: int | None = None  # the issues of a series (store.series_rows)
    one_per_story: bool = True
    one_per_series: bool = False  # only the newest issue of each series; feeds have every one
    multi_source_only: bool = False  # only stories of two or more outlets
    since: datetime | None = None  # published >= since
    until: datetime | None = None  # published < until


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """The conditions of a search besides its words, all of which hold."""

    category: str | None = None  # a top category includes its subcategories
    region: str | None = None  # a province or city includes the regions within it
    source: str | None = None  # slug
    since: datetime | None = None  # published >= since


@dataclass(frozen=True, slots=True)
class SourceFilter:
    """The conditions of a list of sources, all of which hold."""

    state: str | None = None
    region: str | None = None  # includes the regions within it
    query: str | None = None  # part of the slug, the title or the URL
    slug: str | None = None
    after: str | None = None  # only slugs after this one


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in a list ordered by (published, id), newest first; what follows it is older."""

    published: datetime
    id: int


@dataclass(frozen=True, slots=True)
class ItemCard:
    """An item as shown in lists, with its source and story."""

    id: int
    url: str
    title: str
    excerpt: str
    published: datetime
    first_seen: datetime
    updated: datetime | None
    changed: datetime  # last change of what is shown
    source: str  # slug
    source_title: str
    source_url: str | None  # the outlet's site
    author: str | None
    category: str | None
    place: Place
    story_id: int
    represents: int  # listings in which it represents its story (model.listing_keys)
    relation: Relation
    reprint_of: int | None
    similarity: float
    story_items: int
    story_outlets: int
    promoted: bool = False  # an advertorial, to be marked as such ("推广")
    series: int | None = None  # number of the series that it is an issue of
    has_earlier_issues: bool = False  # set in lists with one issue of each series
    thumbnail: int | None = None  # id of its picture, if pages may show thumbnails of it and they are stored
    dated: bool = True  # whether the publisher gave a usable date

    @property
    def cursor(self) -> Cursor:
        """Return the position of the item in a list."""
        return Cursor(self.published, self.id)

    @property
    def is_lead(self) -> bool:
        """Return whether it is the lead item of its story."""
        return bool(self.represents & 1)


@dataclass(frozen=True, slots=True)
class ItemPage:
    """A part of a list, newest first.

    ``end``: where the list goes on in the direction of reading, None at its end. A part may be short although the list
    goes on, because a bounded number of rows is read.
    """

    cards: list[ItemCard]
    end: Cursor | None


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """All that is stored about one item."""

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
    advertorial: Message | None = None  # evidence for it
    picture: Picture | None = None  # as published
    pictures: PicturePolicy = "thumbnail"  # the source's terms
    removed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A story: the items about one event."""

    id: int
    lead: ItemCard  # in the stories of a category or region, the item that represents it there
    first_item_id: int  # the item published first
    items: int
    outlets: int
    first_published: datetime
    last_published: datetime


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source as shown on the status page."""

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
    newest: datetime | None  # publication time of its newest item
    next_poll: datetime | None
    elapsed: float | None
    items: int  # number of stored items
    day_items: int  # in the last 24 hours
    trend: tuple[int, ...]  # new items an hour in the last 24 hours, oldest first
    moved_to: str | None = None
    feed_title: str | None = None
    feed_link: str | None = None
    content: ContentPolicy = "excerpt"
    hub: str | None = None  # WebSub hub of its subscription
    push: str | None = None  # state of the subscription (SubscriptionState)
    push_reason: Message | None = None  # its last failure
    next_why: Message | None = None  # reason for ``next_poll``
    last_push: datetime | None = None
    kept_out: int = 0  # entries filtered out in the last seven days
    days: tuple[DailyPollStats, ...] = ()  # the last seven, oldest first

    @property
    def name(self) -> str:
        """The title: configured, of its feed, or the slug; in SQL ``store.rows.SOURCE_TITLE``."""
        return self.title or self.feed_title or self.slug


@dataclass(frozen=True, slots=True)
class RenderedDocument:
    """A rendered feed as sent to clients; ``listing_key`` is the key by which it becomes stale."""

    path: str  # "/feeds/society.atom"
    listing_key: str  # "society", "all/370400", "source/qilu", "story/12", "hot"
    type: str
    body: bytes
    etag: str  # without content coding, and without quotes
    modified: datetime
    gzip: bytes | None = None
    br: bytes | None = None
    zstd: bytes | None = None
    history_position: int | None = field(
        default=None, compare=False
    )  # history events of its listing that it contains; set for new documents only
