"""Put a page into a published feed, for people who open the feed in a browser.

The result is a page to a browser and the same feed to everything else: the page is one element of XHTML in the feed,
which Atom (RFC 4287 6) and RSS allow, and a style sheet hides the rest. Browsers need no XSLT for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree, html

from feeds.dates.parse import parse_date
from feeds.write.stylesheet import with_stylesheet

XHTML = "http://www.w3.org/1999/xhtml"
MEDIA_TYPE = "application/xml; charset=utf-8"  # browsers save what they are told is a feed
_ATOM = "{http://www.w3.org/2005/Atom}"
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """An entry as a list shows it."""

    title: str
    link: str
    source: str
    published: datetime | None


@dataclass(frozen=True, slots=True)
class FeedOutline:
    """What a page about a feed shows of it."""

    title: str
    description: str
    page: str  # address of the web page with the same items
    updated: datetime | None
    count: int  # of all entries
    entries: tuple[OutlineEntry, ...]  # the newest
    links: dict[str, str]  # relation -> address, among them archives and further pages


def parse_document(document: bytes) -> etree._Element:
    """Parse an Atom or RSS document that this package has written."""
    return etree.fromstring(document, _PARSER)


def read_outline(root: etree._Element, most: int) -> FeedOutline:
    """Read the outline of a parsed document, with the newest ``most`` entries."""
    return _atom_outline(root, most) if root.tag == f"{_ATOM}feed" else _rss_outline(root[0], most)


def embed_page(root: etree._Element, page: str, stylesheet: str, most: int) -> bytes:
    """Return a parsed document with an HTML page in it. The style sheet is named by the document, not by the page.

    It has the newest ``most`` entries with summaries instead of full texts, to be as small as a page. Changes ``root``.
    """
    is_atom = root.tag == f"{_ATOM}feed"
    feed = root if is_atom else root[0]
    for number, entry in enumerate(feed.findall(f"{_ATOM}entry" if is_atom else "item")):
        text = entry.find(f"{_ATOM}content" if is_atom else _ENCODED)
        if number >= most:
            feed.remove(entry)
        elif text is not None and entry.find(f"{_ATOM}summary" if is_atom else "description") is not None:
            entry.remove(text)
    feed.insert(0, _as_xhtml(page))
    return with_stylesheet(etree.tostring(root, encoding="UTF-8", xml_declaration=True), stylesheet)


def _as_xhtml(page: str) -> etree._Element:
    """Return an HTML document as one element of XHTML, without prefixes, which tools of browsers do not understand."""
    parsed = html.document_fromstring(page.replace("<wbr>", ""))  # libxml2 takes it for a container
    for sheet in parsed.xpath("//link[@rel='stylesheet']"):
        sheet.drop_tree()
    html.html_to_xhtml(parsed)
    root = etree.Element(f"{{{XHTML}}}html", attrib=dict(parsed.attrib), nsmap={None: XHTML})
    root.extend(list(parsed))
    etree.cleanup_namespaces(root, top_nsmap={None: XHTML})
    return root


def _atom_outline(root: etree._Element, most: int) -> FeedOutline:
    links, entries = _links(root), root.findall(f"{_ATOM}entry")
    return FeedOutline(
        title=_text(root, f"{_ATOM}title"),
        description=_text(root, f"{_ATOM}subtitle"),
        page=links.get("alternate", ""),
        updated=parse_date(_text(root, f"{_ATOM}updated")),
        count=len(entries),
        entries=tuple(
            OutlineEntry(
                title=_text(entry, f"{_ATOM}title"),
                link=_links(entry).get("alternate", ""),
                source=_text(entry, f"{_ATOM}source/{_ATOM}title"),
                published=parse_date(_text(entry, f"{_ATOM}published") or _text(entry, f"{_ATOM}updated")),
            )
            for entry in entries[:most]
        ),
        links=links,
    )


def _rss_outline(channel: etree._Element, most: int) -> FeedOutline:
    items = channel.findall("item")
    return FeedOutline(
        title=_text(channel, "title"),
        description=_text(channel, "description"),
        page=_text(channel, "link"),
        updated=parse_date(_text(channel, "lastBuildDate")),
        count=len(items),
        entries=tuple(
            OutlineEntry(
                title=_text(item, "title"),
                link=_text(item, "link"),
                source=_text(item, "source"),
                published=parse_date(_text(item, "pubDate")),
            )
            for item in items[:most]
        ),
        links=_links(channel),
    )


def _links(element: etree._Element) -> dict[str, str]:
    """Return the addresses of an element's Atom links by relation."""
    return {str(link.get("rel")): str(link.get("href")) for link in element.iterfind(f"{_ATOM}link")}


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
