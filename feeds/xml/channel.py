"""Read the metadata of a feed from its channel element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from feeds.context import ReadDate
from feeds.links import resolve_html_urls, resolve_url
from feeds.model import WEEKDAYS, Feed, Hints, Person, Tombstone
from feeds.text import collapse, html_to_text
from feeds.xml.elements import (
    ABOUT,
    BASE,
    LANG,
    RESOURCE,
    NamedChild,
    base_of,
    first_child,
    html_of,
    named_children,
    normalize_language,
    text_of,
)
from feeds.xml.entry import links_of, main_link, parse_int
from feeds.xml.namespaces import short_name
from feeds.xml.normalize_entry import DocumentContext
from feeds.xml.normalize_links import canonicalize_element, normalize_links
from feeds.xml.people import authors_of
from feeds.xml.placeholders import PlaceholderTexts
from feeds.xml.titles import TITLES, has_text_type, title_of

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
_DESCRIPTIONS = (
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
class ChannelOverrides:
    """Values that feedparser would read incorrectly or not at all."""

    id: str | None
    language: str | None
    updated: datetime | None
    authors: tuple[Person, ...]
    icon: str | None
    hints: Hints
    deleted: tuple[Tombstone, ...]
    archive: bool


def channel_of(root: etree._Element) -> etree._Element:
    """Return the element with the feed's metadata: the channel of RSS and RDF, created if missing, or the root."""
    if short_name(root) not in ("rss", "rdf", "rdf:rdf"):
        return root
    channel = next((child for child in root if short_name(child) == "channel"), None)
    if channel is None:
        channel = etree.Element("channel", nsmap=root.nsmap)
        channel.extend(list(root))
        root.append(channel)
    return channel


def feed_language(root: etree._Element, channel: etree._Element, fallback: str | None) -> str | None:
    """Return the language that the channel, the root or else ``fallback`` declares, or None."""
    children = named_children(channel)
    declared = text_of(first_child(children, "language", "dc:language"))
    return (
        normalize_language(declared)
        or normalize_language(channel.get(LANG) or root.get(LANG))
        or normalize_language(fallback)
    )


def normalize_channel(
    channel: etree._Element,
    entries: set[etree._Element],
    document: DocumentContext,
    placeholders: PlaceholderTexts,
) -> tuple[ChannelOverrides, list[etree._Element]]:
    """Rewrite the channel in place, as ``normalize_entry`` does with an entry.

    Returns the values that feedparser would misread, and the elements it has to read.
    """
    children = [(name, child) for name, child in named_children(channel) if child not in entries]
    base = base_of(channel, document.base)
    declared_id = collapse(text_of(first_child(children, "id", "guid", "dc:identifier")))
    root = channel.getparent()
    siblings = named_children(root) if root is not None and short_name(root).startswith("rdf") else []
    icon = _icon(children + siblings, base)
    updated = _updated(children, document)
    authors = authors_of(children, ("author", "managingeditor"))
    overrides = ChannelOverrides(
        declared_id or channel.get(ABOUT) or channel.get("about"),
        document.language,
        updated,
        authors,
        icon,
        _hints(children),
        _tombstones(children, document.read_date),
        any(name == "fh:archive" for name, _ in children),
    )
    kept = normalize_links(children, base, placeholders)
    for names, tag in ((TITLES, "title"), (_RIGHTS, "rights")):
        if (element := first_child(children, *names)) is not None:
            kept.append(canonicalize_element(element, tag, title_of(element, atom=document.atom), placeholders))
    if (description := first_child(children, *_DESCRIPTIONS)) is not None:
        markup = html_of(description, "text" if has_text_type(description, atom=document.atom) else "html", guess=True)
        kept.append(canonicalize_element(description, "subtitle", resolve_html_urls(markup, base), placeholders))
    if (generator := first_child(children, "generator")) is not None:
        kept.append(canonicalize_element(generator, "generator", html_to_text(text_of(generator)), placeholders))
    for agent in [child for name, child in children if name == "admin:generatoragent" and generator is None][:1]:
        kept.append(
            canonicalize_element(agent, "generator", agent.get(RESOURCE) or html_to_text(text_of(agent)), placeholders)
        )
    for node in (channel, *channel.iterancestors()):
        for attribute in (BASE, "base"):  # all remaining URLs are absolute
            node.attrib.pop(attribute, None)
    return overrides, kept


def _updated(children: list[NamedChild], document: DocumentContext) -> datetime | None:
    for wanted in _UPDATED:
        for name, child in children:
            if name == wanted and (moment := document.read_date(text_of(child), document.language)):
                return moment
    return None


def _icon(children: list[NamedChild], base: str | None) -> str | None:
    for name in _ICONS:
        for child in (child for found_name, child in children if found_name == name):
            url_element = first_child(named_children(child), "url")
            address = child.get("href") or child.get("url")
            if not address:
                address = text_of(url_element) if url_element is not None or len(child) else text_of(child)
            if url := resolve_url(base, address):
                return url
    return None


def _hints(children: list[NamedChild]) -> Hints:
    ttl = parse_int(text_of(first_child(children, "ttl")))
    hours = [parse_int(text_of(child)) for child in _children_of(children, "skiphours")]
    days = [text_of(child).capitalize() for child in _children_of(children, "skipdays")]
    period = _PERIODS.get(text_of(first_child(children, "sy:updateperiod")).lower())
    frequency = parse_int(text_of(first_child(children, "sy:updatefrequency"))) or 1
    return Hints(
        ttl=ttl or None,
        skip_hours=tuple(sorted({hour % 24 for hour in hours if hour is not None and hour <= 24})),
        skip_days=tuple(day for day in WEEKDAYS if day in days),
        update_seconds=max(1, period // frequency) if period else None,
        finished=text_of(first_child(children, "itunes:complete", "podcast:complete")).lower() in ("yes", "true"),
    )


def _children_of(children: list[NamedChild], name: str) -> list[etree._Element]:
    container = first_child(children, name)
    return [] if container is None else [child for _, child in named_children(container)]


def _tombstones(children: list[NamedChild], read_date: ReadDate) -> tuple[Tombstone, ...]:
    """Return the at:deleted-entry elements that have a time and an id (RFC 6721 3)."""
    tombstones = []
    for name, child in children:
        ref, when = child.get("ref"), read_date(child.get("when") or "", None)
        if name == "at:deleted-entry" and ref and when:
            tombstones.append(Tombstone(ref, when))
    return tuple(tombstones)


def build_feed(parsed: Mapping[str, Any], overrides: ChannelOverrides, placeholders: PlaceholderTexts) -> Feed:
    """Return the Feed without its entries."""
    links = links_of(parsed.get("links", ()), placeholders)
    link = main_link(links)
    return Feed(
        id=overrides.id,
        title=placeholders.restore(parsed.get("title")),
        link=link,
        description=placeholders.restore(parsed.get("subtitle")) or None,
        language=overrides.language,
        updated=overrides.updated,
        authors=overrides.authors,
        rights=placeholders.restore(parsed.get("rights")) or None,
        icon=overrides.icon,
        generator=placeholders.restore(parsed.get("generator")) or None,
        links=tuple(other for other in links if other.href != link or other.rel != "alternate"),
        deleted=overrides.deleted,
        hints=overrides.hints,
        archive=overrides.archive,
    )
