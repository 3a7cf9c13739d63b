"""What an item of a list shows by itself: its link, title, date and summary, where no selector names them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from itertools import pairwise

from feeds.html.parse import Element, find_all, text_pieces, visible_text
from feeds.listings.dates import date_from_url, find_date, parse_listing_date
from feeds.text import collapse

_NOT_A_PAGE = re.compile(r"\s*(?:$|#|javascript:|mailto:|tel:|data:|about:)", re.I)
_NAMED_TITLE = "h1, h2, h3, h4, h5, h6, [class*=title], [class*=Title], [class*=headline]"
_NAMED_DATE = "time, [class*=date], [class*=Date], [class*=time], [class*=Time]"
_NAMED_SUMMARY = "p, [class*=summary], [class*=desc], [class*=intro], [class*=abstract], [class*=digest], dd"
_MIN_HEADLINE = 6  # characters; what is shorter may be the name of a section
_MIN_SUMMARY = 15
_MAX_DATE_FRAGMENT = 10
_MAX_PARTS = 50  # links, paragraphs and the like that are looked at in one item
_DATELIKE = re.compile(r"\d\s*[-/.年月]\s*\d|前$|[今昨前]天|刚刚|剛剛")
_DATE_AT_AN_END = re.compile(
    r"^[\[(（【]?\s*(?:\d{4}[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s*[\])）】]?\s+|\s*[\[(（【]?\s*(?:\d{4}[-/.年])\d{1,2}[-/.月]\d{1,2}日?"
    r"(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?\s*[\])）】]?$|\s*[\[(（【]\s*\d{1,2}[-/.]\d{1,2}\s*[\])）】]$"
)
_BULLET = re.compile(r"^[·•・▪■□◆◇○●>»›\-—\s]+(?=\S)")
_ELLIPSIS = re.compile(r"(?:\.{2,}|…+)$")


def main_link(item: Element) -> Element | None:
    """The first link that is as long as a headline (the name of a section may come before it), else the longest."""
    anchors = page_links(item)
    headed = [one for one in anchors if _is_in_heading(one, item)]
    long = [one for one in headed or anchors if len(link_text(one)) >= _MIN_HEADLINE]
    return next(iter(long), max(anchors, key=lambda one: len(link_text(one)), default=None))


def page_links(item: Element, limit: int = _MAX_PARTS) -> list[Element]:
    """The links to other pages in an item, or the item itself where it is one."""
    found = [item] if item.tag == "a" and item.get("href") else find_all(item, "a[href]")[:limit]
    return [one for one in found if not _NOT_A_PAGE.match(one.get("href") or "")]


def link_text(anchor: Element) -> str:
    """What a link says: the longer of its text and its title, else what its picture stands for."""
    text, title = visible_text(anchor), collapse(anchor.get("title") or "")
    said = max(text, title, key=len)
    return said or next((collapse(image.get("alt") or "") for image in find_all(anchor, "img[alt]")), "")


def title(item: Element, anchor: Element | None) -> str:
    """The headline: that of the link, whole where the page shows it cut short."""
    if anchor is None:
        return ""
    same = [one for one in page_links(item) if one.get("href") == anchor.get("href")]
    named = [
        text
        for one in same
        for inner in find_all(one, _NAMED_TITLE)[:_MAX_PARTS]
        if (text := _clean_headline(visible_text(inner)))
    ]
    shown = next(iter(named), "") or next((text for one in same if (text := _clean_headline(_headline_text(one)))), "")
    told = next((text for one in same if (text := collapse(one.get("title") or ""))), "")
    whole = told and (not shown or told.startswith(_ELLIPSIS.sub("", shown)))
    return (told if whole else shown) or link_text(anchor)


def summary(item: Element, headline: str) -> str:
    """The first paragraph that is neither headline nor date, or ""."""
    for one in find_all(item, _NAMED_SUMMARY)[:_MAX_PARTS]:
        text = visible_text(one)
        if len(text) >= _MIN_SUMMARY and headline not in text and text not in headline:
            return text
    return ""


def published(
    item: Element, link: str, *, zone: tzinfo | None, language: str | None, now: datetime | None
) -> datetime | None:
    """The first date in an item; where it shows none, the day its address names."""
    for text in _date_texts(item):
        if found := parse_listing_date(text, zone=zone, language=language, now=now):
            return found
    for text in _texts_outside_links(item):
        if found := find_date(text, zone=zone, language=language, now=now):
            return found
    return date_from_url(link, zone=zone, now=now)


def _date_texts(item: Element) -> Iterator[str]:
    """What may be a date as a whole, the surest first."""
    for one in find_all(item, "time[datetime]")[:_MAX_PARTS]:
        yield one.get("datetime") or ""
    for one in find_all(item, _NAMED_DATE)[:_MAX_PARTS]:
        yield " ".join(text_pieces(one))
    stretches = text_pieces(item)
    for text, after in pairwise(stretches):  # a day over its month, a clock time beside its day
        if len(text) <= _MAX_DATE_FRAGMENT and len(after) <= _MAX_DATE_FRAGMENT:
            yield f"{text} {after}"
    for text in stretches:
        if _DATELIKE.search(text):
            yield text


def _texts_outside_links(item: Element) -> Iterator[str]:
    """Text that is no headline, for headlines hold dates of other days. Where all is in one link, its last words."""
    inside = dict.fromkeys(text for one in page_links(item) for text in text_pieces(one))
    for text in text_pieces(item):
        if text not in inside and _DATELIKE.search(text):
            yield text
    for text in inside:
        if match := _DATE_AT_AN_END.search(text):
            yield match[0]


def _headline_text(anchor: Element) -> str:
    """A link's text without its parts that are dates or paragraphs: the whole of a card may be one link."""
    parts = text_pieces(anchor)
    if len(parts) == 1:
        return parts[0]
    kept = [text for text in parts if not (_DATELIKE.search(text) and len(text) < 25)]
    if any(inner.tag in ("p", "div", "dd", "span", "li") for inner in anchor.iterdescendants()):
        return next((text for text in kept if len(text) >= _MIN_HEADLINE), "")
    return collapse("".join(kept) if _is_chinese(kept) else " ".join(kept))


def _is_chinese(parts: list[str]) -> bool:
    return any("\u4e00" <= text[:1] <= "\u9fff" for text in parts)


def _clean_headline(text: str) -> str:
    return _DATE_AT_AN_END.sub("", _BULLET.sub("", text)).strip()


def _is_in_heading(anchor: Element, item: Element) -> bool:
    for above in anchor.iterancestors():
        if above is item:
            return False
        if isinstance(above.tag, str) and above.tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            return True
    return False
