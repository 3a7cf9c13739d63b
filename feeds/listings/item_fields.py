"""Find the link, title, date and summary of a list item by heuristics."""

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
_MIN_HEADLINE = 6  # characters; a shorter text may be the name of a section
_MIN_SUMMARY = 15
_MAX_DATE_FRAGMENT = 10
_MAX_PARTS = 50  # links, paragraphs etc. examined in one item
_DATELIKE = re.compile(r"\d\s*[-/.年月]\s*\d|前$|[今昨前]天|刚刚|剛剛")
_DATE_AT_AN_END = re.compile(
    r"^[\[(（【]?\s*(?:\d{4}[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s*[\])）】]?\s+|\s*[\[(（【]?\s*(?:\d{4}[-/.年])\d{1,2}[-/.月]\d{1,2}日?"
    r"(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?\s*[\])）】]?$|\s*[\[(（【]\s*\d{1,2}[-/.]\d{1,2}\s*[\])）】]$"
)
_BULLET = re.compile(r"^[·•・▪■□◆◇○●>»›\-—\s]+(?=\S)")
_ELLIPSIS = re.compile(r"(?:\.{2,}|…+)$")


def main_link(item: Element) -> Element | None:
    """Return the first link as long as a headline (a section link may precede it), else the longest link."""
    anchors = page_links(item)
    in_headings = [link for link in anchors if _is_in_heading(link, item)]
    headlines = [link for link in in_headings or anchors if len(link_text(link)) >= _MIN_HEADLINE]
    return next(iter(headlines), max(anchors, key=lambda link: len(link_text(link)), default=None))


def page_links(item: Element, limit: int = _MAX_PARTS) -> list[Element]:
    """Return the links to other pages in an item, or the item itself if it is a link."""
    links = [item] if item.tag == "a" and item.get("href") else find_all(item, "a[href]")[:limit]
    return [link for link in links if not _NOT_A_PAGE.match(link.get("href") or "")]


def link_text(anchor: Element) -> str:
    """Return the longer of a link's text and title attribute, else the alternative text of its image."""
    text, title = visible_text(anchor), collapse(anchor.get("title") or "")
    longest = max(text, title, key=len)
    return longest or next((collapse(image.get("alt") or "") for image in find_all(anchor, "img[alt]")), "")


def title(item: Element, anchor: Element | None) -> str:
    """Return the headline: the link's text, or its title attribute if the page shows it truncated."""
    if anchor is None:
        return ""
    links = [link for link in page_links(item) if link.get("href") == anchor.get("href")]
    in_title_elements = [
        text
        for link in links
        for element in find_all(link, _NAMED_TITLE)[:_MAX_PARTS]
        if (text := _clean_headline(visible_text(element)))
    ]
    shown = next(iter(in_title_elements), "") or next(
        (text for link in links if (text := _clean_headline(_headline_text(link)))), ""
    )
    in_attribute = next((text for link in links if (text := collapse(link.get("title") or ""))), "")
    is_complete = in_attribute and (not shown or in_attribute.startswith(_ELLIPSIS.sub("", shown)))
    return (in_attribute if is_complete else shown) or link_text(anchor)


def summary(item: Element, headline: str) -> str:
    """Return the first paragraph that is neither headline nor date, or ""."""
    for element in find_all(item, _NAMED_SUMMARY)[:_MAX_PARTS]:
        text = visible_text(element)
        if len(text) >= _MIN_SUMMARY and headline not in text and text not in headline:
            return text
    return ""


def published(
    item: Element, link: str, *, zone: tzinfo | None, language: str | None, now: datetime | None
) -> datetime | None:
    """Return the first date in an item, in UTC; if it shows none, the day in its URL."""
    for text in _date_texts(item):
        if moment := parse_listing_date(text, zone=zone, language=language, now=now):
            return moment
    for text in _texts_outside_links(item):
        if moment := find_date(text, zone=zone, language=language, now=now):
            return moment
    return date_from_url(link, zone=zone, now=now)


def _date_texts(item: Element) -> Iterator[str]:
    """Yield texts that may be a date as a whole, the most reliable first."""
    for element in find_all(item, "time[datetime]")[:_MAX_PARTS]:
        yield element.get("datetime") or ""
    for element in find_all(item, _NAMED_DATE)[:_MAX_PARTS]:
        yield " ".join(text_pieces(element))
    pieces = text_pieces(item)
    for text, after in pairwise(pieces):  # a day above its month, a clock time beside its day
        if len(text) <= _MAX_DATE_FRAGMENT and len(after) <= _MAX_DATE_FRAGMENT:
            yield f"{text} {after}"
    for text in pieces:
        if _DATELIKE.search(text):
            yield text


def _texts_outside_links(item: Element) -> Iterator[str]:
    """Yield the dated texts outside links, because headlines contain unrelated dates; then the end of link texts."""
    link_texts = dict.fromkeys(text for link in page_links(item) for text in text_pieces(link))
    for text in text_pieces(item):
        if text not in link_texts and _DATELIKE.search(text):
            yield text
    for text in link_texts:
        if match := _DATE_AT_AN_END.search(text):
            yield match[0]


def _headline_text(anchor: Element) -> str:
    """Return a link's text without dates and paragraphs: a whole card may be one link."""
    pieces = text_pieces(anchor)
    if len(pieces) == 1:
        return pieces[0]
    remaining = [text for text in pieces if not (_DATELIKE.search(text) and len(text) < 25)]
    if any(inner.tag in ("p", "div", "dd", "span", "li") for inner in anchor.iterdescendants()):
        return next((text for text in remaining if len(text) >= _MIN_HEADLINE), "")
    return collapse("".join(remaining) if _is_chinese(remaining) else " ".join(remaining))


def _is_chinese(parts: list[str]) -> bool:
    return any("\u4e00" <= text[:1] <= "\u9fff" for text in parts)


def _clean_headline(text: str) -> str:
    return _DATE_AT_AN_END.sub("", _BULLET.sub("", text)).strip()


def _is_in_heading(anchor: Element, item: Element) -> bool:
    for ancestor in anchor.iterancestors():
        if ancestor is item:
            return False
        if isinstance(ancestor.tag, str) and ancestor.tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            return True
    return False
