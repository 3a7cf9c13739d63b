"""One entry element rewritten so that feedparser cannot misread it, and what it could not hold kept beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from feeds.elements import LANG, Child, base_of, children, first, html_of, language_of, text_of
from feeds.links import absolute_html
from feeds.mend_links import mend_identity, mend_links
from feeds.mend_parts import mend_category, mend_file, mend_keywords
from feeds.model import Origin, Person
from feeds.names import name_of
from feeds.origin import ReadDate as ReadDate
from feeds.origin import origin_of
from feeds.people import people
from feeds.skeleton import Lifted
from feeds.text import collapse
from feeds.titles import TITLES, is_typed, title_of

_PUBLISHED = ("published", "pubdate", "issued", "dcterms:issued", "prism:publicationdate", "dcterms:available")
_UPDATED = ("updated", "modified", "lastbuilddate", "dcterms:modified", "atom:updated", "ag:timestamp")
_EITHER = ("dc:date", "date", "dcterms:date")
_CREATED = ("created", "dcterms:created", "dc:created")

_CONTENTS = ("content:encoded", "content", "xhtml:body", "body", "fullitem", "xhtml:div")
_SUMMARIES = (
    "summary",
    "description",
    "abstract",
    "dc:description",
    "dcterms:abstract",
    "itunes:summary",
    "media:description",
    "itunes:subtitle",
)
_CATEGORIES = ("category", "dc:subject", "media:category")
_KEYWORDS = ("keywords", "media:keywords", "itunes:keywords", "itunes:category")
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
    origin: Origin | None
    language: str | None
    place: str | None


def mend_entry(entry: etree._Element, setting: Setting, lifted: Lifted) -> Aside:
    """Rewrite an entry element in place: absolute addresses, one title, summary and content, texts lifted."""
    base = base_of(entry, setting.base) if setting.has_bases else setting.base
    found = children(entry)
    language = language_of(entry.get(LANG)) or language_of(text_of(first(found, "dc:language", "language")))
    published, updated = _dates(found, setting, language)
    source = first(found, "source", "dc:source")
    origin = origin_of(source, base, setting.read_date) if source is not None else None
    authors = people(found)
    if not authors and setting.atom:
        authors = (origin.authors if origin else ()) or setting.authors
    nested = [
        (name_of(inner), inner)
        for name, child in found
        if name in _MEDIA_BOXES
        for inner in child.iterdescendants(etree.Element)
    ]
    everywhere = found + nested
    aside = Aside(
        title=title_of(first(everywhere, *TITLES), atom=setting.atom),
        summary=_html(first(everywhere, *_SUMMARIES), base, setting),
        content=_html(first(found, *_CONTENTS), base, setting),
        rights=title_of(first(found, *_RIGHTS), atom=setting.atom) or None,
        published=published,
        updated=updated,
        authors=authors,
        origin=origin,
        language=language,
        place=collapse(text_of(first(found, "georss:featurename"))) or None,
    )
    _keep_only(entry, found, _mended(entry, found, nested, base, lifted))
    return aside


def _dates(found: list[Child], setting: Setting, language: str | None) -> tuple[datetime | None, datetime | None]:
    """Published and updated. A date of the Dublin Core says neither and counts as both where it stands alone."""

    def read(names: tuple[str, ...]) -> datetime | None:
        for wanted in names:
            for name, child in found:
                if name == wanted and (moment := setting.read_date(text_of(child), language or setting.language)):
                    return moment
        return None

    published, updated, either = read(_PUBLISHED), read(_UPDATED), read(_EITHER)
    if published is None:
        published = either or read(_CREATED)
    return published, updated or either


def _mended(
    entry: etree._Element, found: list[Child], nested: list[Child], base: str | None, lifted: Lifted
) -> set[etree._Element]:
    """Mend the children feedparser is to see, and return them."""
    kept = mend_identity(found, lifted)
    kept |= mend_links(found, base, lifted)
    for name, child in found:
        if (name in _CATEGORIES and mend_category(child, lifted)) or (name in _KEYWORDS and mend_keywords(child)):
            kept.add(child)
    for name, child in found + nested:
        if name in ("enclosure", "media:content") and mend_file(child, base):
            kept.add(child)
    return kept


_MEDIA_BOXES = ("media:group", "media:content")


def _keep_only(entry: etree._Element, found: Iterable[Child], kept: set[etree._Element]) -> None:
    """Leave only what was mended; files of a media:group become children of the entry itself."""
    for child in kept:
        if child.getparent() is not entry:
            entry.append(child)
    for child in list(entry):
        if child not in kept:
            entry.remove(child)


def _html(element: etree._Element | None, base: str | None, setting: Setting) -> str | None:
    if element is None:
        return None
    inner = base_of(element, setting.base) if setting.has_bases else base
    typed = setting.atom and is_typed(element)
    markup = html_of(element, "text" if typed else "html", guess=True)
    return absolute_html(markup, inner) or None
