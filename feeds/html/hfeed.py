"""Read h-feed and h-entry (microformats.org/wiki/h-feed): HTML pages marked up as feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from html import escape

from lxml import etree

from feeds.context import ReadContext, ReadDate
from feeds.entries import image_enclosure, merge_enclosures
from feeds.links import resolve_html_urls, resolve_url
from feeds.model import Category, Entry, Feed, Link, Person, Picture
from feeds.pictures import picture_of
from feeds.text import collapse
from feeds.xml.elements import descend, normalize_language
from feeds.xml.limits import MAX_ENTRIES

_HAS_MICROFORMATS = re.compile(r"class\s*=\s*[\"']?[^\"'<>]{0,500}\bh-(?:feed|entry)\b", re.I)
_DATE_ATTRIBUTES = {"time": "datetime", "ins": "datetime", "del": "datetime"}
_TEXT_ATTRIBUTES = {"abbr": "title", "data": "value", "input": "value", "img": "alt", "area": "alt"}
_URL_ATTRIBUTES = {"a": "href", "area": "href", "link": "href", "object": "data"}

Properties = dict[str, list[etree._Element]]


def read_hfeed(text: str, context: ReadContext) -> Feed | None:
    """Return the Feed in a page's microformats, or None if the page has none."""
    if not _HAS_MICROFORMATS.search(text):
        return None
    page = _parse(text)
    if page is None:
        return None
    base = context.base
    declared_base = next((element.get("href") for element in page.iter("base")), None)
    base = resolve_url(base, declared_base) or base
    language = normalize_language(page.get("lang"))
    read_date = context.with_language(language).read_date
    container = next(_microformats(page, "h-feed"), page)
    entries = [_entry(element, base, read_date) for element in list(_microformats(container, "h-entry"))[:MAX_ENTRIES]]
    if not entries:
        return None
    properties = _properties(container) if container is not page else {}
    titles = properties.get("p-name") or list(page.iter("title"))
    return Feed(
        title=_first_text(titles[:1]),
        link=_first_url(properties.get("u-url"), base) or base,
        description=_first_text(properties.get("p-summary")) or None,
        language=language,
        updated=_first_date(properties.get("dt-updated"), read_date, None),
        authors=_people(properties.get("p-author", []), base),
        links=_page_links(page, base),
        entries=tuple(entries),
        format="h-feed",
    )


def _parse(text: str) -> etree._Element | None:
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8", no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return None


def _entry(element: etree._Element, base: str | None, read_date: ReadDate) -> Entry:
    properties = _properties(element)
    language = normalize_language(element.get("lang"))
    content = properties.get("e-content", [])
    names = [name for name in properties.get("p-name", []) if name not in content]  # a note's text is not its title
    file_properties = [name for name in ("u-audio", "u-video", "u-photo") for _ in properties.get(name, [])]
    addresses = [_url_of(file, base) for name in dict.fromkeys(file_properties) for file in properties[name]]
    return Entry(
        id=_first_url(properties.get("u-uid"), base),
        title=_first_text(names[:1]),
        link=_first_url(properties.get("u-url"), base),
        published=_first_date(properties.get("dt-published"), read_date, language),
        updated=_first_date(properties.get("dt-updated"), read_date, language),
        authors=_people(properties.get("p-author", []), base),
        summary=_first_text(properties.get("p-summary", [])[:1]) or None,
        content=resolve_html_urls(_inner_html(content[0]), base) or None if content else None,
        categories=tuple(
            dict.fromkeys(Category(term) for tag in properties.get("p-category", []) if (term := _text(tag)))
        ),
        enclosures=merge_enclosures(image_enclosure(address) for address in addresses if address),
        picture=_photo(properties, base),
        links=tuple(
            Link(address, "in-reply-to")
            for reply in properties.get("u-in-reply-to", [])
            if (address := _url_of(reply, base))
        ),
        language=language,
    )


def _photo(properties: Properties, base: str | None) -> Picture | None:
    photos = [*properties.get("u-featured", []), *properties.get("u-photo", [])]
    pictures = (picture_of(_url_of(photo, base), alt=photo.get("alt")) for photo in photos)
    return next((picture for picture in pictures if picture), None)


def _microformats(element: etree._Element, kind: str) -> Iterator[etree._Element]:
    """Yield the microformats of a kind below an element, except those nested in another of the same kind."""
    below = descend(element, lambda child: kind not in _classes(child))
    return (child for child in below if kind in _classes(child))


def _properties(element: etree._Element) -> Properties:
    """Return a microformat's own properties; those inside a nested microformat belong to that one."""
    properties: Properties = {}
    for child in descend(element, lambda child: not any(name.startswith("h-") for name in _classes(child))):
        for name in _classes(child):
            if name.startswith(("p-", "u-", "dt-", "e-")):
                properties.setdefault(name, []).append(child)
    return properties


def _classes(element: etree._Element) -> list[str]:
    return (element.get("class") or "").split() if isinstance(element.tag, str) else []


def _text(element: etree._Element) -> str:
    return collapse(element.get(_TEXT_ATTRIBUTES.get(str(element.tag), "value")) or "".join(element.itertext()))


def _first_text(elements: list[etree._Element] | None) -> str:
    return next((text for element in elements or [] if (text := _text(element))), "")


def _url_of(element: etree._Element, base: str | None) -> str:
    """Return the URL of a u- property, resolved against the base."""
    return resolve_url(base, element.get(_URL_ATTRIBUTES.get(str(element.tag), "src")) or _text(element))


def _first_url(elements: list[etree._Element] | None, base: str | None) -> str | None:
    return next((address for element in elements or [] if (address := _url_of(element, base))), None)


def _first_date(elements: list[etree._Element] | None, read_date: ReadDate, language: str | None) -> datetime | None:
    for element in elements or []:
        text = element.get(_DATE_ATTRIBUTES.get(str(element.tag), "datetime")) or _text(element)
        if moment := read_date(text, language):
            return moment
    return None


def _people(elements: list[etree._Element], base: str | None) -> tuple[Person, ...]:
    people = []
    for element in elements:
        properties = _properties(element) if "h-card" in _classes(element) else {}
        name = _first_text(properties.get("p-name")) or _text(element)
        page = _first_url(properties.get("u-url"), base) or (_url_of(element, base) if element.tag == "a" else None)
        if name:
            people.append(Person(name, None, page))
    return tuple(dict.fromkeys(people))


def _inner_html(element: etree._Element) -> str:
    """Return the published markup inside an element."""
    pieces = [escape(element.text or "", quote=False)]
    pieces += [etree.tostring(child, encoding="unicode", method="html") for child in element]
    return "".join(pieces).strip()


def _page_links(page: etree._Element, base: str | None) -> tuple[Link, ...]:
    """Return the hub, self and next links of the page's link elements."""
    links = [
        Link(resolve_url(base, link.get("href")), rel)
        for link in page.iter("link")
        for rel in (link.get("rel") or "").lower().split()
        if rel in ("hub", "self", "next") and link.get("href")
    ]
    return tuple(dict.fromkeys(links))
