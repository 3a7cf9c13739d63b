"""Read news sitemaps (sitemaps.org/protocol with Google's news extension) as feeds."""

from __future__ import annotations

import re

from lxml import etree

from feeds.context import ReadContext
from feeds.entries import image_enclosure
from feeds.links import resolve_url
from feeds.model import Category, Entry, Feed, NotAFeed
from feeds.phrase import Phrase
from feeds.pictures import picture_of
from feeds.text import html_to_text
from feeds.xml.character_references import repair_references
from feeds.xml.elements import normalize_language, text_of
from feeds.xml.limits import MAX_ENTRIES, MAX_ENTRIES_SCANNED
from feeds.xml.namespaces import short_name

_ROOT = re.compile(
    r"\s*+(?:(?><\?.{0,500}?\?>)\s*+|(?><!--.{0,5000}?-->)\s*+)*+(?=<(?:[\w.-]{1,40}:)?urlset[\s>])", re.S
)


def is_sitemap(text: str) -> bool:
    """Return whether the document's root element is the urlset of a sitemap."""
    return _ROOT.match(text) is not None


def read_sitemap(text: str, context: ReadContext) -> Feed | NotAFeed:
    """Return the news articles of a decoded sitemap as a Feed, or a NotAFeed; other pages are ignored."""
    root = _parse(text)
    base = context.base
    entries: list[Entry] = []
    names: set[str] = set()
    languages: set[str] = set()
    for page in [] if root is None else list(root)[:MAX_ENTRIES_SCANNED]:
        parts = _children_by_name(page)
        news = _children_by_name(parts["news"]) if "news" in parts else {}
        link = resolve_url(base, text_of(parts.get("loc")))
        if not news or not link or len(entries) >= MAX_ENTRIES:
            continue
        publication = _children_by_name(news["publication"]) if "publication" in news else {}
        language = normalize_language(text_of(publication.get("language")))
        names.add(html_to_text(text_of(publication.get("name"))))
        languages.add(language or "")
        news_texts = {name: text_of(element) for name, element in news.items()}
        images = [resolve_url(base, image) for image in _images(page)]
        entries.append(
            Entry(
                title=html_to_text(news_texts.get("title", "")),
                link=link,
                published=context.read_date(news_texts.get("publication_date", ""), language),
                updated=context.read_date(text_of(parts.get("lastmod")), language),
                categories=_keywords(news_texts.get("keywords", "")),
                enclosures=tuple(image_enclosure(image) for image in images),
                picture=next((picture for image in images if (picture := picture_of(image))), None),
                language=language,
            )
        )
    if not entries:
        return NotAFeed(Phrase("a sitemap without news articles"))
    return Feed(
        title=names.pop() if len(names) == 1 else "",
        language=(languages.pop() or None) if len(languages) == 1 else None,
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
    """Return the first child of each local name."""
    return {short_name(child).rpartition(":")[2]: child for child in reversed(element) if short_name(child)}


def _keywords(text: str) -> tuple[Category, ...]:
    words = (html_to_text(word) for word in text.split(","))
    return tuple(dict.fromkeys(Category(word) for word in words if word))


def _images(page: etree._Element) -> list[str]:
    images = [child for child in page if short_name(child).rpartition(":")[2] == "image"]
    return [address for image in images if (address := text_of(_children_by_name(image).get("loc")))]
