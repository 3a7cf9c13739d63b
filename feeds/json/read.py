"""Read JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), also damaged documents."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from feeds.context import ReadContext, ReadDate
from feeds.encoding.decode import remove_control_characters
from feeds.entries import merge_enclosures, without_picture
from feeds.json.extension import EXTENSION_KEY, extend_entry, extend_feed
from feeds.links import is_web_url, resolve_html_urls, resolve_url
from feeds.model import Category, Enclosure, Entry, Feed, Hints, Link, NotAFeed, Person, Picture
from feeds.phrase import Phrase
from feeds.pictures import enclosed_picture, picture_of
from feeds.text import collapse, html_from_text, html_to_text
from feeds.xml.elements import normalize_language
from feeds.xml.entry import parse_int
from feeds.xml.limits import MAX_ENTRIES, MAX_ENTRIES_SCANNED, MAX_ENTRY_CHILDREN

_MAX_DEPTH = 200
_MAX_OBJECTS = 100_000
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_ITEMS = re.compile(r"\"items\"\s*+:\s*+\[")
_NEXT = re.compile(r"\}\s*+,\s*+(?=\{)")
_BLANK = re.compile(r"[\s,]*+")
_MAX_PASSES = 3  # limit of the characters scanned, as a multiple of the document's length

JsonObject = Mapping[str, Any]


def read_json(text: str, context: ReadContext) -> Feed | NotAFeed:
    """Return the Feed in a decoded JSON document, or a NotAFeed; members of the wrong type are ignored."""
    document, lost = _load(text)
    if document is None:
        return NotAFeed(Phrase("invalid JSON"))
    if not isinstance(document, dict):
        return NotAFeed(Phrase("JSON, but not a JSON Feed: its top-level value is not an object"))
    version, items = _string(document, "version").lower(), document.get("items")
    if "jsonfeed.org/version/" not in version and not (isinstance(items, list) and "title" in document):
        return NotAFeed(Phrase("JSON, but not a JSON Feed: it has no version of jsonfeed.org"))
    if isinstance(items, dict) or items is None:
        items = [items] if items else []
    if not isinstance(items, list):
        return NotAFeed(Phrase("a JSON Feed whose items are not a list"))
    feed_language = normalize_language(_string(document, "language"))
    base = context.base or _string(document, "feed_url") or _string(document, "home_page_url") or None
    read_date = context.with_language(feed_language).read_date
    authors = _authors(document)
    entries: list[Entry] = []
    skipped = lost
    for item in items[:MAX_ENTRIES_SCANNED]:
        entry = (
            _entry(item, base, authors, read_date) if isinstance(item, dict) and len(entries) < MAX_ENTRIES else None
        )
        if entry is None:
            skipped += 1
        else:
            entries.append(entry)
    feed = Feed(
        id=_string(document, "feed_url") or None,
        title=collapse(_string(document, "title")),
        link=resolve_url(base, _string(document, "home_page_url")) or None,
        description=_string(document, "description") or None,
        language=feed_language,
        authors=authors,
        icon=resolve_url(base, _string(document, "icon") or _string(document, "favicon")) or None,
        links=_feed_links(document, base),
        hints=Hints(finished=document.get("expired") is True),
        entries=tuple(entries),
        format="json10" if version.rstrip("/").endswith(("/1", "/1.0")) else "json11",
        skipped=skipped,
    )
    return extend_feed(feed, document.get(EXTENSION_KEY))


def _load(text: str) -> tuple[Any, int]:
    """Return the document and the number of items lost to damage; (None, 0) if it is no JSON or nested too deeply.

    Trailing commas are accepted.
    """
    if text.count("{") > _MAX_OBJECTS:  # too large for memory as one tree: decode item by item
        return _repair(text) or (None, 0)
    for commas in (False, True):
        try:
            text = _TRAILING_COMMA.sub(r"\1", text) if commas else text
            return json.loads(text, strict=False, parse_int=_integer), 0
        except (ValueError, RecursionError):
            continue
    return _repair(text) or (None, 0)


def _repair(text: str) -> tuple[dict[str, Any], int] | None:
    """Return a damaged document with every item that can be decoded, and the number of items lost.

    Returns None if there is no "items" array.
    """
    begin = _ITEMS.search(text)
    if begin is None or not text.lstrip().startswith("{"):
        return None
    items, lost = _decode_items(text, begin.end())
    head = text[: begin.start()].rstrip().rstrip(",")
    try:
        document = json.loads(f"{head}}}", strict=False)
    except (ValueError, RecursionError):
        document = {}
    return {**document, "items": items}, lost


def _decode_items(text: str, position: int) -> tuple[list[Any], int]:
    decoder = json.JSONDecoder(strict=False, parse_int=_integer)
    items: list[Any] = []
    skipped, scanned = 0, 0
    while scanned < _MAX_PASSES * len(text):
        separator = _BLANK.match(text, position)
        position = separator.end() if separator else position
        if not text.startswith("{", position):
            break
        if len(items) >= MAX_ENTRIES_SCANNED:
            return items, skipped + 1
        try:
            item, end = decoder.raw_decode(text, position)
            items.append(item)
        except (ValueError, RecursionError) as error:
            skipped += 1
            scanned += getattr(error, "pos", len(text)) - position
            next_item = _NEXT.search(text, position)
            if next_item is None:
                break
            end = next_item.end()
        position = end
    return items, skipped


def _integer(digits: str) -> int | str:
    """Return an integer, or its digits if there are 40 or more.

    An id may be a number with more digits than Python converts.
    """
    return int(digits) if len(digits) < 40 else digits


def _string(members: JsonObject, name: str) -> str:
    return scalar_text(members.get(name))


def scalar_text(value: Any) -> str:
    """Return a string or number as text; "" for any other type."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return str(value)
    return remove_control_characters(value).strip() if isinstance(value, str) else ""


def _list(members: JsonObject, name: str) -> list[Any]:
    """Return a list; a single value becomes a list of one."""
    value = members.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def _authors(members: JsonObject) -> tuple[Person, ...]:
    """Return the "authors" of version 1.1, else the "author" of 1.0; a plain string is a name."""
    for name in ("authors", "author"):
        values = _list(members, name)
        people = [_person(value if isinstance(value, dict) else {"name": value}) for value in values]
        if any(people):
            return tuple(dict.fromkeys(person for person in people if person))
    return ()


def _person(members: JsonObject) -> Person | None:
    name, url = html_to_text(_string(members, "name")), _string(members, "url")
    email = url.removeprefix("mailto:") if url.startswith("mailto:") else None
    if not name and not url:
        return None
    return Person(name or email or url, email, None if email else url or None)


def _entry(item: JsonObject, base: str | None, authors: tuple[Person, ...], read_date: ReadDate) -> Entry | None:
    item_id, url = _string(item, "id"), _string(item, "url")
    content, text = _string(item, "content_html"), _string(item, "content_text")
    title = collapse(_string(item, "title"))
    if not (item_id or url or content or text or title):
        return None
    language = normalize_language(_string(item, "language"))
    summary = _string(item, "summary")
    enclosures = _enclosures(item, base)
    picture = _picture(item, base) or enclosed_picture(enclosures)
    link, external = resolve_url(base, url), resolve_url(base, _string(item, "external_url"))
    entry = Entry(
        id=collapse(item_id) or None,
        title=title,
        link=link or external or (item_id if is_web_url(item_id) else None),
        published=read_date(_string(item, "date_published"), language),
        updated=read_date(_string(item, "date_modified"), language),
        authors=_authors(item) or authors,
        summary=html_from_text(summary) or None,
        content=resolve_html_urls(content, base or None) or html_from_text(text) or None,
        categories=_categories(item),
        enclosures=enclosures,
        picture=picture,
        links=without_picture(_entry_links(item, base, external if link else ""), picture),
        language=language,
    )
    return extend_entry(entry, item.get(EXTENSION_KEY))


def _categories(item: JsonObject) -> tuple[Category, ...]:
    words = [html_to_text(scalar_text(tag)) for tag in _list(item, "tags")]
    return tuple(dict.fromkeys(Category(word) for word in words if word))


def _enclosures(item: JsonObject, base: str | None) -> tuple[Enclosure, ...]:
    return merge_enclosures(
        Enclosure(
            url,
            _string(attachment, "mime_type") or None,
            parse_int(attachment.get("size_in_bytes")) or None,
            html_to_text(_string(attachment, "title")) or None,
        )
        for value in _list(item, "attachments")[:MAX_ENTRY_CHILDREN]
        if (attachment := value if isinstance(value, dict) else {"url": value})
        if (url := resolve_url(base, _string(attachment, "url")))
    )


def _picture(item: JsonObject, base: str | None) -> Picture | None:
    addresses = (resolve_url(base, _string(item, name)) for name in ("image", "banner_image"))
    return next((picture for address in addresses if (picture := picture_of(address))), None)


def _entry_links(item: JsonObject, base: str | None, external: str) -> tuple[Link, ...]:
    """Return the related and preview links of an item.

    The page that a link blog points to is "related", images are "preview" (RFC 6903 3).
    """
    images = [resolve_url(base, _string(item, name)) for name in ("image", "banner_image")]
    links = [Link(external, "related"), *(Link(image, "preview") for image in images)]
    return tuple(dict.fromkeys(link for link in links if link.href))


def _feed_links(members: JsonObject, base: str | None) -> tuple[Link, ...]:
    links = [("self", _string(members, "feed_url")), ("next", _string(members, "next_url"))]
    links += [("hub", _string(hub, "url")) for hub in _list(members, "hubs") if isinstance(hub, dict)]
    return tuple(Link(resolve_url(base, href), rel) for rel, href in links if href)
