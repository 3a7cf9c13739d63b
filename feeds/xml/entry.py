"""An entry as feedparser read it, with the texts put back and the mended parts added: an Entry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from feeds.model import Category, Enclosure, Entry, Link
from feeds.text import collapse, plain
from feeds.xml.normalize_entry import Aside
from feeds.xml.placeholders import Lifted

_get = dict.get  # feedparser's dictionaries look every key up under several names; these are under their own
_PAGES = ("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml")
_UNSCHEMED = {"http://search.yahoo.com/mrss/category_schema", "http://www.itunes.com/"}


def entry_of(read: Mapping[str, Any], aside: Aside, lifted: Lifted) -> Entry:
    """Put together what feedparser read and what was kept beside it."""
    links = links_of(read.get("links", ()), lifted)
    link = main_link(links)
    if link is None and read.get("guidislink"):
        link = lifted.back(read.get("id")) or None
    return Entry(
        id=collapse(lifted.back(read.get("id"))) or None,
        title=aside.title,
        link=link,
        published=aside.published,
        updated=aside.updated,
        authors=aside.authors,
        editor=aside.editor,
        summary=aside.summary,
        content=aside.content,
        categories=categories_of(read.get("tags", ()), lifted),
        enclosures=_enclosures(links, read.get("media_content", ()), lifted),
        links=tuple(found for found in links if found.rel != "enclosure" and found.href != link),
        language=aside.language,
        rights=aside.rights,
        origin=None if aside.origin and aside.origin.link == link and not aside.origin.title else aside.origin,
        place=aside.place,
        point=aside.point,
    )


def links_of(found: Iterable[dict[str, Any]], lifted: Lifted) -> tuple[Link, ...]:
    """Every link once, in document order."""
    links = [
        Link(
            href=href,
            rel=_get(one, "rel") or "alternate",
            type=_get(one, "type") or None,
            hreflang=_get(one, "hreflang") or None,
            title=_get(one, "title") or None,
            length=whole_number(_get(one, "length")),
        )
        for one in found
        if (href := lifted.back(_get(one, "href")))
    ]
    return tuple(dict.fromkeys(links))


def main_link(links: Iterable[Link]) -> str | None:
    """The page itself: the first alternate that is a page, else the first alternate."""
    alternates = [link for link in links if link.rel == "alternate"]
    page = next((link.href for link in alternates if link.type is None or link.type in _PAGES), None)
    return page or next((link.href for link in alternates), None)


def categories_of(found: Iterable[dict[str, Any]], lifted: Lifted) -> tuple[Category, ...]:
    tags = []
    for one in found:
        label = plain(_get(one, "label") or "") or None
        term = collapse(lifted.back(_get(one, "term"))) or label
        scheme = _get(one, "scheme") or None
        if term:
            tags.append(Category(term, None if scheme in _UNSCHEMED else scheme, label))
    return tuple(dict.fromkeys(tags))


def _enclosures(links: Iterable[Link], media: Iterable[Mapping[str, Any]], lifted: Lifted) -> tuple[Enclosure, ...]:
    """Enclosures and media files, one for each address; the first mention counts."""
    found = [
        Enclosure(link.href, link.type, link.length or None, link.title) for link in links if link.rel == "enclosure"
    ]
    found += [
        Enclosure(one["url"], one.get("type") or None, whole_number(one.get("filesize")) or None)
        for one in media
        if one.get("url")
    ]
    return merged(found)


def merged(files: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
    """One file for each address; what the first mention leaves unsaid later ones may say."""
    by_url: dict[str, Enclosure] = {}
    for one in files:
        known = by_url.setdefault(one.url, one)
        if known is not one:
            by_url[one.url] = Enclosure(
                one.url, known.type or one.type, known.length or one.length, known.title or one.title
            )
    return tuple(by_url.values())


def whole_number(text: Any) -> int | None:
    """A length in bytes; None for what is no number (publishers write "", "unknown", "-1")."""
    if not text:
        return None
    digits = re.sub(r"\.0+$", "", str(text).strip().replace(",", ""))
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None
