"""A feedgen extension that writes what feedgen cannot write or writes incorrectly.

In Atom: links with all their attributes, complete atom:source, text types, languages, history and tombstones; in RSS:
names, dates and further enclosures. Atom elements are created without a namespace because feedgen writes the default
namespace itself. Only modules and elements that validators accept in their place are used; RSS omits what has no
established element.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feeds.model import Enclosure, Entry, Feed, Link, Origin, Person, Picture
from feeds.write.escaping import escape_lookalike_markup, looks_like_markup, title_or_excerpt
from feeds.write.normalize import entry_updated
from feeds.xml.elements import LANG
from feeds.xml.namespaces import ATOM_NAMESPACE, EXTENSION_NAMESPACES

_MODULES = ("georss", "fh", "at", "media", "dc", "dcterms")
GEORSS, HISTORY, TOMBSTONES, MEDIA, DC, DCTERMS = (EXTENSION_NAMESPACES[name] for name in _MODULES)


def rfc3339(moment: datetime) -> str:
    """Return a time in UTC as RFC 3339 writes it, in whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def rfc822(moment: datetime) -> str:
    """Return a time in UTC as RFC 822 writes it: four-digit year, numeric zone, English names in every locale."""
    return format_datetime(moment.astimezone(UTC))


class FeedExtension(BaseExtension):  # type: ignore[misc]
    """Elements of the feed itself. The writer sets ``feed`` and ``moment`` (the feed's updated time)."""

    feed: Feed
    moment: datetime

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces that this feed uses, by prefix."""
        entries = self.feed.entries
        candidates = {
            "georss": (GEORSS, any(entry.point for entry in entries)),
            "fh": (HISTORY, self.feed.archive),
            "at": (TOMBSTONES, bool(self.feed.deleted)),
            "media": (MEDIA, any(entry.picture for entry in entries)),
        }
        return {prefix: uri for prefix, (uri, used) in candidates.items() if used}

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        """Complete the atom:feed element and return it."""
        if self.feed.language:
            feed.set(LANG, self.feed.language)
        _set_text(feed.find("title"), self.feed.title or self.feed.link or "-")
        _set_text(feed.find("rights"), self.feed.rights)
        subtitle = feed.find("subtitle")
        if subtitle is not None and self.feed.description and re.search("[<&]", self.feed.description):
            subtitle.set("type", "html")
        _set_time(feed, "updated", self.moment)
        alternate = (Link(self.feed.link),) if self.feed.link else ()
        _add_links(feed, (*alternate, *self.feed.links), "link")
        _add_history(feed, self.feed)
        return feed

    def extend_rss(self, feed: etree._Element) -> etree._Element:
        """Complete the channel of the rss element and return the latter."""
        channel = feed[0]
        _add_links(channel, self.feed.links, f"{{{ATOM_NAMESPACE}}}link")
        for person in self.feed.authors:
            etree.SubElement(channel, f"{{{DC}}}creator").text = escape_lookalike_markup(person.name)
        _add_history(channel, replace(self.feed, deleted=()))
        return feed


class RssFeedExtension(FeedExtension):
    """Elements of an RSS channel; tombstones exist only in Atom."""

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces that this feed uses, by prefix."""
        entries = self.feed.entries
        inherited = {prefix: uri for prefix, uri in super().extend_ns().items() if prefix != "at"}
        added = {"media": MEDIA} if any(len(entry.enclosures) > 1 for entry in entries) else {}
        added |= {"dcterms": DCTERMS} if any(_was_edited(entry) for entry in entries) else {}
        return {"dc": DC, **added, **inherited}


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Elements of one entry. The writer sets ``entry`` and ``feed``."""

    entry: Entry
    feed: Feed

    def extend_atom(self, node: etree._Element) -> etree._Element:
        """Complete the atom:entry element and return it."""
        entry = self.entry
        _set_text(node.find("title"), title_or_excerpt(entry))
        _set_text(node.find("rights"), entry.rights)
        _set_time(node, "updated", entry_updated(entry, self.feed))
        if entry.published:
            _set_time(node, "published", entry.published)
        if entry.language:
            node.set(LANG, entry.language)
        if entry.editor:
            etree.SubElement(etree.SubElement(node, "contributor"), "name").text = escape_lookalike_markup(entry.editor)
        _add_location(node, entry)
        for link in node.findall("link"):
            node.remove(link)
        files = tuple(
            Link(file.url, "enclosure", file.type, None, file.title, file.length) for file in entry.enclosures
        )
        alternate = (Link(entry.link),) if entry.link else ()
        _add_links(node, (*alternate, *files, *entry.links), "link")
        _add_picture(node, entry)
        if entry.origin and entry.origin != Origin():
            _add_source(node, entry.origin)
        return node

    def extend_rss(self, node: etree._Element) -> etree._Element:
        """Complete the item element and return it."""
        entry = self.entry
        for role, names in (("creator", [person.name for person in entry.authors]), ("contributor", [entry.editor])):
            for name in filter(None, names):
                etree.SubElement(node, f"{{{DC}}}{role}").text = escape_lookalike_markup(name)
        if moment := entry.published or entry.updated:
            etree.SubElement(node, "pubDate").text = rfc822(moment)
        if entry.updated and _was_edited(entry):
            etree.SubElement(node, f"{{{DCTERMS}}}modified").text = rfc3339(entry.updated)
        if entry.language:
            etree.SubElement(node, f"{{{DC}}}language").text = entry.language
        if entry.rights:
            etree.SubElement(node, f"{{{DC}}}rights").text = escape_lookalike_markup(entry.rights)
        _add_location(node, entry)
        _add_picture(node, entry)
        for file in entry.enclosures[1:]:
            if entry.picture is None or file.url != entry.picture.url:
                _add_media(node, file)
        _add_links(node, [link for link in entry.links if link.href != entry.link], f"{{{ATOM_NAMESPACE}}}link")
        return node


def _was_edited(entry: Entry) -> bool:
    """Return whether an entry's updated time differs from the pubDate that RSS shows."""
    return entry.updated is not None and entry.updated != (entry.published or entry.updated)


def _add_location(node: etree._Element, entry: Entry) -> None:
    if entry.point:
        etree.SubElement(node, f"{{{GEORSS}}}point").text = " ".join(map(_degrees, entry.point))


def _add_picture(node: etree._Element, entry: Entry) -> None:
    """Append the picture as media:content, with its description, and media:thumbnail (Media RSS 1.5.1)."""
    if (picture := entry.picture) is None:
        return
    file = next((file for file in entry.enclosures if file.url == picture.url), Enclosure(picture.url))
    content = _add_media(node, file, picture)
    if picture.alt:
        etree.SubElement(content, f"{{{MEDIA}}}description", type="plain").text = picture.alt
    etree.SubElement(node, f"{{{MEDIA}}}thumbnail", {"url": picture.url} | _size(picture))


def _add_media(node: etree._Element, file: Enclosure, picture: Picture | None = None) -> etree._Element:
    attributes = {"url": file.url, "type": file.type, "fileSize": str(file.length or "")}
    attributes |= {"medium": "image", **_size(picture)} if picture else {}
    present = {name: value for name, value in attributes.items() if value}
    return etree.SubElement(node, f"{{{MEDIA}}}content", present)


def _size(picture: Picture) -> dict[str, str]:
    return {"width": str(picture.width), "height": str(picture.height)} if picture.width and picture.height else {}


def _degrees(value: float) -> str:
    return f"{value:.8f}".rstrip("0").rstrip(".")


def _set_text(node: etree._Element | None, text: str | None) -> None:
    """Set an Atom text construct; text that resembles markup is written as escaped HTML (RFC 4287 3.1.1)."""
    if node is None or not text:
        return
    is_markup = looks_like_markup(text)
    node.text = escape(text, quote=False) if is_markup else text
    if is_markup:
        node.set("type", "html")


def _set_time(node: etree._Element, name: str, moment: datetime) -> None:
    element = node.find(name)
    if element is not None:
        element.text = rfc3339(moment)


def _add_links(node: etree._Element, links: Iterable[Link], tag: str) -> None:
    """Append each link once, with one alternate per type and language (RFC 4287 4.1.1)."""
    seen: set[tuple[str | None, ...]] = set()
    for link in links:
        key = (link.rel, link.type, link.hreflang) if link.rel == "alternate" else (link.rel, link.href)
        if key in seen:
            continue
        seen.add(key)
        optional = {"type": link.type, "hreflang": link.hreflang, "title": link.title, "length": link.length}
        attributes = {name: str(value) for name, value in optional.items() if value is not None}
        etree.SubElement(node, tag, {"href": link.href, "rel": link.rel} | attributes)


def _add_authors(node: etree._Element, people: Iterable[Person]) -> None:
    for person in people:
        author = etree.SubElement(node, "author")
        for name, value in (
            ("name", escape_lookalike_markup(person.name)),
            ("email", person.email),
            ("uri", person.uri),
        ):
            if value:
                etree.SubElement(author, name).text = value


def _add_source(node: etree._Element, origin: Origin) -> None:
    """Append an atom:source with everything known about the origin (RFC 4287 4.2.11)."""
    source = etree.SubElement(node, "source")
    updated = rfc3339(origin.updated) if origin.updated else None
    for name, value in (("id", origin.id), ("updated", updated)):
        if value:
            etree.SubElement(source, name).text = value
    for name, value in (("title", origin.title), ("rights", origin.rights)):
        if value:
            _set_text(etree.SubElement(source, name), value)
    _add_authors(source, origin.authors)
    pairs = (("alternate", origin.link), ("self", origin.self_link))
    _add_links(source, [Link(href, rel) for rel, href in pairs if href], "link")


def _add_history(node: etree._Element, feed: Feed) -> None:
    """Append fh:archive (RFC 5005 4) and the tombstones (RFC 6721 3)."""
    if feed.archive:
        etree.SubElement(node, f"{{{HISTORY}}}archive")
    for tombstone in feed.deleted:
        etree.SubElement(node, f"{{{TOMBSTONES}}}deleted-entry", ref=tombstone.ref, when=rfc3339(tombstone.when))
