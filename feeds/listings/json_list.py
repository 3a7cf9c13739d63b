"""Read a JSON document that lists articles but is no feed; dotted paths locate the values."""

from __future__ import annotations

import json
import re
from typing import Any

from feeds.context import ReadContext
from feeds.entries import image_enclosure, merge_entries
from feeds.json.read import scalar_text
from feeds.links import is_web_url, resolve_url
from feeds.listings.dates import parse_listing_date
from feeds.model import Category, Entry, Feed, NotAFeed, Person
from feeds.phrase import Phrase
from feeds.pictures import picture_of
from feeds.selectors import InvalidSelectorError, Selectors
from feeds.text import html_from_text, html_to_text, looks_like_html
from feeds.xml.limits import MAX_ENTRIES, MAX_ENTRIES_SCANNED

# JSONP: callback({...}); and var list = [...];
_WRAPPED = re.compile(r"\s*(?:/\*.*?\*/\s*)?(?:[\w$.]+\s*\(|(?:(?:var|let|const)\s+)?[\w$.]+\s*=)\s*(?=[\[{])", re.S)
_PATH = re.compile(r"[^\s.{}\[\]]+(?:\.[^\s.{}\[\]]+)*")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_DOTNET_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_MAX_VALUES = 10


def check_path(path: str, *, is_list: bool = False) -> None:
    """Raise InvalidSelectorError unless the text is a dotted path or a text with paths in braces.

    With ``is_list`` only a dotted path or "." is allowed.
    """
    if is_list and path == ".":
        return
    for part in [path] if is_list or "{" not in path else _PLACEHOLDER.findall(path):
        if not _PATH.fullmatch(part):
            quoted = f'"{part}"' if part else "{}"
            raise InvalidSelectorError(
                Phrase('{quoted} is no path; write names separated by dots, such as "data.list"', quoted=quoted)
            )
    if not is_list and re.search(r"[{}]", _PLACEHOLDER.sub("", path)):
        raise InvalidSelectorError(
            Phrase('a brace is left open; enclose paths in braces, such as "https://a.example/{id}.html"')
        )


def read_json_list(text: str, select: Selectors, context: ReadContext) -> Feed | NotAFeed:
    """Return the articles of a decoded JSON document as a Feed, or a NotAFeed."""
    document = _load(text)
    if document is None:
        return NotAFeed(Phrase("no JSON: the URL may now lead to a page, or the structure has changed"))
    values = document if select.item == "." else _value_at(document, select.item)
    if isinstance(values, dict):
        values = list(values.values())
    if not isinstance(values, list):
        return NotAFeed(
            Phrase('there is no list at "{item}" in this JSON: has its structure changed?', item=select.item)
        )
    base = context.base
    items = [item for item in values[:MAX_ENTRIES_SCANNED] if isinstance(item, dict | list)]
    entries = [entry for item in items if (entry := _entry(item, select, base, context))]
    if items and not entries:
        return NotAFeed(
            Phrase(
                'no item at "{item}" has both "{title}" and "{link}": has its structure changed?',
                item=select.item,
                title=select.title,
                link=select.link,
            )
        )
    return Feed(
        link=context.url,
        entries=merge_entries(entries)[:MAX_ENTRIES],
        format="json-list",
        skipped=len(values) - len(entries),
    )


def _load(text: str) -> Any:
    if wrapped := _WRAPPED.match(text):
        text = text[wrapped.end() :]
    try:
        return json.JSONDecoder(strict=False).raw_decode(text.lstrip())[0]
    except (ValueError, RecursionError):
        return None


def _value_at(value: Any, path: str) -> Any:
    """Return the value at a dotted path, or None; a number is an index into a list, from 0."""
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and len(part) < 6:
            value = value[int(part)] if int(part) < len(value) else None
        else:
            return None
    return value


def _values(item: Any, path: str) -> list[str]:
    """Return the texts at a path, or the text with the paths in its braces replaced."""
    if "{" in path:
        parts = {name: scalar_text(_value_at(item, name)) for name in _PLACEHOLDER.findall(path)}
        return [_PLACEHOLDER.sub(lambda match: parts[match[1]], path)] if all(parts.values()) else []
    value_at_path = _value_at(item, path) if path else None
    values = value_at_path if isinstance(value_at_path, list) else [value_at_path]
    texts = [scalar_text(value) for value in values[:_MAX_VALUES]]
    return [text for text in texts if text]


def _entry(item: Any, select: Selectors, base: str | None, context: ReadContext) -> Entry | None:
    title = html_to_text(next(iter(_values(item, select.title)), ""))
    link = resolve_url(base, next(iter(_values(item, select.link)), ""))
    if not title or not is_web_url(link):
        return None
    date = _DOTNET_DATE.sub(r"\1", next(iter(_values(item, select.time)), ""))
    summary = next(iter(_values(item, select.summary)), "")
    images = [resolve_url(base, image) for image in _values(item, select.image)]
    return Entry(
        title=title,
        link=link,
        published=parse_listing_date(date, zone=context.zone, language=context.language, now=context.now),
        authors=tuple(Person(name) for value in _values(item, select.author) if (name := html_to_text(value))),
        summary=(summary if looks_like_html(summary) else html_from_text(summary)) or None,
        categories=tuple(Category(term) for value in _values(item, select.category) if (term := html_to_text(value))),
        picture=next((picture for image in images if (picture := picture_of(image))), None),
        enclosures=tuple(image_enclosure(image) for image in images if is_web_url(image)),
    )
