"""What a document says about the feed itself, entries aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from feeds.elements import LANG, Child, base_of, children, first, html_of, language_of, text_of
from feeds.entries import links_of, main_link, whole_number
from feeds.links import absolute
from feeds.mend_links import mend_links, moved
from feeds.model import Deleted, Feed, Hints, Person
from feeds.names import EXTENSIONS, name_of
from feeds.origin import ReadDate
from feeds.people import people
from feeds.skeleton import Lifted
from feeds.text import collapse, plain
from feeds.titles import is_typed, title_of

_UPDATED = (
    "updated",
    "modified",
    "lastbuilddate",
    "dcterms:modified",
    "pubdate",
    "published",
    "dc:date",
    "dcterms:date",
    "issued",
)
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TITLES = ("title", "dc:title", "itunes:title", "media:title")
_ABOUTS = (
    "subtitle",
    "tagline",
    "description",
    "abstract",
    "dc:description",
    "itunes:summary",
    "itunes:subtitle",
    "media:description",
)
_RIGHTS = ("rights", "copyright", "dc:rights", "dcterms:rights", "media:copyright")
_ABOUT = f"{{{EXTENSIONS['rdf']}}}about"


@dataclass(frozen=True, slots=True)
class ChannelAside:
    """What feedparser would read wrong or not at all."""

    id: str | None
    language: str | None
    updated: datetime | None
    authors: tuple[Person, ...]
    icon: str | None
    hints: Hints
    deleted: tuple[Deleted, ...]
    archive: bool


def channel_of(root: etree._Element) -> etree._Element:
    """The element that holds the feed's own data: the channel of RSS and RDF, the root of Atom and CDF."""
    if name_of(root) in ("rss", "rdf", "rdf:rdf"):
        return next((child for child in root if name_of(child) == "channel"), root)
    return root


def feed_language(root: etree._Element, channel: etree._Element, fallback: str | None) -> str | None:
    found = children(channel)
    stated = text_of(first(found, "language", "dc:language"))
    return language_of(stated) or language_of(channel.get(LANG) or root.get(LANG)) or language_of(fallback)


def mend_channel(
    channel: etree._Element,
    entries: set[etree._Element],
    base: str | None,
    atom: bool,
    language: str | None,
    read_date: ReadDate,
    lifted: Lifted,
) -> tuple[ChannelAside, list[etree._Element]]:
    """Rewrite the feed's own elements in place, as ``mend_entry`` does an entry's; also returns what is to be read."""
    found = [(name, child) for name, child in children(channel) if child not in entries]
    outer = base_of(channel, base)
    identity = collapse(text_of(first(found, "id", "guid", "dc:identifier"))) or channel.get(_ABOUT)
    icon = _icon(found, outer)
    updated = next((m for w in _UPDATED for n, c in found if n == w and (m := read_date(text_of(c), language))), None)
    authors = people(found, ("author", "managingeditor"))
    aside = ChannelAside(
        identity or None,
        language,
        updated,
        authors,
        icon,
        _hints(found),
        _deleted(found, read_date),
        any(name == "fh:archive" for name, _ in found),
    )
    kept = mend_links(found, outer, lifted)
    for names, tag in ((_TITLES, "title"), (_RIGHTS, "rights")):
        if (element := first(found, *names)) is not None:
            kept.add(moved(element, tag, title_of(element, atom=atom), lifted))
    if (about := first(found, *_ABOUTS)) is not None:
        kept.add(
            moved(about, "subtitle", html_of(about, "text" if atom and is_typed(about) else "html", guess=True), lifted)
        )
    if (generator := first(found, "generator", "admin:generatoragent")) is not None:
        kept.add(moved(generator, "generator", plain(text_of(generator)), lifted))
    return aside, [child for _, child in found if child in kept]


def _icon(found: list[Child], base: str | None) -> str | None:
    for name in ("icon", "logo", "image", "itunes:image", "media:thumbnail"):
        for child in (child for found_name, child in found if found_name == name):
            address = text_of(child) if name in ("icon", "logo") else child.get("href") or child.get("url")
            inner = first(children(child), "url") if name == "image" else None
            if url := absolute(base, address or text_of(inner)):
                return url
    return None


def _hints(found: list[Child]) -> Hints:
    ttl = whole_number(text_of(first(found, "ttl")))
    hours = [whole_number(text_of(child)) for child in _inside(found, "skiphours")]
    days = [text_of(child).capitalize() for child in _inside(found, "skipdays")]
    period = _PERIODS.get(text_of(first(found, "sy:updateperiod")).lower())
    frequency = whole_number(text_of(first(found, "sy:updatefrequency"))) or 1
    return Hints(
        ttl=ttl or None,
        skip_hours=tuple(sorted({hour % 24 for hour in hours if hour is not None and hour <= 24})),
        skip_days=tuple(day for day in _DAYS if day in days),
        update_seconds=max(1, period // frequency) if period else None,
    )


def _inside(found: list[Child], name: str) -> list[etree._Element]:
    box = first(found, name)
    return [] if box is None else [child for _, child in children(box)]


def _deleted(found: list[Child], read_date: ReadDate) -> tuple[Deleted, ...]:
    """Tombstones (RFC 6721 3); one without a time or an id is none."""
    stones = []
    for name, child in found:
        ref, when = child.get("ref"), read_date(child.get("when") or "", None)
        if name == "at:deleted-entry" and ref and when:
            stones.append(Deleted(ref, when))
    return tuple(stones)


def feed_of(read: Mapping[str, Any], aside: ChannelAside, lifted: Lifted) -> Feed:
    """The feed without its entries."""
    links = links_of(read.get("links", ()), lifted)
    link = main_link(links)
    return Feed(
        id=aside.id,
        title=lifted.back(read.get("title")),
        link=link,
        description=lifted.back(read.get("subtitle")) or None,
        language=aside.language,
        updated=aside.updated,
        authors=aside.authors,
        rights=lifted.back(read.get("rights")) or None,
        icon=aside.icon,
        generator=lifted.back(read.get("generator")) or None,
        links=tuple(found for found in links if found.href != link or found.rel != "alternate"),
        deleted=aside.deleted,
        hints=aside.hints,
        archive=aside.archive,
    )
