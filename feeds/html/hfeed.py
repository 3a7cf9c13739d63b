"""h-feed and h-entry (microformats.org/wiki/h-feed): a page whose own marks say that it is a feed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from html import escape

from lxml import etree

from feeds.context import Context
from feeds.links import absolute, absolute_html
from feeds.listings.merge import picture
from feeds.model import Category, Entry, Feed, Link, Person
from feeds.text import collapse
from feeds.xml.atom_source import ReadDate
from feeds.xml.elements import language_of
from feeds.xml.entry import merged
from feeds.xml.limits import MOST_TAKEN

_MARKED = re.compile(r"class\s*=\s*[\"']?[^\"'<>]{0,500}\bh-(?:feed|entry)\b", re.I)
_TIMED = {"time": "datetime", "ins": "datetime", "del": "datetime"}
_SAID = {"abbr": "title", "data": "value", "input": "value", "img": "alt", "area": "alt"}
_LED = {"a": "href", "area": "href", "link": "href", "object": "data"}

Properties = dict[str, list[etree._Element]]


def read_hfeed(text: str, context: Context) -> Feed | None:
    """The feed a page is by its microformats; None for a page without any."""
    if not _MARKED.search(text):
        return None
    page = _page(text)
    if page is None:
        return None
    base = context.base
    stated = next((element.get("href") for element in page.iter("base")), None)
    base = absolute(base, stated) or base
    tongue = language_of(page.get("lang"))
    read_date = context.spoken(tongue).read_date
    box = next(_rooted(page, "h-feed"), page)
    entries = [_entry(element, base, read_date) for element in list(_rooted(box, "h-entry"))[:MOST_TAKEN]]
    if not entries:
        return None
    said = _properties(box) if box is not page else {}
    titles = said.get("p-name") or list(page.iter("title"))
    return Feed(
        title=_words(titles[:1]),
        link=_address(said.get("u-url"), base) or base,
        description=_words(said.get("p-summary")) or None,
        language=tongue,
        updated=_date(said.get("dt-updated"), read_date, None),
        authors=_people(said.get("p-author", []), base),
        links=_relations(page, base),
        entries=tuple(entries),
        format="h-feed",
    )


def _page(text: str) -> etree._Element | None:
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8", no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return None


def _entry(element: etree._Element, base: str | None, read_date: ReadDate) -> Entry:
    said = _properties(element)
    tongue = language_of(element.get("lang"))
    content = said.get("e-content", [])
    names = [one for one in said.get("p-name", []) if one not in content]  # a note's text is not its title
    files = [name for name in ("u-audio", "u-video", "u-photo") for _ in said.get(name, [])]
    addresses = [_lead(one, base) for name in dict.fromkeys(files) for one in said[name]]
    return Entry(
        id=_address(said.get("u-uid"), base),
        title=_words(names[:1]),
        link=_address(said.get("u-url"), base),
        published=_date(said.get("dt-published"), read_date, tongue),
        updated=_date(said.get("dt-updated"), read_date, tongue),
        authors=_people(said.get("p-author", []), base),
        summary=_words(said.get("p-summary", [])[:1]) or None,
        content=absolute_html(_inside(content[0]), base) or None if content else None,
        categories=tuple(dict.fromkeys(Category(word) for one in said.get("p-category", []) if (word := _text(one)))),
        enclosures=merged(picture(address) for address in addresses if address),
        links=tuple(
            Link(address, "in-reply-to") for one in said.get("u-in-reply-to", []) if (address := _lead(one, base))
        ),
        language=tongue,
    )


def _rooted(element: etree._Element, kind: str) -> Iterator[etree._Element]:
    """The microformats of a kind below an element, those inside another of the same kind left out."""
    stack = [iter(element)]
    while stack:
        for child in stack[-1]:
            if kind in _classes(child):
                yield child
            else:
                stack.append(iter(child))
                break
        else:
            stack.pop()


def _properties(element: etree._Element) -> Properties:
    """What a microformat says of itself: a property inside another microformat is that one's."""
    found: Properties = {}
    stack = [iter(element)]
    while stack:
        for child in stack[-1]:
            classes = _classes(child)
            for name in classes:
                if name.startswith(("p-", "u-", "dt-", "e-")):
                    found.setdefault(name, []).append(child)
            if not any(name.startswith("h-") for name in classes):
                stack.append(iter(child))
                break
        else:
            stack.pop()
    return found


def _classes(element: etree._Element) -> list[str]:
    return (element.get("class") or "").split() if isinstance(element.tag, str) else []


def _text(element: etree._Element) -> str:
    return collapse(element.get(_SAID.get(str(element.tag), "value")) or "".join(element.itertext()))


def _words(found: list[etree._Element] | None) -> str:
    return next((text for one in found or [] if (text := _text(one))), "")


def _lead(element: etree._Element, base: str | None) -> str:
    """Where a u- property leads."""
    return absolute(base, element.get(_LED.get(str(element.tag), "src")) or _text(element))


def _address(found: list[etree._Element] | None, base: str | None) -> str | None:
    return next((address for one in found or [] if (address := _lead(one, base))), None)


def _date(found: list[etree._Element] | None, read_date: ReadDate, language: str | None) -> datetime | None:
    for one in found or []:
        text = one.get(_TIMED.get(str(one.tag), "datetime")) or _text(one)
        if moment := read_date(text, language):
            return moment
    return None


def _people(found: list[etree._Element], base: str | None) -> tuple[Person, ...]:
    people = []
    for one in found:
        said = _properties(one) if "h-card" in _classes(one) else {}
        name = _words(said.get("p-name")) or _text(one)
        page = _address(said.get("u-url"), base) or (_lead(one, base) if one.tag == "a" else None)
        if name:
            people.append(Person(name, None, page))
    return tuple(dict.fromkeys(people))


def _inside(element: etree._Element) -> str:
    """The markup inside an element, as it was published."""
    pieces = [escape(element.text or "", quote=False)]
    pieces += [etree.tostring(child, encoding="unicode", method="html") for child in element]
    return "".join(pieces).strip()


def _relations(page: etree._Element, base: str | None) -> tuple[Link, ...]:
    """The hub and the page's own address, from its link elements."""
    links = [
        Link(absolute(base, link.get("href")), rel)
        for link in page.iter("link")
        for rel in (link.get("rel") or "").lower().split()
        if rel in ("hub", "self", "next") and link.get("href")
    ]
    return tuple(dict.fromkeys(links))
