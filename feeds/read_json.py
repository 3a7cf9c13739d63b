"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from feeds.dates import parse_date
from feeds.elements import language_of
from feeds.encoding import clean
from feeds.entries import whole_number
from feeds.links import absolute, absolute_html, document_base, is_web
from feeds.model import Category, Enclosure, Entry, Feed, Link, NotAFeed, Person
from feeds.origin import ReadDate
from feeds.text import collapse, html_from_text, plain

MOST_LOOKED_AT = 5_000
MOST_TAKEN = 1_000
_DEEPEST = 200
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")

Object = Mapping[str, Any]


def read_json(
    text: str,
    *,
    url: str | None,
    headers: Mapping[str, str],
    zone: tzinfo | None,
    language: str | None,
    now: datetime | None,
) -> Feed | NotAFeed:
    """Read a decoded JSON document; whatever a member holds of the wrong type counts as absent."""
    document = _loaded(text)
    if document is None:
        return NotAFeed("JSON that no parser reads")
    if not isinstance(document, dict):
        return NotAFeed("JSON, but not a JSON Feed: its outermost value is no object")
    version = _string(document, "version")
    if "jsonfeed.org/version/" not in version and not (isinstance(document.get("items"), list) and "title" in document):
        return NotAFeed("JSON, but not a JSON Feed: no version of jsonfeed.org")
    items = document.get("items")
    if not isinstance(items, list):
        return NotAFeed("a JSON Feed without items")
    feed_tongue = language_of(_string(document, "language"))
    base = document_base(url, headers) or _string(document, "feed_url") or _string(document, "home_page_url") or None

    def read_date(date: str, tongue: str | None) -> datetime | None:
        return parse_date(date, zone=zone, language=tongue or feed_tongue or language, now=now)

    authors = _authors(document)
    entries: list[Entry] = []
    skipped = 0
    for item in items[:MOST_LOOKED_AT]:
        entry = _entry(item, base, authors, read_date) if isinstance(item, dict) and len(entries) < MOST_TAKEN else None
        if entry is None:
            skipped += 1
        else:
            entries.append(entry)
    return Feed(
        id=_string(document, "feed_url") or None,
        title=collapse(_string(document, "title")),
        link=absolute(base, _string(document, "home_page_url")) or None,
        description=_string(document, "description") or None,
        language=feed_tongue,
        authors=authors,
        icon=absolute(base, _string(document, "icon") or _string(document, "favicon")) or None,
        links=_feed_links(document, base),
        entries=tuple(entries),
        format="json10" if version.rstrip("/").endswith("/1") else "json11",
        skipped=skipped,
    )


def _loaded(text: str) -> Any:
    """The document, also with trailing commas; None for what is no JSON or nested absurdly deep."""
    for commas in (False, True):
        try:
            return json.loads(_TRAILING_COMMA.sub(r"\1", text) if commas else text, strict=False, parse_int=_integer)
        except (ValueError, RecursionError):
            continue
    return None


def _integer(digits: str) -> int | str:
    """Numbers of any length: an id may be one, and Python refuses to turn thousands of digits into an int."""
    return int(digits) if len(digits) < 40 else digits


def _string(found: Object, name: str) -> str:
    value = found.get(name)
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return str(value)
    return clean(value).strip() if isinstance(value, str) else ""


def _objects(found: Object, name: str) -> list[Object]:
    value = found.get(name)
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _authors(found: Object) -> tuple[Person, ...]:
    """authors of 1.1, author of 1.0; a bare string is a name."""
    people = [_person(one) for one in _objects(found, "authors") or _objects(found, "author")]
    if not people:
        people = [Person(name) if (name := plain(_string(found, "author"))) else None]
    return tuple(dict.fromkeys(person for person in people if person))


def _person(found: Object) -> Person | None:
    name, url = plain(_string(found, "name")), _string(found, "url")
    email = url.removeprefix("mailto:") if url.startswith("mailto:") else None
    if not name and not url:
        return None
    return Person(name or email or url, email, None if email else url or None)


def _entry(item: Object, base: str | None, authors: tuple[Person, ...], read_date: ReadDate) -> Entry | None:
    identity, url = _string(item, "id"), _string(item, "url")
    content, text = _string(item, "content_html"), _string(item, "content_text")
    title = collapse(_string(item, "title"))
    if not (identity or url or content or text or title):
        return None
    tongue = language_of(_string(item, "language"))
    summary = _string(item, "summary")
    link = absolute(base, url) or (identity if is_web(identity) else "")
    return Entry(
        id=collapse(identity) or link or None,
        title=title,
        link=link or absolute(base, _string(item, "external_url")) or None,
        published=read_date(_string(item, "date_published"), tongue),
        updated=read_date(_string(item, "date_modified"), tongue),
        authors=_authors(item) or authors,
        summary=html_from_text(summary) or None,
        content=absolute_html(content, base or None) or html_from_text(text) or None,
        categories=_categories(item),
        enclosures=_enclosures(item, base),
        links=_entry_links(item, base, link),
        language=tongue,
    )


def _categories(item: Object) -> tuple[Category, ...]:
    tags = item.get("tags")
    words = [plain(clean(tag)) for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return tuple(dict.fromkeys(Category(word) for word in words if word))


def _enclosures(item: Object, base: str | None) -> tuple[Enclosure, ...]:
    found = [
        Enclosure(
            url,
            _string(one, "mime_type") or None,
            whole_number(one.get("size_in_bytes")),
            _string(one, "title") or None,
        )
        for one in _objects(item, "attachments")
        if (url := absolute(base, _string(one, "url")))
    ]
    return tuple({one.url: one for one in reversed(found)}.values())[::-1]


def _entry_links(item: Object, base: str | None, link: str) -> tuple[Link, ...]:
    external = absolute(base, _string(item, "external_url"))
    return (Link(external, "related"),) if external and link and external != link else ()


def _feed_links(found: Object, base: str | None) -> tuple[Link, ...]:
    links = [("self", _string(found, "feed_url")), ("next", _string(found, "next_url"))]
    links += [("hub", _string(hub, "url")) for hub in _objects(found, "hubs")]
    return tuple(Link(absolute(base, href), rel) for rel, href in links if href)
