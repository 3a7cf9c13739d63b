"""Rewrite an entry element for feedparser, and extract the values that feedparser would misread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from feeds.context import ReadDate
from feeds.links import is_web_url, normalize_rel, resolve_html_urls, resolve_url
from feeds.model import Origin, Person, Picture
from feeds.text import html_to_text
from feeds.xml.elements import (
    BASE,
    LANG,
    NamedChild,
    base_of,
    first_by_name,
    first_child,
    first_present,
    html_of,
    named_children,
    normalize_language,
    text_of,
)
from feeds.xml.georss import place_of, point_of
from feeds.xml.namespaces import short_name
from feeds.xml.normalize_categories import (
    entry_level_children,
    normalize_category,
    normalize_enclosure,
    normalize_keywords,
)
from feeds.xml.normalize_links import normalize_id, normalize_links
from feeds.xml.people import authors_of
from feeds.xml.pictures import find_picture
from feeds.xml.placeholders import PlaceholderTexts, clear_element
from feeds.xml.titles import TITLES, has_text_type, title_of

_PUBLISHED = ("published", "pubdate", "issued", "dcterms:issued", "prism:publicationdate", "dcterms:available")
_UPDATED = ("updated", "modified", "lastbuilddate", "dcterms:modified", "atom:updated", "ag:timestamp")
_PUBLISHED_OR_UPDATED = ("dc:date", "date", "dcterms:date")
_CREATED = ("created", "dcterms:created", "dc:created")

_CONTENTS = ("content:encoded", "content", "xhtml:body", "body", "fullitem", "xhtml:div")
_SUMMARIES = (
    "description",
    "summary",
    "abstract",
    "dc:description",
    "dcterms:abstract",
    "itunes:summary",
    "googleplay:description",
    "media:description",
    "itunes:subtitle",
)
_SUMMARIES_OF_ATOM = ("summary", *_SUMMARIES)
_MEDIA_CONTAINERS = ("media:group", "media:content")
_CATEGORIES = ("category", "dc:subject", "media:category")
_KEYWORDS = ("keywords", "media:keywords", "itunes:keywords", "itunes:category")
_MAX_CATEGORIES = _MAX_ENCLOSURES = 100  # of an entry; feedparser compares them pairwise
_FILES = ("enclosure", "media:content", "enc:enclosure")
_EDITORS = ("marcrel:edt", "prism:editor", "editor")
_RIGHTS = ("rights", "copyright", "dc:rights", "dcterms:rights", "media:copyright")
_ORIGIN_CHILDREN = frozenset({*TITLES, "id", "link", "updated", "modified", "author", "rights", "copyright"})


@dataclass(frozen=True, slots=True)
class DocumentContext:
    """The values shared by all entries of a document."""

    base: str | None
    has_bases: bool  # whether any element declares xml:base
    atom: bool
    authors: tuple[Person, ...]  # the feed's, inherited in Atom
    language: str | None
    read_date: ReadDate


@dataclass(slots=True)  # not frozen, which takes several times as long to make
class EntryOverrides:
    """Values that feedparser would read incorrectly, slowly or not at all. Texts as in ``Entry``."""

    title: str
    summary: str | None
    content: str | None
    rights: str | None
    published: datetime | None
    updated: datetime | None
    authors: tuple[Person, ...]
    editor: str | None
    origin: Origin | None
    picture: Picture | None
    language: str | None
    place: str | None
    point: tuple[float, float] | None


def normalize_entry(entry: etree._Element, document: DocumentContext, placeholders: PlaceholderTexts) -> EntryOverrides:
    """Rewrite an entry element in place and return the values that feedparser would misread.

    Afterwards the element has absolute URLs and placeholders instead of texts, and only children that feedparser has to
    read.
    """
    base = base_of(entry, document.base) if document.has_bases else document.base
    children = named_children(entry)
    named = first_by_name(children, atom=document.atom)
    language = normalize_language(entry.get(LANG)) or normalize_language(
        text_of(first_present(named, ("dc:language", "language")))
    )
    published, updated = _dates(entry, named, document, language)
    origin = _origin(children, base, document)
    authors = authors_of(children)
    if not authors and document.atom:
        authors = (origin.authors if origin else ()) or document.authors
    media_containers = [child for name, child in children if name in _MEDIA_CONTAINERS]
    with_media = (
        named if not media_containers else first_by_name(entry_level_children(media_containers), atom=True) | named
    )
    overrides = EntryOverrides(
        title=title_of(first_present(with_media, TITLES), atom=document.atom),
        summary=_html(first_present(with_media, _SUMMARIES_OF_ATOM if document.atom else _SUMMARIES), base, document),
        content=_content(named, base, document),
        rights=title_of(first_present(named, _RIGHTS), atom=document.atom) or None,
        published=published,
        updated=updated,
        authors=authors,
        editor=title_of(first_present(named, _EDITORS), atom=False) or None,
        origin=origin,
        picture=find_picture(children, base),
        language=language,
        place=place_of(named),
        point=point_of(named),
    )
    kept = normalize_id(entry, named, placeholders) + _normalize_children(
        children, media_containers, base, placeholders
    )
    if entry.attrib:
        _resolve_href(entry, base)
        entry.attrib.pop(BASE, None)
    _keep_only(entry, kept)
    return overrides


def _origin(children: list[NamedChild], base: str | None, document: DocumentContext) -> Origin | None:
    for wanted in ("source", "dc:source"):
        for name, child in children:
            if name == wanted and (origin := _read_origin(child, base, document.read_date)):
                return origin
    return None


def _read_origin(source: etree._Element, base: str | None, read_date: ReadDate) -> Origin | None:
    """Return an atom:source with all its elements, or an RSS source with title and url; None if it is empty."""
    parts = [(name, child) for name, child in named_children(source) if name in _ORIGIN_CHILDREN]
    if not parts:
        url, title = source.get("url") or source.get("href"), html_to_text(text_of(source))
        if is_web_url(title):
            url, title = url or title, ""
        link = resolve_url(base, url) or None
        return Origin(title=title or None, link=link) if title or link else None
    links = {
        normalize_rel(child.get("rel")): resolve_url(base, child.get("href"))
        for name, child in reversed(parts)
        if name == "link"
    }
    plain_link = text_of(first_child(parts, "link"))
    return Origin(
        id=text_of(first_child(parts, "id")) or None,
        title=title_of(first_child(parts, *TITLES), atom=True) or None,
        link=links.get("alternate") or (resolve_url(base, plain_link) or None),
        self_link=links.get("self"),
        updated=read_date(text_of(first_child(parts, "updated", "modified")), None),
        authors=authors_of(parts),
        rights=title_of(first_child(parts, "rights", "copyright"), atom=True) or None,
    )


def _dates(
    entry: etree._Element, named: dict[str, etree._Element], document: DocumentContext, language: str | None
) -> tuple[datetime | None, datetime | None]:
    """Return the published and updated times; a Dublin Core date, which states neither, fills the missing ones."""

    def read(names: tuple[str, ...]) -> datetime | None:
        for name in names:
            child = named.get(name)
            if child is not None and (moment := document.read_date(text_of(child), language or document.language)):
                return moment
        return None

    published, updated, published_or_updated = read(_PUBLISHED), read(_UPDATED), read(_PUBLISHED_OR_UPDATED)
    if published is None:
        published = published_or_updated or read(_CREATED)
    if updated is None and (last_modified := entry.get("lastmod")):  # Channel Definition Format
        updated = document.read_date(last_modified, language or document.language)
    return published, updated or published_or_updated


def _content(named: dict[str, etree._Element], base: str | None, document: DocumentContext) -> str | None:
    for name in _CONTENTS:
        if name in named and (markup := _html(named[name], base, document)):
            return markup
    if (items := named.get("content:items")) is not None:
        value = next((node for node in items.iterdescendants(etree.Element) if short_name(node) == "rdf:value"), None)
        return _html(value, base, document)
    return None


def _resolve_href(entry: etree._Element, base: str | None) -> None:
    """Resolve the href attribute of a CDF item against the base that its root element declares."""
    if address := entry.get("href"):
        declared_base = entry.getroottree().getroot().get("base")
        entry.set("href", resolve_url(resolve_url(base, declared_base) or base, address))


def _normalize_children(
    children: list[NamedChild], media_containers: list[etree._Element], base: str | None, placeholders: PlaceholderTexts
) -> list[etree._Element]:
    """Normalize the children that feedparser has to read, and return them."""
    categories: list[etree._Element] = []
    files: list[etree._Element] = []
    for name, child in children:
        if name in _CATEGORIES:
            categories += normalize_category(child, placeholders)
        elif name in _KEYWORDS:
            categories += normalize_keywords(child)
        elif name in _FILES:
            files.append(child)
    for container in media_containers:
        files += [inner for inner in container.iterdescendants(etree.Element) if short_name(inner) in _FILES]
    kept = normalize_links(children, base, placeholders) + categories[:_MAX_CATEGORIES]
    for file in files[:_MAX_ENCLOSURES]:
        kept += normalize_enclosure(file, base)
    return kept


def _keep_only(entry: etree._Element, kept: list[etree._Element]) -> None:
    """Keep only the normalized elements; files in a media:group become children of the entry itself."""
    entry.extend(kept)
    kept_set = set(kept)
    for child in list(entry):
        if child not in kept_set:
            clear_element(child)
            entry.remove(child)


def _html(element: etree._Element | None, base: str | None, document: DocumentContext) -> str | None:
    if element is None:
        return None
    element_base = base_of(element, document.base) if document.has_bases else base
    is_typed = has_text_type(element, atom=document.atom)
    markup = html_of(element, "text" if is_typed else "html", guess=True)
    return resolve_html_urls(markup, element_base) or None
