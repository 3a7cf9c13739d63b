"""Limits on the size of a document: no legitimate feed exceeds them, and parsing more would cost too much."""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

from feeds.xml.placeholders import clear_element, entry_elements

MAX_ENTRIES_SCANNED = 5_000  # entries
MAX_ENTRIES = 1_000
_MAX_TAGS = 120_000  # "<" characters outside CDATA sections: a tree of about 30 MB
_MAX_REFERENCES = 400_000  # "&" characters, including CDATA sections
_MAX_ATTRIBUTES = 100  # of an element
MAX_ENTRY_CHILDREN = 400  # children of an entry; feedparser compares some of them pairwise
_MAX_CHANNEL_CHILDREN = 1_000  # children of the feed other than entries
_ENTRY = re.compile(r"<(?:item|entry)(?=[\s>/])")
_MAX_LENGTH = 5_000_000  # characters; a Chinese document of 10 MB has 3.5 million
_GIANT_TAG_LENGTH = 20_000
_GIANT_TAG = re.compile(
    rf"<([A-Za-z_][\w.:-]{{0,100}}+)([^<>]{{{_GIANT_TAG_LENGTH},}}+)>"
)  # possessive: no backtracking
_OVER_ATTRIBUTE_LIMIT = etree.XPath(f"//*[@*[{_MAX_ATTRIBUTES + 1}]]")


def limit_references(body: str) -> str:
    """Return the document up to the last reference within the limit."""
    surplus = body.count("&") - _MAX_REFERENCES
    return body if surplus <= 0 else body[: _cut_position(body, "&", 0, len(body), surplus)]


def limit_document(body: str) -> str:
    """Return the document cut where it exceeds the limits on length, entries or tags."""
    body = body[:_MAX_LENGTH]
    if len(body) > _GIANT_TAG_LENGTH and _GIANT_TAG.search(body):
        body = _GIANT_TAG.sub(_drop_attributes, body)
    starts = islice(_ENTRY.finditer(body), MAX_ENTRIES_SCANNED, None)
    if (first_excess := next(starts, None)) is not None:
        body = body[: first_excess.start()]
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
    """Return a start tag without its attributes if there are too many of them."""
    if tag[2].count("=") <= _MAX_ATTRIBUTES:
        return tag[0]
    return f"<{tag[1]}{'/' if tag[2].rstrip().endswith('/') else ''}>"


def _cut_position(body: str, character: str, start: int, end: int, surplus: int) -> int:
    """Return a position at or shortly before the last ``surplus`` occurrences of a character between start and end."""
    total = body.count(character, start, end)
    remaining = total - surplus
    while end - start > 100:
        middle = (start + end) // 2
        before = body.count(character, start, middle)
        if before > remaining:
            end = middle
        else:
            start, remaining = middle, remaining - before
    return start


def limit_attributes(root: etree._Element) -> None:
    """Remove all attributes of elements that have too many."""
    for element in _OVER_ATTRIBUTE_LIMIT(root):
        element.attrib.clear()


def limit_entry(entry: etree._Element) -> None:
    """Remove the children of an entry element beyond the limit."""
    if len(entry) > MAX_ENTRY_CHILDREN:
        del entry[MAX_ENTRY_CHILDREN:]


def limit_channel(root: etree._Element, channel: etree._Element) -> None:
    """Remove the children of a channel beyond the limit, except entries."""
    if len(channel) > _MAX_CHANNEL_CHILDREN:
        entries = set(entry_elements(root))
        for child in list(islice((child for child in channel if child not in entries), _MAX_CHANNEL_CHILDREN, None)):
            clear_element(child)
            channel.remove(child)
