"""What a document says about the feed itself, entries aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from feeds.links import absolute, absolute_html
from feeds.model import Deleted, Feed, Hints, Person
from feeds.text import collapse, plain
from feeds.xml.atom_source import ReadDate
from feeds.xml.elements import (
    ABOUT,
    BASE,
    LANG,
    RESOURCE,
    Child,
    base_of,
    children,
    first,
    html_of,
    language_of,
    text_of,
)
from feeds.xml.entry import links_of, main_link, whole_number
from feeds.xml.namespaces import name_of
from feeds.xml.normalize_links import mend_links, moved
from feeds.xml.people import people
from feeds.xml.placeholders import Lifted
from feeds.xml.titles import TITLES, is_typed, title_of

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
_ABOUTS = (
    "subtitle",
    "tagline",
    "description",
    "abstract",
    "dc:description",
    "itunes:summary",
    "googleplay:description",
    "itunes:subtitle",
    "media:description",
)
_ICONS = (
    "icon",
    "logo",
    "webfeeds:icon",
    "webfeeds:logo",
    "image",
    "itunes:image",
    "googleplay:image",
    "podcast:image",
    "media:thumbnail",
)
_RIGHTS = ("rights", "copyright", "dc:rights", "dcterms:rights", "media:copyright")


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
    """The element that holds the feed's own data: the channel of RSS and RDF, made where it is missing, or the root."""
    if name_of(root) not in ("rss", "rdf", "rdf:rdf"):
        return root
    channel = next((child for child in root if name_of(child) == "channel"), None)
    if channel is None:
        channel = etree.Element("channel", nsmap=root.nsmap)
        channel.extend(list(root))
        root.append(channel)
    return channel


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
    identity = collapse(text_of(first(found, "id", "guid", "dc:identifier")))
    root = channel.getparent()
    beside = children(root) if root is not None and name_of(root).startswith("rdf") else []
    icon = _icon(found + beside, outer)
    updated = next((m for w in _UPDATED for n, c in found if n == w and (m := read_date(text_of(c), language))), None)
    authors = people(found, ("author", "managingeditor"))
    aside = ChannelAside(
        identity or channel.get(ABOUT) or channel.get("about"),
        language,
        updated,
        authors,
        icon,
        _hints(found),
        _deleted(found, read_date),
        any(name == "fh:archive" for name, _ in found),
    )
    kept = mend_links(found, outer, lifted)
    for names, tag in ((TITLES, "title"), (_RIGHTS, "rights")):
        if (element := first(found, *names)) is not None:
            kept.append(moved(element, tag, title_of(element, atom=atom), lifted))
    if (about := first(found, *_ABOUTS)) is not None:
        markup = html_of(about, "text" if is_typed(about, atom=atom) else "html", guess=True)
        kept.append(moved(about, "subtitle", absolute_html(markup, outer), lifted))
    if (generator := first(found, "generator")) is not None:
        kept.append(moved(generator, "generator", plain(text_of(generator)), lifted))
    for agent in [child for name, child in found if name == "admin:generatoragent" and generator is None][:1]:
        kept.append(moved(agent, "generator", agent.get(RESOURCE) or plain(text_of(agent)), lifted))
    for node in (channel, *channel.iterancestors()):
        for attribute in (BASE, "base"):  # all that is left is absolute
            node.attrib.pop(attribute, None)
    return aside, kept


def _icon(found: list[Child], base: str | None) -> str | None:
    for name in _ICONS:
        for child in (child for found_name, child in found if found_name == name):
            inner = first(children(child), "url")
            address = child.get("href") or child.get("url")
            if not address:
                address = text_of(inner) if inner is not None or len(child) else text_of(child)
            if url := absolute(base, address):
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
        finished=text_of(first(found, "itunes:complete", "podcast:complete")).lower() in ("yes", "true"),
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
