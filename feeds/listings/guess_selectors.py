"""Which selector finds the articles that a page lists: guessed from repeated structure with links and dates."""

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

_MIN_ITEMS = 4  # items that make a list
_MIN_HEADLINE = 6  # characters
_MAX_LEVELS = 6  # elements between a headline and its item
_MAX_ANCHORS = 3_000
_MAX_CANDIDATES = 5  # of the likeliest selectors, read in full
_NAME = re.compile(r"[A-Za-z_][\w-]{0,60}")
_STATE_CLASS = re.compile(
    r"(?:^|[-_])(?:first|last|odd|even|on|active|current|cur|hover|item?\d+|\d+)(?:$|[-_])|\d{3,}", re.I
)


@dataclass(frozen=True, slots=True)
class SelectorGuess:
    """A selection that works on the page, and what it finds there."""

    select: Selectors
    feed: Feed


@dataclass(frozen=True, slots=True)
class _Group:
    """Siblings of one kind that each hold a headline."""

    members: tuple[Element, ...]
    weight: float


def guess_selectors(content: bytes, **options: Unpack[ReadOptions]) -> SelectorGuess | None:
    """The likeliest selection, or None for a page that lists nothing; ``facts`` as in ``feeds.read.read``."""
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
            worth = _score(feed)
            if best is None or worth > best[0]:
                best = (worth, SelectorGuess(select, replace(feed, encoding=decoded.encoding)))
    return best[1] if best else None


def _score(feed: Feed) -> float:
    """Many dated headlines of some length, and little else."""
    number = len(feed.entries)
    dated = sum(entry.published is not None for entry in feed.entries) / number
    length = sum(min(len(entry.title), 20) for entry in feed.entries) / number
    return sqrt(min(number, 60)) * (0.3 + dated) * length / (1 + feed.skipped / number)


def _groups(root: Element) -> Iterator[_Group]:
    """Siblings with the same tag and a headline each, whichever element around the headlines they are."""
    holders: defaultdict[tuple[Element, str], dict[Element, Element]] = defaultdict(dict)
    anchors = [
        one for one in item_fields.page_links(root, _MAX_ANCHORS) if len(item_fields.link_text(one)) >= _MIN_HEADLINE
    ]
    for anchor in anchors:
        one, above = anchor, anchor.getparent()
        for _ in range(_MAX_LEVELS):
            if above is None or above.tag == "html":
                break
            holders[above, str(one.tag)].setdefault(one, anchor)
            one, above = above, above.getparent()
    for held in holders.values():
        if len(held) >= _MIN_ITEMS:
            words = sum(min(len(item_fields.link_text(anchor)), 20) for anchor in held.values()) / len(held)
            yield _Group(tuple(held), sqrt(len(held)) * words * (2 if _show_dates(held) else 1))


def _show_dates(members: Mapping[Element, Element]) -> bool:
    """Do the first of them show dates?"""
    some = list(members)[:3]
    return all(any(re.search(r"\d\s*[-/.月]\s*\d|前", text) for text in _short_texts(one)) for one in some)


def _short_texts(item: Element) -> list[str]:
    return [text for text in text_pieces(item) if len(text) < 40]


def _selector(group: _Group, root: Element) -> str:
    """What the members have in common, below the nearest element that has a name."""
    first = group.members[0]
    own = _tag_and_class(first, _common_classes(group.members))
    path = [own]
    one = first.getparent()
    while one is not None and one.tag not in ("body", "html"):
        name = _stable_name(one)
        if name:
            path.append(name)
            break
        path.append(str(one.tag))
        one = one.getparent()
    short = [path[-1], path[0]] if len(path) > 2 else path[::-1]
    for parts in (" > ".join(path[1::-1]), " ".join(short), " > ".join(reversed(path))):
        if set(find_all(root, parts)) == set(group.members):
            return parts
    return " > ".join(reversed(path))


def _stable_name(element: Element) -> str:
    """ "div#list" or "ul.news", or "" for an element without a lasting name."""
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
