"""Plain texts in XML feeds, so that nobody takes them for markup: readers interpret it, strip it or show it.

Atom says of a text whether it is HTML (RFC 4287 3.1.1). RSS does not; there "<" and "&" that would be read as a tag or
a reference stand in their full-width forms, and the others as hexadecimal references (RSS Best Practices Profile,
Character Data).
"""

from __future__ import annotations

import re

from feeds.model import Entry
from feeds.text import html_to_text

_LOOKALIKE_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|<!|<\?|&(?=#?[A-Za-z0-9]+;)")
_FULL_WIDTH = str.maketrans("<>&", "＜＞＆")
_MAX_DERIVED_TITLE = 60  # characters of a title that is made from a text

_ITEM = b"<item>"
_TEXTS = rb"title|category|source|copyright|generator|dc:\w+|georss:\w+"  # addresses are none: not all decode those
_PLAIN = re.compile(rb"<(?:%s)(?: [^<>]*)?>[^<>]*&[^<>]*</" % _TEXTS)
_PLAIN_AT_TOP = re.compile(rb"<(?:%s|description)>[^<>]*&[^<>]*</" % _TEXTS)
_TEXT = re.compile(rb">[^<>]*</")
_REFERENCES = ((b"&amp;", b"&#x26;"), (b"&lt;", b"&#x3C;"), (b"&gt;", b"&#x3E;"))


def looks_like_markup(text: str) -> bool:
    """Would somebody who looks for HTML find any in this plain text?"""
    return _LOOKALIKE_MARKUP.search(text) is not None


def escape_lookalike_markup(text: str) -> str:
    """The text with what seems to be markup in full-width forms: "<b>" is "＜b＞"."""
    return _LOOKALIKE_MARKUP.sub(lambda match: match[0].translate(_FULL_WIDTH), text)


def title_or_excerpt(entry: Entry) -> str:
    """A title that is never blank: the entry's own, else how its text begins, else its address or id."""
    if entry.title:
        return entry.title
    text = html_to_text(entry.summary or entry.content or "")
    short = text if len(text) <= _MAX_DERIVED_TITLE else text[:_MAX_DERIVED_TITLE].rstrip() + "…"
    return short or entry.link or entry.id or ""


def with_numeric_references(document: bytes) -> bytes:
    """An RSS document with hexadecimal references in its plain texts."""
    top, item, items = document.partition(_ITEM)
    return _PLAIN_AT_TOP.sub(_escape_texts, top) + item + _PLAIN.sub(_escape_texts, items)


def _escape_texts(match: re.Match[bytes]) -> bytes:
    return _TEXT.sub(_replace_references, match[0])


def _replace_references(match: re.Match[bytes]) -> bytes:
    text = match[0]
    for name, number in _REFERENCES:
        text = text.replace(name, number)
    return text
