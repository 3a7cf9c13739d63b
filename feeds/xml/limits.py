"""How much of a document is looked at. Beyond these bounds no honest feed goes, and reading would cost too much."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import islice

from lxml import etree

from feeds.xml.placeholders import empty

MOST_LOOKED_AT = 5_000  # entries
MOST_TAKEN = 1_000
_MOST_MARKUP = 120_000  # less-than signs outside of CDATA sections: a tree of some 30 MB
_MOST_REFERENCES = 400_000  # ampersands, in CDATA sections too
_MOST_ATTRIBUTES = 100  # of an element
MOST_PARTS = 400  # children of an entry; several of their lists are compared each with each
_MOST_FACTS = 1_000  # children of the feed that are no entries
_ENTRY = re.compile(r"<(?:item|entry)(?=[\s>/])")
_LONGEST = 5_000_000  # characters; a Chinese document of 10 MB has 3.5 million
_GIANT = 20_000
_GIANT_TAG = re.compile(rf"<([A-Za-z_][\w.:-]{{0,100}}+)([^<>]{{{_GIANT},}}+)>")  # possessive: never tried twice
_FLOODED = etree.XPath(f"//*[@*[{_MOST_ATTRIBUTES + 1}]]")


def legible(body: str) -> str:
    """The document up to where its references are too many to be mended."""
    surplus = body.count("&") - _MOST_REFERENCES
    return body if surplus <= 0 else body[: _place(body, "&", 0, len(body), surplus)]


def bounded(body: str) -> str:
    """The document up to where its markup is too much, or its entries are too many."""
    body = body[:_LONGEST]
    if len(body) > _GIANT and _GIANT_TAG.search(body):
        body = _GIANT_TAG.sub(_shortened, body)
    starts = islice(_ENTRY.finditer(body), MOST_LOOKED_AT, None)
    if (first := next(starts, None)) is not None:
        body = body[: first.start()]
    if body.count("<") <= _MOST_MARKUP:
        return body
    position = count = 0
    while position < len(body):
        section = body.find("<![CDATA[", position)
        end = section if section >= 0 else len(body)
        count += body.count("<", position, end)
        if count > _MOST_MARKUP:
            return body[: _place(body, "<", position, end, count - _MOST_MARKUP)]
        close = body.find("]]>", end)
        position = close + 3 if close >= 0 else len(body)
        count += 1
    return body


def _shortened(tag: re.Match[str]) -> str:
    """A start tag without its attributes, if these are too many to be compared with each other."""
    if tag[2].count("=") <= _MOST_ATTRIBUTES:
        return tag[0]
    return f"<{tag[1]}{'/' if tag[2].rstrip().endswith('/') else ''}>"


def _place(body: str, sign: str, start: int, end: int, surplus: int) -> int:
    """Where the last ``surplus`` of these signs between start and end begin, or a little before."""
    total = body.count(sign, start, end)
    wanted = total - surplus
    while end - start > 100:
        middle = (start + end) // 2
        before = body.count(sign, start, middle)
        if before > wanted:
            end = middle
        else:
            start, wanted = middle, wanted - before
    return start


def trim(root: etree._Element) -> None:
    """Elements with a flood of attributes lose them all."""
    for element in _FLOODED(root):
        element.attrib.clear()


def trim_entry(entry: etree._Element) -> None:
    if len(entry) > MOST_PARTS:
        del entry[MOST_PARTS:]


def trim_channel(channel: etree._Element, entries: Collection[etree._Element]) -> None:
    if len(channel) > _MOST_FACTS:
        for child in list(islice((child for child in channel if child not in entries), _MOST_FACTS, None)):
            empty(child)
            channel.remove(child)
