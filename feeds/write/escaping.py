"""Plain texts in XML feeds, so that nobody takes them for markup: readers interpret it, strip it or show it.

Atom says of a text whether it is HTML (RFC 4287 3.1.1). RSS does not; there "<" and "&" that would be read as a tag or
a reference stand in their full-width forms, and the others as hexadecimal references (RSS Best Practices Profile,
Character Data).
"""

from __future__ import annotations

import re

from feeds.model import Entry
from feeds.text import plain

_SEEMING = re.compile(r"</?[A-Za-z][^<>]*>|<!|<\?|&(?=#?[A-Za-z0-9]+;)")
_FULL_WIDTH = str.maketrans("<>&", "＜＞＆")
_LONGEST = 60  # characters of a title that is made from a text

_ITEM = b"<item>"
_TEXTS = rb"title|category|source|copyright|generator|dc:\w+|georss:\w+"  # addresses are none: not all decode those
_PLAIN = re.compile(rb"<(?:%s)(?: [^<>]*)?>[^<>]*&[^<>]*</" % _TEXTS)
_PLAIN_AT_TOP = re.compile(rb"<(?:%s|description)>[^<>]*&[^<>]*</" % _TEXTS)
_TEXT = re.compile(rb">[^<>]*</")
_REFERENCES = ((b"&amp;", b"&#x26;"), (b"&lt;", b"&#x3C;"), (b"&gt;", b"&#x3E;"))


def seems_markup(text: str) -> bool:
    """Would somebody who looks for HTML find any in this plain text?"""
    return _SEEMING.search(text) is not None


def harmless(text: str) -> str:
    """The text with what seems to be markup in full-width forms: "<b>" is "＜b＞"."""
    return _SEEMING.sub(lambda match: match[0].translate(_FULL_WIDTH), text)


def headline(entry: Entry) -> str:
    """A title that is never blank: the entry's own, else how its text begins, else its address or id."""
    if entry.title:
        return entry.title
    text = plain(entry.summary or entry.content or "")
    short = text if len(text) <= _LONGEST else text[:_LONGEST].rstrip() + "…"
    return short or entry.link or entry.id or ""


def with_plain_references(document: bytes) -> bytes:
    """An RSS document with hexadecimal references in its plain texts."""
    top, item, items = document.partition(_ITEM)
    return _PLAIN_AT_TOP.sub(_hexadecimal, top) + item + _PLAIN.sub(_hexadecimal, items)


def _hexadecimal(match: re.Match[bytes]) -> bytes:
    return _TEXT.sub(_replaced, match[0])


def _replaced(match: re.Match[bytes]) -> bytes:
    text = match[0]
    for name, number in _REFERENCES:
        text = text.replace(name, number)
    return text
