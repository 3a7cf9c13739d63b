"""The one feedgen extension: it writes what feedgen cannot, or writes wrong.

Links with all their attributes, a complete atom:source, text types, languages, history and tombstones, and in RSS
names, dates and further files. Atom elements are made without a namespace: feedgen writes the default one by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feeds.complete import entry_moment
from feeds.elements import LANG
from feeds.model import Entry, Feed, Link, Origin, Person
from feeds.names import ATOM, EXTENSIONS

GEORSS, HISTORY, TOMBSTONES, MEDIA, DC = (EXTENSIONS[name] for name in ("georss", "fh", "at", "media", "dc"))
ROLES = EXTENSIONS["marcrel"]
_ENCODED = f"{{{EXTENSIONS['content']}}}encoded"


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def rfc822(moment: datetime) -> str:
    """Four-digit year, numeric zone, English names whatever the locale."""
    return format_datetime(moment.astimezone(UTC))


class FeedPart(BaseExtension):  # type: ignore[misc]
    """What belongs to the feed itself. ``feed`` is set by the writer."""

    feed: Feed
    moment: datetime

    def extend_ns(self) -> dict[str, str]:
        """Only the namespaces that this feed uses."""
        entries = self.feed.entries
        wanted = {
            "georss": (GEORSS, any(entry.place or entry.point for entry in entries)),
            "marcrel": (ROLES, any(entry.editor for entry in entries)),
            "fh": (HISTORY, self.feed.archive),
            "at": (TOMBSTONES, bool(self.feed.deleted)),
        }
        return {prefix: uri for prefix, (uri, used) in wanted.items() if used}

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        if self.feed.language:
            feed.set(LANG, self.feed.language)
        _typed(feed.find("subtitle"), self.feed.description)
        _retimed(feed, "updated", self.moment)
        alternate = (Link(self.feed.link),) if self.feed.link else ()
        _links(feed, (*alternate, *self.feed.links), "link")
        _history(feed, self.feed)
        return feed

    def extend_rss(self, feed: etree._Element) -> etree._Element:
        channel = feed[0]
        if self.feed.id and self.feed.id not in (self.feed.link, self.feed.first_link("self")):
            etree.SubElement(channel, f"{{{ATOM}}}id").text = self.feed.id
        _links(channel, self.feed.links, f"{{{ATOM}}}link")
        for person in self.feed.authors:
            etree.SubElement(channel, f"{{{DC}}}creator").text = person.name
        _history(channel, replace(self.feed, deleted=()))
        return feed


class RssFeedPart(FeedPart):
    """RSS always declares the names of its modules at the root, and has no tombstones: these are Atom's."""

    def extend_ns(self) -> dict[str, str]:
        wanted = {"dc": DC, "media": MEDIA, **super().extend_ns()}
        return {prefix: uri for prefix, uri in wanted.items() if prefix != "at"}


class EntryPart(BaseEntryExtension):  # type: ignore[misc]
    """What belongs to one entry. ``entry`` and ``feed`` are set by the writer."""

    entry: Entry
    feed: Feed

    def extend_atom(self, node: etree._Element) -> etree._Element:
        entry = self.entry
        title = node.find("title")
        if title is not None:
            title.text = entry.title
        _retimed(node, "updated", entry_moment(entry, self.feed))
        if entry.published:
            _retimed(node, "published", entry.published)
        _common(node, entry)
        for link in node.findall("link"):
            node.remove(link)
        files = tuple(
            Link(file.url, "enclosure", file.type, None, file.title, file.length) for file in entry.enclosures
        )
        alternate = (Link(entry.link),) if entry.link else ()
        _links(node, (*alternate, *files, *entry.links), "link")
        if entry.origin:
            _source(node, entry.origin)
        return node

    def extend_rss(self, node: etree._Element) -> etree._Element:
        entry = self.entry
        _common(node, entry)
        description = node.find("description")
        if description is not None and not entry.summary and entry.title:
            description.tag = _ENCODED
        for person in entry.authors:
            etree.SubElement(node, f"{{{DC}}}creator").text = person.name
        if moment := entry.published or entry.updated:
            etree.SubElement(node, "pubDate").text = rfc822(moment)
        if entry.updated:
            etree.SubElement(node, f"{{{ATOM}}}updated").text = rfc3339(entry.updated)
        if entry.rights:
            etree.SubElement(node, f"{{{DC}}}rights").text = entry.rights
        for file in entry.enclosures[1:]:
            given = {"url": file.url, "type": file.type, "fileSize": str(file.length or "")}
            etree.SubElement(node, f"{{{MEDIA}}}content", {name: value for name, value in given.items() if value})
        _links(node, entry.links, f"{{{ATOM}}}link")
        return node


def _common(node: etree._Element, entry: Entry) -> None:
    if entry.language:
        node.set(LANG, entry.language)
    if entry.place:
        etree.SubElement(node, f"{{{GEORSS}}}featureName").text = entry.place
    if entry.point:
        etree.SubElement(node, f"{{{GEORSS}}}point").text = " ".join(map(_degrees, entry.point))
    if entry.editor:
        etree.SubElement(node, f"{{{ROLES}}}EDT").text = entry.editor


def _degrees(value: float) -> str:
    return f"{value:.8f}".rstrip("0").rstrip(".")


def _typed(node: etree._Element | None, markup: str | None) -> None:
    if node is not None and markup and ("<" in markup or "&" in markup):
        node.set("type", "html")


def _retimed(node: etree._Element, name: str, moment: datetime) -> None:
    found = node.find(name)
    if found is not None:
        found.text = rfc3339(moment)


def _links(node: etree._Element, links: Iterable[Link], tag: str) -> None:
    """Each link once; one alternate for each type and language (RFC 4287 4.1.1)."""
    seen: set[tuple[str | None, ...]] = set()
    for link in links:
        key = (link.rel, link.type, link.hreflang) if link.rel == "alternate" else (link.rel, link.href)
        if key in seen:
            continue
        seen.add(key)
        given = {"type": link.type, "hreflang": link.hreflang, "title": link.title, "length": link.length}
        attributes = {name: str(value) for name, value in given.items() if value is not None}
        etree.SubElement(node, tag, {"href": link.href, "rel": link.rel} | attributes)


def _people(node: etree._Element, people: Iterable[Person]) -> None:
    for person in people:
        author = etree.SubElement(node, "author")
        for name, value in (("name", person.name), ("email", person.email), ("uri", person.uri)):
            if value:
                etree.SubElement(author, name).text = value


def _source(node: etree._Element, origin: Origin) -> None:
    """atom:source with all that is known of the origin (4.2.11)."""
    source = etree.SubElement(node, "source")
    updated = rfc3339(origin.updated) if origin.updated else None
    for name, value in (("id", origin.id), ("title", origin.title), ("updated", updated), ("rights", origin.rights)):
        if value:
            etree.SubElement(source, name).text = value
    _people(source, origin.authors)
    pairs = (("alternate", origin.link), ("self", origin.self_link))
    _links(source, [Link(href, rel) for rel, href in pairs if href], "link")


def _history(node: etree._Element, feed: Feed) -> None:
    """RFC 5005 4 and RFC 6721 3."""
    if feed.archive:
        etree.SubElement(node, f"{{{HISTORY}}}archive")
    for stone in feed.deleted:
        etree.SubElement(node, f"{{{TOMBSTONES}}}deleted-entry", ref=stone.ref, when=rfc3339(stone.when))
