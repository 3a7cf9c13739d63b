"""What is found out about an item before it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.messages import Message, decisions
from aggregator.model.filters import FilteredEntry

_UNDECIDED, _UNKNOWN_REGION = decisions.UNDECIDED(), decisions.UNKNOWN_REGION()


@dataclass(frozen=True, slots=True)
class CategoryDecision:
    """A category and its evidence. ``category`` is a path, or None where nothing was sure enough."""

    category: str | None = None
    score: float = 0.0  # 0..1
    why: Message = _UNDECIDED


@dataclass(frozen=True, slots=True)
class Place:
    """GB/T 2260 codes (six digits) from the widest to the narrowest, each None where unknown."""

    province: str | None = None
    city: str | None = None
    county: str | None = None
    why: Message = _UNKNOWN_REGION

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

    fingerprints: tuple[int, ...] = ()
    key_terms: tuple[int, ...] = ()


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
    decision: CategoryDecision = field(default_factory=CategoryDecision)
    place: Place = field(default_factory=Place)
    sketch: Sketch = field(default_factory=Sketch)
    advertorial: Message | None = None  # the evidence for an advertisement or the like that is let in


@dataclass(frozen=True, slots=True)
class KnownItems:
    """What is stored of a source: uid -> content hash, and address -> uid where an address has only one."""

    content_hashes: Mapping[str, str] = field(default_factory=dict)
    uids_by_url: Mapping[str, str] = field(default_factory=dict)
    seen_entries: bytes = b""  # the entries of its last document, packed


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What the parsing process returns for one document."""

    drafts: tuple[Draft, ...]  # new or edited entries only, oldest first
    unchanged_uids: tuple[str, ...]  # uids that were there unchanged, of those entries that were read
    title: str | None
    link: str | None
    id: str | None
    entry_count: int
    skipped: int
    filtered: int
    update_interval_seconds: int | None  # the publisher's own update interval, if it gave one
    hub: str | None = None
    topic: str | None = None  # what to subscribe to there
    edited_count: int = 0  # how many of the drafts are edits of stored items
    seen_entries: bytes = b""  # the entries of this document, packed, for the next poll
    new_item_dates: tuple[
        datetime | None, ...
    ] = ()  # when each new draft says it was published, None where it does not
    skip_hours: tuple[int, ...] = ()  # 0-23, GMT: the publisher asks not to be visited then
    filtered_entries: tuple[FilteredEntry, ...] = ()  # by the filters, of those entries that were read
    skip_days: tuple[str, ...] = ()  # Monday ... Sunday, GMT
