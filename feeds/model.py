"""Feed documents as frozen values, named after RFC 4287: what every reader returns and every writer takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Person:
    """atom:author (RFC 4287 3.2). ``name`` is plain text and never empty."""

    name: str
    email: str | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """atom:link (RFC 4287 4.2.7). ``href`` is absolute; ``length`` is in bytes."""

    href: str
    rel: str = "alternate"
    type: str | None = None
    hreflang: str | None = None
    title: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """atom:category (RFC 4287 4.2.2). ``label`` is for display; ``scheme`` identifies the vocabulary of ``term``."""

    term: str
    scheme: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file attached to an entry: RSS enclosure, media:content or JSON Feed attachment. ``length`` is in bytes."""

    url: str
    type: str | None = None
    length: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture that represents an entry. ``width`` and ``height`` are in pixels, as declared by the publisher;
    ``alt`` is plain text that replaces it.
    """

    url: str
    width: int | None = None
    height: int | None = None
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """atom:source (RFC 4287 4.2.11): the feed in which an entry was first published."""

    id: str | None = None
    title: str | None = None
    link: str | None = None
    self_link: str | None = None
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    rights: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An atom:entry, RSS item or JSON Feed item as its publisher wrote it.

    ``title``, names and ``rights`` are plain text; ``summary`` and ``content`` are HTML as published (NOT sanitized)
    with absolute URLs. Times are aware UTC or None, never guessed. ``link`` is the page the entry is about, ``links``
    every other link (via, related, replies ...).
    """

    id: str | None = None
    title: str = ""
    link: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    editor: str | None = None
    summary: str | None = None
    content: str | None = None
    categories: tuple[Category, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    picture: Picture | None = None  # stated outside of the text; see feeds/pictures.py for those in it
    links: tuple[Link, ...] = ()
    language: str | None = None
    rights: str | None = None
    origin: Origin | None = None
    place: str | None = None  # name of a place (georss:featurename); written in JSON Feed only
    point: tuple[float, float] | None = None  # latitude, longitude in degrees (georss:point, GML, W3C geo)
    raw_hash: str | None = field(default=None, compare=False)  # hash of its markup; see feeds/xml/known_entries.py


@dataclass(frozen=True, slots=True)
class Tombstone:
    """at:deleted-entry (RFC 6721 3): an entry that its publisher has deleted."""

    ref: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Hints:
    """How often the publisher says it publishes; all members are optional and only hints."""

    ttl: int | None = None  # minutes
    skip_hours: tuple[int, ...] = ()  # 0-23, GMT
    skip_days: tuple[str, ...] = ()  # Monday ... Sunday
    update_seconds: int | None = None  # sy:updatePeriod / sy:updateFrequency
    finished: bool = False  # no further entries will follow (JSON Feed "expired", itunes:complete)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed document. ``entries`` are in document order; ``skipped`` counts entries that could not be read."""

    id: str | None = None
    title: str = ""
    link: str | None = None  # the site (rel=alternate)
    description: str | None = None
    language: str | None = None
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    rights: str | None = None
    icon: str | None = None
    generator: str | None = None
    links: tuple[Link, ...] = ()  # self, hub, next, prev-archive ...
    entries: tuple[Entry, ...] = ()
    deleted: tuple[Tombstone, ...] = ()
    hints: Hints = field(default_factory=Hints)
    encoding: str | None = None
    format: str | None = None  # "atom10", "rss20", "json11" ...
    archive: bool = False  # fh:archive (RFC 5005 4)
    skipped: int = 0
    known_hashes: tuple[str, ...] = ()  # hashes of the entries that were recognized and skipped

    def first_link(self, rel: str) -> str | None:
        """Return the address of the first link with this relation, or None."""
        return next((link.href for link in self.links if link.rel == rel), None)


@dataclass(frozen=True, slots=True)
class NotAFeed:
    """A document that is no feed: a reason to show to people, and the feeds that an HTML page links to."""

    reason: str
    feed_links: tuple[Link, ...] = ()
