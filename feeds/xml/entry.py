"""An entry as feedparser read it, with the texts put back and the mended parts added: an Entry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from feeds.entries import merge_enclosures
from feeds.model import Category, Enclosure, Entry, Link
from feeds.text import collapse, html_to_text
from feeds.xml.normalize_entry import EntryOverrides
from feeds.xml.placeholders import PlaceholderTexts

_get = dict.get  # feedparser's dictionaries look every key up under several names; these are under their own
_PAGE_TYPES = ("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml")
_IGNORED_SCHEMES = {"http://search.yahoo.com/mrss/category_schema", "http://www.itunes.com/"}


def build_entry(parsed: Mapping[str, Any], overrides: EntryOverrides, placeholders: PlaceholderTexts) -> Entry:
    """Put together what feedparser read and what was kept beside it."""
    links = links_of(parsed.get("links", ()), placeholders)
    link = main_link(links)
    if link is None and parsed.get("guidislink"):
        link = placeholders.restore(parsed.get("id")) or None
    return Entry(
        id=collapse(placeholders.restore(parsed.get("id"))) or None,
        title=overrides.title,
        link=link,
        published=overrides.published,
        updated=overrides.updated,
        authors=overrides.authors,
        editor=overrides.editor,
        summary=overrides.summary,
        content=overrides.content,
        categories=categories_of(parsed.get("tags", ()), placeholders),
        enclosures=_enclosures(links, parsed.get("media_content", ()), placeholders),
        links=tuple(found for found in links if found.rel != "enclosure" and found.href != link),
        language=overrides.language,
        rights=overrides.rights,
        origin=None
        if overrides.origin and overrides.origin.link == link and not overrides.origin.title
        else overrides.origin,
        place=overrides.place,
        point=overrides.point,
    )


def links_of(parsed: Iterable[dict[str, Any]], placeholders: PlaceholderTexts) -> tuple[Link, ...]:
    """Every link once, in document order."""
    links = [
        Link(
            href=href,
            rel=_get(one, "rel") or "alternate",
            type=_get(one, "type") or None,
            hreflang=_get(one, "hreflang") or None,
            title=_get(one, "title") or None,
            length=parse_int(_get(one, "length")),
        )
        for one in parsed
        if (href := placeholders.restore(_get(one, "href")))
    ]
    return tuple(dict.fromkeys(links))


def main_link(links: Iterable[Link]) -> str | None:
    """The page itself: the first alternate that is a page, else the first alternate."""
    alternates = [link for link in links if link.rel == "alternate"]
    page = next((link.href for link in alternates if link.type is None or link.type in _PAGE_TYPES), None)
    return page or next((link.href for link in alternates), None)


def categories_of(parsed: Iterable[dict[str, Any]], placeholders: PlaceholderTexts) -> tuple[Category, ...]:
    tags = []
    for one in parsed:
        label = html_to_text(_get(one, "label") or "") or None
        term = collapse(placeholders.restore(_get(one, "term"))) or label
        scheme = _get(one, "scheme") or None
        if term:
            tags.append(Category(term, None if scheme in _IGNORED_SCHEMES else scheme, label))
    return tuple(dict.fromkeys(tags))


def _enclosures(
    links: Iterable[Link], media: Iterable[Mapping[str, Any]], placeholders: PlaceholderTexts
) -> tuple[Enclosure, ...]:
    """Enclosures and media files, one for each address; the first mention counts."""
    found = [
        Enclosure(link.href, link.type, link.length or None, link.title) for link in links if link.rel == "enclosure"
    ]
    found += [
        Enclosure(one["url"], one.get("type") or None, parse_int(one.get("filesize")) or None)
        for one in media
        if one.get("url")
    ]
    return merge_enclosures(found)


def parse_int(text: Any) -> int | None:
    """A length in bytes; None for what is no number (publishers write "", "unknown", "-1")."""
    if not text:
        return None
    digits = re.sub(r"\.0+$", "", str(text).strip().replace(",", ""))
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None
