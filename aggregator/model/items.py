"""What is known about an item before it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.messages import Message, decisions
from aggregator.model.filters import FilteredEntry
from aggregator.model.pickling import pickle_as_calls
from feeds.model import Picture

_UNDECIDED, _UNKNOWN_REGION = decisions.UNDECIDED(), decisions.UNKNOWN_REGION()


@dataclass(frozen=True, slots=True)
class CategoryDecision:
    """A category and its evidence. ``category`` is a path, or None if nothing was certain enough."""

    category: str | None = None
    score: float = 0.0  # 0..1
    why: Message = _UNDECIDED


@dataclass(frozen=True, slots=True)
class Place:
    """GB/T 2260 codes (six digits) of province, city and county, each None if unknown."""

    province: str | None = None
    city: str | None = None
    county: str | None = None
    why: Message = _UNKNOWN_REGION
    further: tuple[str, ...] = ()  # other regions that the item is about as well, each after those around it
    further_why: Message | None = None

    @property
    def region(self) -> str | None:
        """Return the narrowest known code."""
        return self.county or self.city or self.province

    @property
    def further_regions(self) -> tuple[str, ...]:
        """Return the narrowest codes of the further regions."""
        return tuple(code for code in self.further if not any(_is_within(other, code) for other in self.further))

    @property
    def regions(self) -> tuple[str, ...]:
        """Return all regions, the primary one first, each by its narrowest code."""
        return (self.region, *self.further_regions) if self.region else self.further_regions


def _is_within(code: str, outer: str) -> bool:
    shared = 2 if outer.endswith("0000") else 4 if outer.endswith("00") else 6
    return code != outer and code[:shared] == outer[:shared]


FIRST_KEY_TERM = 1 << 31  # hashes below it are fingerprints


@dataclass(frozen=True, slots=True)
class Sketch:
    """Hashes by which story candidates are looked up: sorted, unique.

    ``fingerprints`` are of the text (a shared one suggests a reprint) and below ``FIRST_KEY_TERM``, ``key_terms`` of
    its subject (several shared ones suggest the same event) and from there to 2**32.
    """

    fingerprints: tuple[int, ...] = ()
    key_terms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredText:
    """What the store writes of an item's title, HTML and text, made where it was read."""

    frame: bytes  # HTML and text, compressed (``steps.text.packing``)
    words: str  # by which it is searched (``steps.text.search_words``)
    pictures: tuple[str, ...] = ()  # addresses of the pictures in the HTML


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A media file of an item (RSS enclosure, Atom link with rel="enclosure")."""

    url: str
    type: str | None = None
    length: int | None = None


_NO_DECISION, _NO_PLACE, _NO_SKETCH = CategoryDecision(), Place(), Sketch()


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry after the pure steps, ready to be stored."""

    uid: str  # unique within its source: 32 hex digits
    guid: str | None  # the publisher's own id
    url: str
    title: str
    published: datetime  # never later than first sight
    dated: bool  # whether the publisher gave a usable date
    updated: datetime | None
    content_hash: str  # changes exactly when the item is edited
    excerpt: str  # plain text, at most 200 characters
    html: str | None  # sanitized; None if there is nothing beyond the title, or if ``stored_text`` has it
    text: str  # normalized plain text for comparison and search (without title), at most 4,000 characters
    length: int  # characters of the whole plain text
    author: str | None = None
    editor: str | None = None
    origin: str | None = None  # the outlet credited in the text (来源)
    language: str | None = None
    rights: str | None = None
    terms: tuple[str, ...] = ()
    media: tuple[MediaFile, ...] = ()
    picture: Picture | None = None  # by which the item is represented
    decision: CategoryDecision = _NO_DECISION
    place: Place = _NO_PLACE
    sketch: Sketch = _NO_SKETCH
    features: bytes = b""  # by which it is compared with other reports, packed (``steps.stories.features``)
    stored_text: StoredText | None = None  # None: the store makes it
    advertorial: Message | None = None  # evidence for an advertorial that the filters accept


@dataclass(frozen=True, slots=True)
class KnownItems:
    """What is stored of a source: uid -> content hash, and URL -> uid where only one item has the URL."""

    content_hashes: Mapping[str, str] = field(default_factory=dict)
    uids_by_url: Mapping[str, str] = field(default_factory=dict)
    seen_entries: bytes = b""  # entries of its last document, packed
    admitted: frozenset[str] = frozenset()  # uids that pass the filters by the decision of an admin


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What the parsing process returns for one document."""

    drafts: tuple[Draft, ...]  # new and edited entries only, oldest first
    unchanged_uids: tuple[str, ...]  # of the entries that were read
    title: str | None
    link: str | None
    id: str | None
    entry_count: int
    skipped: int
    filtered: int
    update_interval_seconds: int | None  # given by the publisher
    hub: str | None = None
    topic: str | None = None  # topic to subscribe to at the hub
    seen_entries: bytes = b""  # entries of this document, packed, for the next poll
    new_item_dates: tuple[
        datetime | None, ...
    ] = ()  # publication time stated by each new draft, None where there is none
    skip_hours: tuple[int, ...] = ()  # 0-23, GMT: hours without polls, requested by the publisher
    filtered_entries: tuple[FilteredEntry, ...] = ()  # of the entries that were read
    skip_days: tuple[str, ...] = ()  # Monday to Sunday, GMT


pickle_as_calls(Message, CategoryDecision, Place, Sketch, StoredText, MediaFile, Draft)
