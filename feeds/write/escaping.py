"""Escape plain text in XML feeds that readers would interpret, strip or display as markup.

Atom declares whether a text is HTML (RFC 4287 3.1.1). RSS does not: there "<" and "&" that would be parsed as a tag or
reference are replaced by their full-width forms, and the others by hexadecimal references (RSS Best Practices Profile,
Character Data).
"""

from __future__ import annotations

import re

from feeds.model import Entry
from feeds.text import html_to_text

_LOOKALIKE_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|<!|<\?|&(?=#?[A-Za-z0-9]+;)")
_FULL_WIDTH = str.maketrans("<>&", "＜＞＆")
_LOST_CHARACTERS = re.compile("[\ufffd\ufdd0-\ufdef]")
_MAX_DERIVED_TITLE = 60  # characters of a title derived from the text

_ITEM = b"<item>"
_TEXTS = rb"title|category|source|copyright|generator|dc:\w+|georss:\w+"  # no URLs: not all readers decode those
_PLAIN = re.compile(rb"<(?:%s)(?: [^<>]*)?>[^<>]*&[^<>]*</" % _TEXTS)
_PLAIN_AT_TOP = re.compile(rb"<(?:%s|description)>[^<>]*&[^<>]*</" % _TEXTS)
_TEXT = re.compile(rb">[^<>]*</")
_REFERENCES = ((b"&amp;", b"&#x26;"), (b"&lt;", b"&#x3C;"), (b"&gt;", b"&#x3E;"))


def looks_like_markup(text: str) -> bool:
    """Return whether a plain text contains something that a parser would take for HTML."""
    return _LOOKALIKE_MARKUP.search(text) is not None


def escape_lookalike_markup(text: str) -> str:
    """Return the text with apparent markup in full-width forms: "<b>" becomes "＜b＞"."""
    return _LOOKALIKE_MARKUP.sub(lambda match: match[0].translate(_FULL_WIDTH), text)


def plain_text(markup: str) -> str:
    """Return the text of HTML; "□" for lost characters, which references such as ``&#0;`` may name."""
    return _LOST_CHARACTERS.sub("□", html_to_text(markup))


def title_or_excerpt(entry: Entry) -> str:
    """Return the entry's title, else the start of its text, else its URL or id."""
    if entry.title:
        return entry.title
    text = plain_text(entry.summary or entry.content or "")
    short = text if len(text) <= _MAX_DERIVED_TITLE else text[:_MAX_DERIVED_TITLE].rstrip() + "…"
    return short or entry.link or entry.id or ""


def with_numeric_references(document: bytes) -> bytes:
    """Return an RSS document with hexadecimal references in its plain texts."""
    channel, item, items = document.partition(_ITEM)
    return _PLAIN_AT_TOP.sub(_escape_texts, channel) + item + _PLAIN.sub(_escape_texts, items)


def _escape_texts(match: re.Match[bytes]) -> bytes:
    return _TEXT.sub(_replace_references, match[0])


def _replace_references(match: re.Match[bytes]) -> bytes:
    text = match[0]
    for name, number in _REFERENCES:
        text = text.replace(name, number)
    return text
