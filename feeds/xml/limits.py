"""How much of a document is looked at. Beyond these bounds no honest feed goes, and reading would cost too much."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import islice

from lxml import etree

from feeds.xml.placeholders import clear_element

MAX_ENTRIES_SCANNED = 5_000  # entries
MAX_ENTRIES = 1_000
_MAX_TAGS = 120_000  # less-than signs outside of CDATA sections: a tree of some 30 MB
_MAX_REFERENCES = 400_000  # ampersands, in CDATA sections too
_MAX_ATTRIBUTES = 100  # of an element
MAX_ENTRY_CHILDREN = 400  # children of an entry; several of their lists are compared each with each
_MAX_CHANNEL_CHILDREN = 1_000  # children of the feed that are no entries
_ENTRY = re.compile(r"<(?:item|entry)(?=[\s>/])")
_MAX_LENGTH = 5_000_000  # characters; a Chinese document of 10 MB has 3.5 million
_GIANT_TAG_LENGTH = 20_000
_GIANT_TAG = re.compile(
    rf"<([A-Za-z_][\w.:-]{{0,100}}+)([^<>]{{{_GIANT_TAG_LENGTH},}}+)>"
)  # possessive: never tried twice
_OVER_ATTRIBUTE_LIMIT = etree.XPath(f"//*[@*[{_MAX_ATTRIBUTES + 1}]]")


def limit_references(body: str) -> str:
    """The document up to where its references are too many to be mended."""
    surplus = body.count("&") - _MAX_REFERENCES
    return body if surplus <= 0 else body[: _cut_position(body, "&", 0, len(body), surplus)]


def limit_document(body: str) -> str:
    """The document up to where its markup is too much, or its entries are too many."""
    body = body[:_MAX_LENGTH]
    if len(body) > _GIANT_TAG_LENGTH and _GIANT_TAG.search(body):
        body = _GIANT_TAG.sub(_drop_attributes, body)
    starts = islice(_ENTRY.finditer(body), MAX_ENTRIES_SCANNED, None)
    if (first := next(starts, None)) is not None:
        body = body[: first.start()]
    if body.count("<") <= _MAX_TAGS:
        return body
    position = count = 0
    while position < len(body):
        section = body.find("<![CDATA[", position)
        end = section if section >= 0 else len(body)
        count += body.count("<", position, end)
        if count > _MAX_TAGS:
            return body[: _cut_position(body, "<", position, end, count - _MAX_TAGS)]
        close = body.find("]]>", end)
        position = close + 3 if close >= 0 else len(body)
        count += 1
    return body


def _drop_attributes(tag: re.Match[str]) -> str:
    """A start tag without its attributes, if these are too many to be compared with each other."""
    if tag[2].count("=") <= _MAX_ATTRIBUTES:
        return tag[0]
    return f"<{tag[1]}{'/' if tag[2].rstrip().endswith('/') else ''}>"


def _cut_position(body: str, character: str, start: int, end: int, surplus: int) -> int:
    """Where the last ``surplus`` of these signs between start and end begin, or a little before."""
    total = body.count(character, start, end)
    wanted = total - surplus
    while end - start > 100:
        middle = (start + end) // 2
        before = body.count(character, start, middle)
        if before > wanted:
            end = middle
        else:
            start, wanted = middle, wanted - before
    return start


def limit_attributes(root: etree._Element) -> None:
    """Elements with a flood of attributes lose them all."""
    for element in _OVER_ATTRIBUTE_LIMIT(root):
        element.attrib.clear()


def limit_entry(entry: etree._Element) -> None:
    if len(entry) > MAX_ENTRY_CHILDREN:
        del entry[MAX_ENTRY_CHILDREN:]


def limit_channel(channel: etree._Element, entries: Collection[etree._Element]) -> None:
    if len(channel) > _MAX_CHANNEL_CHILDREN:
        for child in list(islice((child for child in channel if child not in entries), _MAX_CHANNEL_CHILDREN, None)):
            clear_element(child)
            channel.remove(child)
