"""News sitemaps (sitemaps.org/protocol, Google's news extension): the articles of the last days, as a feed."""

from __future__ import annotations

import re

from lxml import etree

from feeds.context import ReadContext
from feeds.entries import image_enclosure
from feeds.links import resolve_url
from feeds.model import Category, Entry, Feed, NotAFeed
from feeds.text import html_to_text
from feeds.xml.character_references import repair_references
from feeds.xml.elements import normalize_language, text_of
from feeds.xml.limits import MAX_ENTRIES, MAX_ENTRIES_SCANNED
from feeds.xml.namespaces import short_name

_ROOT = re.compile(
    r"\s*+(?:(?><\?.{0,500}?\?>)\s*+|(?><!--.{0,5000}?-->)\s*+)*+(?=<(?:[\w.-]{1,40}:)?urlset[\s>])", re.S
)


def is_sitemap(text: str) -> bool:
    """Is the root of the document the urlset of a sitemap?"""
    return _ROOT.match(text) is not None


def read_sitemap(text: str, context: ReadContext) -> Feed | NotAFeed:
    """Read a decoded sitemap; pages that are no news are none of its entries."""
    root = _parse(text)
    base = context.base
    entries: list[Entry] = []
    names: set[str] = set()
    tongues: set[str] = set()
    for page in [] if root is None else list(root)[:MAX_ENTRIES_SCANNED]:
        parts = _children_by_name(page)
        news = _children_by_name(parts["news"]) if "news" in parts else {}
        link = resolve_url(base, text_of(parts.get("loc")))
        if not news or not link or len(entries) >= MAX_ENTRIES:
            continue
        publication = _children_by_name(news["publication"]) if "publication" in news else {}
        tongue = normalize_language(text_of(publication.get("language")))
        names.add(html_to_text(text_of(publication.get("name"))))
        tongues.add(tongue or "")
        found = {name: text_of(element) for name, element in news.items()}
        entries.append(
            Entry(
                title=html_to_text(found.get("title", "")),
                link=link,
                published=context.read_date(found.get("publication_date", ""), tongue),
                updated=context.read_date(text_of(parts.get("lastmod")), tongue),
                categories=_keywords(found.get("keywords", "")),
                enclosures=tuple(image_enclosure(resolve_url(base, image)) for image in _images(page)),
                language=tongue,
            )
        )
    if not entries:
        return NotAFeed("a sitemap without news")
    return Feed(
        title=names.pop() if len(names) == 1 else "",
        language=(tongues.pop() or None) if len(tongues) == 1 else None,
        entries=tuple(entries),
        format="sitemap-news",
    )


def _parse(text: str) -> etree._Element | None:
    start = _ROOT.match(text)
    body = repair_references(text[start.end() if start else 0 :])
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        return etree.fromstring(body.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _children_by_name(element: etree._Element) -> dict[str, etree._Element]:
    """The children by their names without a prefix, the first of each; those that are boxes before mere texts."""
    return {short_name(child).rpartition(":")[2]: child for child in reversed(element) if short_name(child)}


def _keywords(text: str) -> tuple[Category, ...]:
    words = (html_to_text(word) for word in text.split(","))
    return tuple(dict.fromkeys(Category(word) for word in words if word))


def _images(page: etree._Element) -> list[str]:
    boxes = [child for child in page if short_name(child).rpartition(":")[2] == "image"]
    return [address for box in boxes if (address := text_of(_children_by_name(box).get("loc")))]
