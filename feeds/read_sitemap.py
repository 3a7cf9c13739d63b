"""News sitemaps (sitemaps.org/protocol, Google's news extension): the articles of the last days, as a feed."""

from __future__ import annotations

import re

from lxml import etree

from feeds.context import Context
from feeds.links import absolute
from feeds.listings.merge import picture
from feeds.model import Category, Entry, Feed, NotAFeed
from feeds.text import plain
from feeds.xml.character_references import mend_references
from feeds.xml.elements import language_of, text_of
from feeds.xml.limits import MOST_LOOKED_AT, MOST_TAKEN
from feeds.xml.namespaces import name_of

_ROOT = re.compile(
    r"\s*+(?:(?><\?.{0,500}?\?>)\s*+|(?><!--.{0,5000}?-->)\s*+)*+(?=<(?:[\w.-]{1,40}:)?urlset[\s>])", re.S
)


def is_sitemap(text: str) -> bool:
    """Is the root of the document the urlset of a sitemap?"""
    return _ROOT.match(text) is not None


def read_sitemap(text: str, context: Context) -> Feed | NotAFeed:
    """Read a decoded sitemap; pages that are no news are none of its entries."""
    root = _tree(text)
    base = context.base
    entries: list[Entry] = []
    names: set[str] = set()
    tongues: set[str] = set()
    for page in [] if root is None else list(root)[:MOST_LOOKED_AT]:
        parts = _parts(page)
        news = _parts(parts["news"]) if "news" in parts else {}
        link = absolute(base, text_of(parts.get("loc")))
        if not news or not link or len(entries) >= MOST_TAKEN:
            continue
        publication = _parts(news["publication"]) if "publication" in news else {}
        tongue = language_of(text_of(publication.get("language")))
        names.add(plain(text_of(publication.get("name"))))
        tongues.add(tongue or "")
        found = {name: text_of(element) for name, element in news.items()}
        entries.append(
            Entry(
                title=plain(found.get("title", "")),
                link=link,
                published=context.read_date(found.get("publication_date", ""), tongue),
                updated=context.read_date(text_of(parts.get("lastmod")), tongue),
                categories=_keywords(found.get("keywords", "")),
                enclosures=tuple(picture(absolute(base, image)) for image in _images(page)),
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


def _tree(text: str) -> etree._Element | None:
    start = _ROOT.match(text)
    body = mend_references(text[start.end() if start else 0 :])
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        return etree.fromstring(body.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _parts(element: etree._Element) -> dict[str, etree._Element]:
    """The children by their names without a prefix, the first of each; those that are boxes before mere texts."""
    return {name_of(child).rpartition(":")[2]: child for child in reversed(element) if name_of(child)}


def _keywords(text: str) -> tuple[Category, ...]:
    words = (plain(word) for word in text.split(","))
    return tuple(dict.fromkeys(Category(word) for word in words if word))


def _images(page: etree._Element) -> list[str]:
    boxes = [child for child in page if name_of(child).rpartition(":")[2] == "image"]
    return [address for box in boxes if (address := text_of(_parts(box).get("loc")))]
