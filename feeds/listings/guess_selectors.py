"""Guess the selector of the articles that a page lists, from repeated elements with links and dates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import Unpack

from feeds.context import ReadContext, ReadOptions
from feeds.encoding.charsets import charset_parameter
from feeds.encoding.decode import decode
from feeds.html.parse import Element, find_all, parse_html, text_pieces
from feeds.listings import item_fields
from feeds.listings.html_list import read_html_tree
from feeds.model import Feed
from feeds.selectors import Selectors

_MIN_ITEMS = 4  # items of the smallest list
_MIN_HEADLINE = 6  # characters
_MAX_LEVELS = 6  # elements between a headline and its item
_MAX_ANCHORS = 3_000
_MAX_CANDIDATES = 5  # selectors tried on the page
_TAG = re.compile(r"[a-z][a-z0-9-]*")
_NAME = re.compile(r"[A-Za-z_][\w-]{0,60}")
_STATE_CLASS = re.compile(
    r"(?:^|[-_])(?:first|last|odd|even|on|active|current|cur|hover|item?\d+|\d+)(?:$|[-_])|\d{3,}", re.I
)


@dataclass(frozen=True, slots=True)
class SelectorGuess:
    """Selectors that work on the page, and the feed that they yield."""

    select: Selectors
    feed: Feed


@dataclass(frozen=True, slots=True)
class _Group:
    """Sibling elements with the same tag that each contain a headline."""

    members: tuple[Element, ...]
    weight: float


def guess_selectors(content: bytes, **options: Unpack[ReadOptions]) -> SelectorGuess | None:
    """Return the most likely selectors, or None if the page has no list; ``options`` as in ``feeds.read.read_feed``."""
    decoded = decode(content, options.get("charset"), charset_parameter(options.get("media_type")))
    root, context = parse_html(decoded.text), ReadContext.from_options(options)
    if root is None:
        return None
    best: tuple[float, SelectorGuess] | None = None
    groups = sorted(_groups(root), key=lambda group: -group.weight)
    for selector in list(dict.fromkeys(_selector(group, root) for group in groups))[:_MAX_CANDIDATES]:
        select = Selectors(item=selector)
        feed = read_html_tree(root, select, context)
        if isinstance(feed, Feed) and len(feed.entries) >= _MIN_ITEMS:
            score = _score(feed)
            if best is None or score > best[0]:
                best = (score, SelectorGuess(select, replace(feed, encoding=decoded.encoding)))
    return best[1] if best else None


def _score(feed: Feed) -> float:
    """Return a score that is high for many long headlines with dates and few skipped items."""
    count = len(feed.entries)
    dated = sum(entry.published is not None for entry in feed.entries) / count
    length = sum(min(len(entry.title), 20) for entry in feed.entries) / count
    return sqrt(min(count, 60)) * (0.3 + dated) * length / (1 + feed.skipped / count)


def _groups(root: Element) -> Iterator[_Group]:
    """Yield groups of siblings with the same tag that contain a headline, at any level above the headlines."""
    groups: defaultdict[tuple[Element, str], dict[Element, Element]] = defaultdict(dict)
    anchors = [
        link for link in item_fields.page_links(root, _MAX_ANCHORS) if len(item_fields.link_text(link)) >= _MIN_HEADLINE
    ]
    for anchor in anchors:
        element, parent = anchor, anchor.getparent()
        for _ in range(_MAX_LEVELS):
            if parent is None or parent.tag == "html" or not _TAG.fullmatch(str(element.tag)):
                break
            groups[parent, str(element.tag)].setdefault(element, anchor)
            element, parent = parent, parent.getparent()
    for members in groups.values():
        if len(members) >= _MIN_ITEMS:
            mean_length = sum(min(len(item_fields.link_text(anchor)), 20) for anchor in members.values()) / len(members)
            yield _Group(tuple(members), sqrt(len(members)) * mean_length * (2 if _show_dates(members) else 1))


def _show_dates(members: Mapping[Element, Element]) -> bool:
    """Return whether the first three members contain a date."""
    first = list(members)[:3]
    return all(any(re.search(r"\d\s*[-/.月]\s*\d|前", text) for text in _short_texts(member)) for member in first)


def _short_texts(item: Element) -> list[str]:
    return [text for text in text_pieces(item) if len(text) < 40]


def _selector(group: _Group, root: Element) -> str:
    """Return a selector for the members: their common tag and class below the nearest named ancestor."""
    first = group.members[0]
    last_step = _tag_and_class(first, _common_classes(group.members))
    path = [last_step]
    ancestor = first.getparent()
    while ancestor is not None and ancestor.tag not in ("body", "html") and _TAG.fullmatch(str(ancestor.tag)):
        name = _stable_name(ancestor)
        if name:
            path.append(name)
            break
        path.append(str(ancestor.tag))
        ancestor = ancestor.getparent()
    short_path = [path[-1], path[0]] if len(path) > 2 else path[::-1]
    for candidate in (" > ".join(path[1::-1]), " ".join(short_path), " > ".join(reversed(path))):
        if set(find_all(root, candidate)) == set(group.members):
            return candidate
    return " > ".join(reversed(path))


def _stable_name(element: Element) -> str:
    """Return "div#list" or "ul.news", or "" if neither id nor class is stable."""
    name = element.get("id") or ""
    if _NAME.fullmatch(name) and not _STATE_CLASS.search(name):
        return f"{element.tag!s}#{name}"
    classes = _classes(element)
    return f"{element.tag!s}.{classes[0]}" if classes else ""


def _tag_and_class(element: Element, classes: list[str]) -> str:
    return f"{element.tag!s}.{classes[0]}" if classes else str(element.tag)


def _common_classes(members: tuple[Element, ...]) -> list[str]:
    shared = set(_classes(members[0]))
    for member in members[1:]:
        shared &= set(_classes(member))
    return [name for name in _classes(members[0]) if name in shared]


def _classes(element: Element) -> list[str]:
    names = (element.get("class") or "").split()
    return [name for name in names if _NAME.fullmatch(name) and not _STATE_CLASS.search(name)]
