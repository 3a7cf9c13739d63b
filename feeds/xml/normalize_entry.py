"""One entry element rewritten so that feedparser cannot misread it, and what it could not hold kept beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from feeds.links import absolute, absolute_html
from feeds.model import Origin, Person
from feeds.xml.atom_source import ReadDate as ReadDate
from feeds.xml.atom_source import origin_of
from feeds.xml.elements import BASE, LANG, Child, base_of, by_name, children, html_of, language_of, pick, text_of
from feeds.xml.georss import place_of, point_of
from feeds.xml.namespaces import name_of
from feeds.xml.normalize_categories import about_the_whole, mend_category, mend_file, mend_keywords
from feeds.xml.normalize_links import mend_identity, mend_links
from feeds.xml.people import people
from feeds.xml.placeholders import Lifted, empty
from feeds.xml.titles import TITLES, is_typed, title_of

_PUBLISHED = ("published", "pubdate", "issued", "dcterms:issued", "prism:publicationdate", "dcterms:available")
_UPDATED = ("updated", "modified", "lastbuilddate", "dcterms:modified", "atom:updated", "ag:timestamp")
_EITHER = ("dc:date", "date", "dcterms:date")
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
_BOXES = ("media:group", "media:content")
_CATEGORIES = ("category", "dc:subject", "media:category")
_KEYWORDS = ("keywords", "media:keywords", "itunes:keywords", "itunes:category")
_MOST_TAGS = _MOST_FILES = 100  # of an entry; feedparser compares each with each
_FILES = ("enclosure", "media:content", "enc:enclosure")
_EDITORS = ("marcrel:edt", "prism:editor", "editor")
_RIGHTS = ("rights", "copyright", "dc:rights", "dcterms:rights", "media:copyright")


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for every entry of a document."""

    base: str | None
    has_bases: bool  # does any element declare xml:base?
    atom: bool
    authors: tuple[Person, ...]  # the feed's, inherited in Atom
    language: str | None
    read_date: ReadDate


@dataclass(frozen=True, slots=True)
class Aside:
    """What feedparser would read wrong, slowly or not at all. Texts as in ``Entry``."""

    title: str
    summary: str | None
    content: str | None
    rights: str | None
    published: datetime | None
    updated: datetime | None
    authors: tuple[Person, ...]
    editor: str | None
    origin: Origin | None
    language: str | None
    place: str | None
    point: tuple[float, float] | None


def mend_entry(entry: etree._Element, setting: Setting, lifted: Lifted) -> Aside:
    """Rewrite an entry element in place: absolute addresses, one title, summary and content, texts lifted."""
    base = base_of(entry, setting.base) if setting.has_bases else setting.base
    found = children(entry)
    named = by_name(found, atom=setting.atom)
    language = language_of(entry.get(LANG)) or language_of(text_of(pick(named, ("dc:language", "language"))))
    published, updated = _dates(entry, named, setting, language)
    origin = _origin(found, base, setting)
    authors = people(found)
    if not authors and setting.atom:
        authors = (origin.authors if origin else ()) or setting.authors
    boxes = [child for name, child in found if name in _BOXES]
    whole = named if not boxes else by_name(about_the_whole(boxes), atom=True) | named
    aside = Aside(
        title=title_of(pick(whole, TITLES), atom=setting.atom),
        summary=_html(pick(whole, _SUMMARIES_OF_ATOM if setting.atom else _SUMMARIES), base, setting),
        content=_content(named, base, setting),
        rights=title_of(pick(named, _RIGHTS), atom=setting.atom) or None,
        published=published,
        updated=updated,
        authors=authors,
        editor=title_of(pick(named, _EDITORS), atom=False) or None,
        origin=origin,
        language=language,
        place=place_of(named),
        point=point_of(named),
    )
    kept = mend_identity(entry, named, lifted) + _mended(found, boxes, base, lifted)
    if entry.attrib:
        _mend_address(entry, base)
        entry.attrib.pop(BASE, None)
    _keep_only(entry, kept)
    return aside


def _origin(found: list[Child], base: str | None, setting: Setting) -> Origin | None:
    for wanted in ("source", "dc:source"):
        for name, child in found:
            if name == wanted and (origin := origin_of(child, base, setting.read_date)):
                return origin
    return None


def _dates(
    entry: etree._Element, named: dict[str, etree._Element], setting: Setting, language: str | None
) -> tuple[datetime | None, datetime | None]:
    """Published and updated. A date of the Dublin Core says neither and counts as both where it stands alone."""

    def read(names: tuple[str, ...]) -> datetime | None:
        for name in names:
            child = named.get(name)
            if child is not None and (moment := setting.read_date(text_of(child), language or setting.language)):
                return moment
        return None

    published, updated, either = read(_PUBLISHED), read(_UPDATED), read(_EITHER)
    if published is None:
        published = either or read(_CREATED)
    if updated is None and (changed := entry.get("lastmod")):  # of CDF
        updated = setting.read_date(changed, language or setting.language)
    return published, updated or either


def _content(named: dict[str, etree._Element], base: str | None, setting: Setting) -> str | None:
    for name in _CONTENTS:
        if name in named and (markup := _html(named[name], base, setting)):
            return markup
    if (items := named.get("content:items")) is not None:
        value = next((one for one in items.iterdescendants(etree.Element) if name_of(one) == "rdf:value"), None)
        return _html(value, base, setting)
    return None


def _mend_address(entry: etree._Element, base: str | None) -> None:
    """CDF says in an attribute where an item leads, against a base that is its document's own."""
    if address := entry.get("href"):
        stated = entry.getroottree().getroot().get("base")
        entry.set("href", absolute(absolute(base, stated) or base, address))


def _mended(found: list[Child], boxes: list[etree._Element], base: str | None, lifted: Lifted) -> list[etree._Element]:
    """Mend the children feedparser is to see, and return them."""
    tags: list[etree._Element] = []
    files: list[etree._Element] = []
    for name, child in found:
        if name in _CATEGORIES:
            tags += mend_category(child, lifted)
        elif name in _KEYWORDS:
            tags += mend_keywords(child)
        elif name in _FILES:
            files.append(child)
    for box in boxes:
        files += [inner for inner in box.iterdescendants(etree.Element) if name_of(inner) in _FILES]
    kept = mend_links(found, base, lifted) + tags[:_MOST_TAGS]
    for file in files[:_MOST_FILES]:
        kept += mend_file(file, base)
    return kept


def _keep_only(entry: etree._Element, kept: list[etree._Element]) -> None:
    """Leave only what was mended; files of a media:group become children of the entry itself."""
    entry.extend(kept)
    staying = set(kept)
    for child in list(entry):
        if child not in staying:
            empty(child)
            entry.remove(child)


def _html(element: etree._Element | None, base: str | None, setting: Setting) -> str | None:
    if element is None:
        return None
    inner = base_of(element, setting.base) if setting.has_bases else base
    typed = is_typed(element, atom=setting.atom)
    markup = html_of(element, "text" if typed else "html", guess=True)
    return absolute_html(markup, inner) or None
