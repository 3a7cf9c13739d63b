"""Read an HTML page that lists articles as a Feed: CSS selectors locate the items, heuristics most of their parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feeds.context import ReadContext
from feeds.entries import image_enclosure, merge_entries
from feeds.html.parse import Element, find_all, keep_innermost, parse_html, split_attribute, visible_text
from feeds.links import is_web_url, resolve_url
from feeds.listings import item_fields
from feeds.listings.dates import find_date, parse_listing_date
from feeds.model import Category, Entry, Feed, NotAFeed, Person
from feeds.phrase import Phrase
from feeds.pictures import picture_of
from feeds.selectors import Selectors
from feeds.text import collapse, html_from_text
from feeds.xml.limits import MAX_ENTRIES, MAX_ENTRIES_SCANNED

_OWN_ATTRIBUTES = {  # attributes that are more precise than the text
    "link": ("href",),
    "time": ("datetime",),
    "image": ("data-src", "data-original", "data-lazy-src", "src"),
}
_MAX_VALUES = 10


@dataclass(frozen=True, slots=True)
class PageContext:
    """The values shared by all items of a page."""

    select: Selectors
    base: str | None
    context: ReadContext


def read_html_list(text: str, select: Selectors, context: ReadContext) -> Feed | NotAFeed:
    """Return the articles of a decoded HTML document as a Feed, or a NotAFeed."""
    root = parse_html(text)
    return NotAFeed(Phrase("an empty page")) if root is None else read_html_tree(root, select, context)


def read_html_tree(root: Element, select: Selectors, context: ReadContext) -> Feed | NotAFeed:
    """Return the articles of a parsed page as a Feed, or a NotAFeed; does not change the tree."""
    elements = keep_innermost(find_all(root, select.item)[:MAX_ENTRIES_SCANNED])
    if not elements:
        return NotAFeed(
            Phrase('the selector "{item}" found nothing on this page: has it been rebuilt?', item=select.item)
        )
    page = PageContext(select, page_base(root, context), context)
    entries = [entry for item in elements if (entry := _entry(item, page))]
    if not entries:
        return NotAFeed(_explain_no_entries(elements, select))
    return Feed(
        title=_title_of(root),
        link=context.url,
        language=root.get("lang") or None,
        entries=merge_entries(entries)[:MAX_ENTRIES],
        format="html-list",
        skipped=sum(1 for item in elements if visible_text(item)) - len(entries),
    )


def page_base(root: Element, context: ReadContext) -> str | None:
    """Return the base URL of a page: its base element, else that of the document (RFC 3986 5.1)."""
    base = context.base
    declared = next((element.get("href") for element in find_all(root, "base[href]")), None)
    return resolve_url(base, declared) if declared else base


def _title_of(root: Element) -> str:
    return next((collapse(element.text or "") for element in find_all(root, "title")), "")


def _explain_no_entries(items: list[Element], select: Selectors) -> str:
    """Return the reason why none of the selected items can be used."""
    for part in ("link", "title"):
        selector = getattr(select, part)
        if selector and not any(_values(item, selector, part) for item in items):
            return Phrase(
                'the selector "{selector}" for {part} found nothing in the {count} items of this page: '
                "has it been rebuilt?",
                selector=selector,
                part=part,
                count=len(items),
            )
    return Phrase(
        'the selector "{item}" found {count} elements on this page, but none contains a link with a title',
        item=select.item,
        count=len(items),
    )


def _entry(item: Element, page: PageContext) -> Entry | None:
    select = page.select
    anchor = item_fields.main_link(item)
    link = _first(item, select.link, "link") if select.link else (anchor.get("href") if anchor is not None else "")
    link = resolve_url(page.base, link)
    title = _first(item, select.title, "title") if select.title else item_fields.title(item, anchor)
    if not is_web_url(link) or not title:
        return None
    summary = _first(item, select.summary, "summary") if select.summary else item_fields.summary(item, title)
    images = [resolve_url(page.base, image) for image in _values(item, select.image, "image")]
    return Entry(
        title=title,
        link=link,
        published=_published(item, link, page),
        authors=tuple(Person(name) for name in _values(item, select.author, "author")),
        summary=html_from_text(summary) or None,
        categories=tuple(Category(term) for term in _values(item, select.category, "category")),
        picture=next((picture for image in images if (picture := picture_of(image))), None),
        enclosures=tuple(image_enclosure(image) for image in images[:1] if is_web_url(image)),
    )


def _published(item: Element, link: str, page: PageContext) -> datetime | None:
    zone, language, now = page.context.zone, page.context.language, page.context.now
    if not page.select.time:
        return item_fields.published(item, link, zone=zone, language=language, now=now)
    for text in _values(item, page.select.time, "time"):
        moment = parse_listing_date(text, zone=zone, language=language, now=now)
        if moment := moment or find_date(text, zone=zone, language=language, now=now):
            return moment
    return None


def _first(item: Element, text: str, part: str) -> str:
    return next(iter(_values(item, text, part)), "")


def _values(item: Element, text: str, part: str) -> list[str]:
    """Return what "selector@attribute" selects in an item; without a selector, the item itself."""
    if not text:
        return []
    selector, name = split_attribute(text)
    elements = find_all(item, selector)[:_MAX_VALUES] if selector else [item]
    values = [_value(element, (name,) if name else _OWN_ATTRIBUTES.get(part, ()), name is None) for element in elements]
    return [value for value in values if value]


def _value(element: Element, attributes: tuple[str, ...], or_text: bool) -> str:
    for name in attributes:
        if value := collapse(element.get(name) or ""):
            return value
    if or_text and attributes == ("href",):
        return next((inner.get("href", "").strip() for inner in find_all(element, "a[href]")), "")
    return visible_text(element) if or_text else ""
