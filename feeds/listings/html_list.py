"""A page that lists articles -> a Feed. CSS selectors say where the items are; most of an item is found by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feeds.context import Context
from feeds.html.parse import Element, find, innermost, parse, split_attribute, text_of
from feeds.links import absolute, is_web
from feeds.listings import item_fields
from feeds.listings.dates import date_inside, listing_date
from feeds.listings.merge import merged, picture
from feeds.listings.selectors import Selection
from feeds.model import Category, Entry, Feed, NotAFeed, Person
from feeds.text import collapse, html_from_text
from feeds.xml.limits import MOST_LOOKED_AT, MOST_TAKEN

_OWN_ATTRIBUTES = {  # where an element says it better than its text
    "link": ("href",),
    "time": ("datetime",),
    "image": ("data-src", "data-original", "data-lazy-src", "src"),
}
_MOST_VALUES = 10


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is the same for all items of a page."""

    select: Selection
    base: str | None
    context: Context


def read_page(text: str, select: Selection, context: Context) -> Feed | NotAFeed:
    """Read a decoded HTML document as ``select`` says."""
    root = parse(text)
    return NotAFeed("an empty page") if root is None else read_tree(root, select, context)


def read_tree(root: Element, select: Selection, context: Context) -> Feed | NotAFeed:
    """Read a page that was parsed already, and leave it as it is."""
    found = innermost(find(root, select.item)[:MOST_LOOKED_AT])
    if not found:
        return NotAFeed(f'the selector "{select.item}" found nothing on this page: has it been rebuilt?')
    around = Surroundings(select, base_of(root, context), context)
    entries = [entry for item in found if (entry := _entry(item, around))]
    if not entries:
        return NotAFeed(_without_items(found, select))
    return Feed(
        title=_title_of(root),
        link=context.url,
        language=root.get("lang") or None,
        entries=merged(entries)[:MOST_TAKEN],
        format="html-list",
        skipped=sum(1 for item in found if text_of(item)) - len(entries),
    )


def base_of(root: Element, context: Context) -> str | None:
    """What addresses of a page are relative to: its base element, else where it came from."""
    base = context.base
    declared = next((one.get("href") for one in find(root, "base[href]")), None)
    return absolute(base, declared) if declared else base


def _title_of(root: Element) -> str:
    return next((collapse(one.text or "") for one in find(root, "title")), "")


def _without_items(found: list[Element], select: Selection) -> str:
    """Why none of the items that were found can be used."""
    for part in ("link", "title"):
        selector = getattr(select, part)
        if selector and not any(_values(item, selector, part) for item in found):
            return f'the selector "{selector}" for {part} found nothing in the {len(found)} items of this page: '\
                   "has it been rebuilt?"  # fmt: skip
    return f'the selector "{select.item}" found {len(found)} places on this page, but none holds a link with a title'


def _entry(item: Element, around: Surroundings) -> Entry | None:
    select = around.select
    anchor = item_fields.main_link(item)
    link = _first(item, select.link, "link") if select.link else (anchor.get("href") if anchor is not None else "")
    link = absolute(around.base, link)
    title = _first(item, select.title, "title") if select.title else item_fields.title(item, anchor)
    if not is_web(link) or not title:
        return None
    summary = _first(item, select.summary, "summary") if select.summary else item_fields.summary(item, title)
    images = [absolute(around.base, image) for image in _values(item, select.image, "image")]
    return Entry(
        title=title,
        link=link,
        published=_published(item, link, around),
        authors=tuple(Person(name) for name in _values(item, select.author, "author")),
        summary=html_from_text(summary) or None,
        categories=tuple(Category(term) for term in _values(item, select.category, "category")),
        enclosures=tuple(picture(image) for image in images[:1] if is_web(image)),
    )


def _published(item: Element, link: str, around: Surroundings) -> datetime | None:
    zone, language, now = around.context.zone, around.context.language, around.context.now
    if not around.select.time:
        return item_fields.published(item, link, zone=zone, language=language, now=now)
    for text in _values(item, around.select.time, "time"):
        found = listing_date(text, zone=zone, language=language, now=now)
        if found := found or date_inside(text, zone=zone, language=language, now=now):
            return found
    return None


def _first(item: Element, text: str, part: str) -> str:
    return next(iter(_values(item, text, part)), "")


def _values(item: Element, text: str, part: str) -> list[str]:
    """What "selector@attribute" finds in an item; without a selector it is the item itself that is asked."""
    if not text:
        return []
    selector, name = split_attribute(text)
    elements = find(item, selector)[:_MOST_VALUES] if selector else [item]
    values = [_value(one, (name,) if name else _OWN_ATTRIBUTES.get(part, ()), name is None) for one in elements]
    return [value for value in values if value]


def _value(element: Element, attributes: tuple[str, ...], or_text: bool) -> str:
    for name in attributes:
        if value := collapse(element.get(name) or ""):
            return value
    if or_text and attributes == ("href",):
        return next((inner.get("href", "").strip() for inner in find(element, "a[href]")), "")
    return text_of(element) if or_text else ""
