"""One entry element rewritten so that feedparser cannot misread it, and what it could not hold kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from feeds.elements import LANG, Child, base_of, children, first, html_of, kind_of_text, language_of, text_of
from feeds.links import absolute, absolute_html, is_web
from feeds.model import Origin, Person
from feeds.names import is_atom, name_of
from feeds.people import people
from feeds.skeleton import Lifted
from feeds.text import collapse, plain

ReadDate = Callable[[str, str | None], datetime | None]  # text, language -> aware UTC

_PUBLISHED = ("published", "pubdate", "issued", "dcterms:issued", "prism:publicationdate", "dcterms:available")
_UPDATED = ("updated", "modified", "lastbuilddate", "dcterms:modified", "atom:updated", "ag:timestamp")
_EITHER = ("dc:date", "date", "dcterms:date")
_CREATED = ("created", "dcterms:created", "dc:created")

_TITLES = ("title", "dc:title", "dcterms:title", "media:title", "itunes:title")
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
_IDS = ("guid", "id", "dc:identifier", "dcterms:identifier")
_RIGHTS = ("rights", "copyright", "dc:rights", "dcterms:rights", "media:copyright")
_LONGEST_TITLE = 20_000  # characters of markup
_RELATIONS = "http://www.iana.org/assignments/relation/"


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
        title=title_of(first(everywhere, *_TITLES), atom=setting.atom),
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


def origin_of(source: etree._Element, base: str | None, read_date: ReadDate) -> Origin | None:
    """atom:source with all it says, RSS source with its title and url."""
    found = children(source)
    if not found:
        url, title = source.get("url") or source.get("href"), plain(text_of(source))
        if is_web(title):
            url, title = url or title, ""
        link = absolute(base, url) or None
        return Origin(title=title or None, link=link) if title or link else None
    links = {
        relation(child.get("rel")): absolute(base, child.get("href"))
        for name, child in reversed(found)
        if name == "link"
    }
    plain_link = text_of(first(found, "link"))
    return Origin(
        id=text_of(first(found, "id")) or None,
        title=title_of(first(found, *_TITLES), atom=True) or None,
        link=links.get("alternate") or (absolute(base, plain_link) or None),
        self_link=links.get("self"),
        updated=read_date(text_of(first(found, "updated", "modified")), None),
        authors=people(found),
        rights=title_of(first(found, "rights", "copyright"), atom=True) or None,
    )


def relation(rel: str | None) -> str:
    """A link relation by its registered name, where it is written as an address too."""
    name = (rel or "alternate").strip()
    low = name.lower()
    return low.removeprefix(_RELATIONS) if low.startswith(_RELATIONS) else low if "/" not in name else name


def title_of(element: etree._Element | None, *, atom: bool) -> str:
    """A title as one line of plain text. Atom says what type it is; RSS does not, and often means HTML."""
    if element is None:
        return ""
    if len(element) == 0 and len(element.text or "") > _LONGEST_TITLE:
        element.text = (element.text or "")[:_LONGEST_TITLE]
    if len(element) == 0 and (kind_of_text(element, "text") == "text") and atom and is_typed(element):
        return collapse(element.text or "")
    return plain(html_of(element, "text" if atom and is_typed(element) else "html", guess=False))


def is_typed(element: etree._Element) -> bool:
    return is_atom(element) or element.get("type") is not None or element.get("mode") is not None


def _mended(
    entry: etree._Element, found: list[Child], nested: list[Child], base: str | None, lifted: Lifted
) -> set[etree._Element]:
    """Mend the children feedparser is to see, and return them."""
    kept = _identity(found, lifted)
    kept |= mend_links(found, base, lifted)
    for name, child in found:
        if (name in _CATEGORIES and _mend_category(child, lifted)) or (name in _KEYWORDS and _mend_keywords(child)):
            kept.add(child)
    for name, child in found + nested:
        if name in ("enclosure", "media:content") and _mend_file(child, base):
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


def moved(element: etree._Element, tag: str, text: str, lifted: Lifted) -> etree._Element:
    """The winning element under the name feedparser reads best, its text lifted, without type, base and language."""
    if name_of(element) != tag:
        element.tag = tag
    element.attrib.clear()
    lifted.take(element, text)
    return element


def _html(element: etree._Element | None, base: str | None, setting: Setting) -> str | None:
    if element is None:
        return None
    inner = base_of(element, setting.base) if setting.has_bases else base
    typed = setting.atom and is_typed(element)
    markup = html_of(element, "text" if typed else "html", guess=True)
    return absolute_html(markup, inner) or None


def _identity(found: list[Child], lifted: Lifted) -> set[etree._Element]:
    """The id by the ladder guid, atom:id, dc:identifier (rdf:about, an attribute, comes last by itself)."""
    element = first(found, *_IDS)
    if element is None:
        return set()
    text = collapse(text_of(element))
    permanent = (element.get("isPermaLink") or element.get("ispermalink") or "true").strip().lower() != "false"
    is_link = name_of(element) == "guid" and permanent and is_web(text)
    moved(element, "guid", text, lifted)
    element.set("isPermaLink", "true" if is_link else "false")
    return {element}


def mend_links(found: list[Child], base: str | None, lifted: Lifted) -> set[etree._Element]:
    """Links with absolute addresses and registered relations; the entry's own text link beats every other alternate."""
    kept: set[etree._Element] = set()
    own = first(
        [(n, c) for n, c in found if n == "feedburner:origlink" or not c.get("href")], "feedburner:origlink", "link"
    )
    if own is not None and (url := absolute(base_of(own, base), text_of(own))):
        moved(own, "link", url, lifted)
        kept.add(own)
    for name, child in found:
        href = child.get("href")
        if name not in ("link", "xhtml:link") or not href or child in kept:
            continue
        rel = relation(child.get("rel"))
        if own is not None and rel == "alternate":
            continue
        for inner in list(child):
            child.remove(inner)
        child.set("rel", rel)
        child.set("type", child.get("type", "").strip())  # feedparser makes one up where there is none
        child.set("href", absolute(base_of(child, base), href))
        child.text = None
        for attribute in ("url", "uri"):
            child.attrib.pop(attribute, None)
        kept.add(child)
    comments = first(found, "comments")
    if comments is not None and (url := absolute(base, text_of(comments))):
        comments.tag = "link"
        comments.text = None
        comments.set("rel", "replies")
        comments.set("type", "")
        comments.set("href", url)
        kept.add(comments)
    return kept


def _mend_category(element: etree._Element, lifted: Lifted) -> bool:
    """A term in an attribute beats the text; stray markup around a text is taken off."""
    term, text = collapse(element.get("term") or ""), plain(text_of(element))
    if term:
        element.set("term", term)
        element.text = None
    elif text:
        lifted.take(element, text)
    else:
        return False
    return True


def _mend_keywords(element: etree._Element) -> bool:
    """A list of words that feedparser takes apart: only its text may be in it."""
    text = text_of(element)
    for child in list(element):
        element.remove(child)
    element.text = text
    return bool(text or element.get("text"))


def _mend_file(element: etree._Element, base: str | None) -> bool:
    """An enclosure or media:content with an absolute address; one without an address is none."""
    address = element.get("url") or element.get("href") or element.get("src") or element.get("uri")
    url = absolute(base_of(element, base), address or text_of(element))
    if not url:
        return False
    for attribute in ("href", "src", "uri"):
        element.attrib.pop(attribute, None)
    for child in list(element):
        element.remove(child)
    element.text = None
    element.set("url", url)
    return True
