"""Build an Entry from feedparser's result, the restored texts and the overrides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from feeds.entries import merge_enclosures, without_picture
from feeds.model import Category, Enclosure, Entry, Link
from feeds.text import collapse, html_to_text
from feeds.xml.normalize_entry import EntryOverrides
from feeds.xml.placeholders import PlaceholderTexts

_get = dict.get  # bypasses the key aliases of feedparser's dictionaries
_PAGE_TYPES = ("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml")
_IGNORED_SCHEMES = {"http://search.yahoo.com/mrss/category_schema", "http://www.itunes.com/"}


def build_entry(
    parsed: Mapping[str, Any], overrides: EntryOverrides, placeholders: PlaceholderTexts, raw_hash: str | None = None
) -> Entry:
    """Return the Entry that feedparser's result and the overrides make together."""
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
        enclosures=_enclosures(links, parsed.get("media_content", ())),
        picture=overrides.picture,
        links=without_picture(
            (other for other in links if other.rel != "enclosure" and other.href != link), overrides.picture
        ),
        language=overrides.language,
        rights=overrides.rights,
        origin=None
        if overrides.origin and overrides.origin.link == link and not overrides.origin.title
        else overrides.origin,
        place=overrides.place,
        point=overrides.point,
        raw_hash=raw_hash,
    )


def links_of(parsed: Iterable[dict[str, Any]], placeholders: PlaceholderTexts) -> tuple[Link, ...]:
    """Return every link once, in document order."""
    links = [
        Link(
            href=href,
            rel=_get(link, "rel") or "alternate",
            type=_get(link, "type") or None,
            hreflang=_get(link, "hreflang") or None,
            title=_get(link, "title") or None,
            length=parse_int(_get(link, "length")),
        )
        for link in parsed
        if (href := placeholders.restore(_get(link, "href")))
    ]
    return tuple(dict.fromkeys(links))


def main_link(links: Iterable[Link]) -> str | None:
    """Return the first alternate link to an HTML page, else the first alternate link, else None."""
    alternates = [link for link in links if link.rel == "alternate"]
    page = next((link.href for link in alternates if link.type is None or link.type in _PAGE_TYPES), None)
    return page or next((link.href for link in alternates), None)


def categories_of(parsed: Iterable[dict[str, Any]], placeholders: PlaceholderTexts) -> tuple[Category, ...]:
    """Return every category once, in document order."""
    categories = []
    for tag in parsed:
        label = html_to_text(_get(tag, "label") or "") or None
        term = collapse(placeholders.restore(_get(tag, "term"))) or label
        scheme = _get(tag, "scheme") or None
        if term:
            categories.append(Category(term, None if scheme in _IGNORED_SCHEMES else scheme, label))
    return tuple(dict.fromkeys(categories))


def _enclosures(links: Iterable[Link], media: Iterable[Mapping[str, Any]]) -> tuple[Enclosure, ...]:
    """Return enclosures and media files, one per URL; the first mention counts."""
    enclosures = [
        Enclosure(link.href, link.type, link.length or None, link.title) for link in links if link.rel == "enclosure"
    ]
    enclosures += [
        Enclosure(file["url"], file.get("type") or None, parse_int(file.get("filesize")) or None)
        for file in media
        if file.get("url")
    ]
    return merge_enclosures(enclosures)


def parse_int(text: Any) -> int | None:
    """Return a length in bytes, or None for anything but a number (publishers write "", "unknown", "-1")."""
    if not text:
        return None
    digits = re.sub(r"\.0+$", "", str(text).strip().replace(",", ""))
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None
