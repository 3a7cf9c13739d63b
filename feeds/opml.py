"""Read and write OPML 2.0 subscription lists (opml.org/spec2.opml)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from lxml import etree

from feeds.dates.parse import parse_date
from feeds.encoding.decode import decode, remove_control_characters
from feeds.links import remove_blanks, resolve_url
from feeds.model import NotAFeed
from feeds.phrase import Phrase
from feeds.text import collapse, html_to_text
from feeds.write.feedgen_extension import rfc822
from feeds.xml.character_references import repair_references
from feeds.xml.repair import repair_xml

EXTRA_NAMESPACE = "urn:gedi:source"
_MAX_DEPTH = 50
_MAX_OUTLINES = 100_000
_EXTRA_PREFIX = f"{{{EXTRA_NAMESPACE}}}"


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed (``xml_url`` is set) or a folder of outlines.

    ``categories`` are slash-delimited paths ("/society/law"); ``extra`` holds attributes in the namespace
    ``EXTRA_NAMESPACE`` (OPML 2.0 allows attributes in namespaces).
    """

    text: str
    xml_url: str | None = None
    html_url: str | None = None
    type: str | None = None
    language: str | None = None
    description: str | None = None
    categories: tuple[str, ...] = ()
    children: tuple[Outline, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    line: int | None = field(default=None, compare=False)  # in the document that was read

    def feeds(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Outline]]:
        """Yield every feed in this outline with the titles of the folders that contain it."""
        if self.xml_url:
            yield path, self
        inner = path if self.xml_url else (*path, self.text)
        for child in self.children:
            yield from child.feeds(inner)


@dataclass(frozen=True, slots=True)
class Opml:
    """An OPML document; ``modified`` is aware UTC; ``truncated``: it has more outlines than are read."""

    title: str = ""
    modified: datetime | None = None
    owner: str | None = None
    outlines: tuple[Outline, ...] = field(default=())
    truncated: bool = False

    def feeds(self) -> Iterator[tuple[tuple[str, ...], Outline]]:
        """Yield every feed with the titles of the folders that contain it."""
        for outline in self.outlines:
            yield from outline.feeds()


def read_opml(
    content: bytes, *, url: str | None = None, charset: str | None = None, zone: tzinfo | None = None
) -> Opml | NotAFeed:
    """Return the outlines of an OPML document, or NotAFeed.

    Accepts damaged documents and any spelling of the attributes. Documents that declare entities are rejected.
    """
    text = decode(content, charset).text
    start = text.lower().find("<opml")
    if start < 0:
        return NotAFeed(Phrase("not OPML: it has no opml element"))
    if "<!entity" in text[:start].lower():
        return NotAFeed(Phrase("rejected: the document declares its own entities"))
    root = _parse(repair_references(text[start:]))
    if root is None:
        return NotAFeed(Phrase("OPML damaged beyond repair"))
    head, body = _child(root, "head"), _child(root, "body")
    reading = _Reading(url, text.count("\n", 0, start))
    outlines = _outlines(root if body is None else body, reading, 0)
    return Opml(
        title=html_to_text(_text(head, "title")),
        modified=parse_date(_text(head, "datemodified") or _text(head, "datecreated"), zone=zone),
        owner=html_to_text(_text(head, "ownername")) or None,
        outlines=outlines,
        truncated=reading.budget <= 0,
    )


def _parse(body: str) -> etree._Element | None:
    for repair in (False, True):
        candidate = repair_xml(body)[0] if repair else body
        parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False)
        try:
            return etree.fromstring(candidate.encode("utf-8", "replace"), parser)
        except (etree.XMLSyntaxError, ValueError):
            continue
    return None


def _local_name(element: etree._Element) -> str:
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in element if _local_name(child) == name), None)


def _text(head: etree._Element | None, name: str) -> str:
    element = _child(head, name) if head is not None else None
    return "" if element is None else "".join(element.itertext()).strip()


@dataclass(slots=True)
class _Reading:
    """The base URL, the lines before the root element, and how many outlines may still be read."""

    url: str | None
    lines_before: int
    budget: int = _MAX_OUTLINES


def _outlines(parent: etree._Element, reading: _Reading, depth: int) -> tuple[Outline, ...]:
    outlines = []
    for child in parent:
        if _local_name(child) != "outline" or depth > _MAX_DEPTH or reading.budget <= 0:
            continue
        reading.budget -= 1
        outlines.append(_outline(child, reading, depth))
    return tuple(outlines)


def _outline(element: etree._Element, reading: _Reading, depth: int) -> Outline:
    attributes = {str(name).lower(): str(value) for name, value in element.attrib.items()}
    url, line = reading.url, element.sourceline
    xml_url = resolve_url(
        url, attributes.get("xmlurl") or (attributes.get("url") if attributes.get("type") in ("rss", "atom") else None)
    )
    html_url = resolve_url(url, attributes.get("htmlurl"))
    title = collapse(attributes.get("text") or attributes.get("title") or "")
    return Outline(
        text=title or xml_url or html_url,
        xml_url=xml_url or None,
        html_url=html_url or None,
        type=attributes.get("type") or None,
        language=attributes.get("language") or None,
        description=collapse(attributes.get("description") or "") or None,
        categories=tuple(part.strip() for part in attributes.get("category", "").split(",") if part.strip()),
        children=_outlines(element, reading, depth + 1),
        extra=tuple(
            (name.removeprefix(_EXTRA_PREFIX), value)
            for name, value in attributes.items()
            if name.startswith(_EXTRA_PREFIX)
        ),
        line=None if line is None else int(line) + reading.lines_before,
    )


def write_opml(document: Opml) -> bytes:
    """Return a well-formed UTF-8 document; equal values give equal bytes."""
    has_extra = any(outline.extra for top in document.outlines for _, outline in top.feeds())
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"gedi": EXTRA_NAMESPACE} if has_extra else None)
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = collapse(remove_control_characters(document.title))
    if document.modified:
        etree.SubElement(head, "dateModified").text = rfc822(document.modified)
    if document.owner:
        etree.SubElement(head, "ownerName").text = collapse(remove_control_characters(document.owner))
    _append(etree.SubElement(root, "body"), document.outlines)
    content: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return content


def _append(parent: etree._Element, outlines: Iterable[Outline]) -> None:
    for outline in outlines:
        text = collapse(remove_control_characters(outline.text)) or outline.xml_url or "-"
        values = {
            "text": text,
            "type": outline.type or ("rss" if outline.xml_url else None),
            "title": text if outline.xml_url else None,
            "xmlUrl": outline.xml_url,
            "htmlUrl": outline.html_url,
            "language": outline.language,
            "description": outline.description,
            "category": ",".join(outline.categories) or None,
        }
        attributes = {
            name: remove_blanks(remove_control_characters(value))
            if "Url" in name
            else collapse(remove_control_characters(value))
            for name, value in values.items()
            if value
        }
        extra = {f"{_EXTRA_PREFIX}{name}": collapse(remove_control_characters(value)) for name, value in outline.extra}
        _append(etree.SubElement(parent, "outline", attributes | extra), outline.children)
