"""Write a Feed as a JSON Feed 1.1 document; equal values give equal bytes."""

from __future__ import annotations

import json
from typing import Any

from feeds.json.extension import EXTENSION_KEY, entry_extension, feed_extension
from feeds.model import Enclosure, Entry, Feed, Person
from feeds.write.escaping import plain_text
from feeds.write.feedgen_extension import rfc3339
from feeds.write.normalize import normalize_for_writing

JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"


def write_json(feed: Feed) -> bytes:
    """Return UTF-8 JSON with the entries in their order; each item has the id that it has in Atom."""
    feed = normalize_for_writing(feed)
    document = {
        "version": JSON_FEED_VERSION,
        "title": feed.title or feed.link or feed.id,
        "home_page_url": feed.link,
        "feed_url": feed.first_link("self"),
        "description": feed.description,
        "icon": feed.icon,
        "language": feed.language,
        "authors": _authors(feed.authors),
        "next_url": feed.first_link("next") or feed.first_link("prev-archive"),
        "hubs": [{"type": "WebSub", "url": link.href} for link in feed.links if link.rel == "hub"],
        EXTENSION_KEY: feed_extension(feed),
        "items": [_item(entry) for entry in feed.entries],
    }
    return json.dumps(_drop_empty(document), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _drop_empty(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members without empty values; ``items`` may be empty."""
    return {name: value for name, value in members.items() if name == "items" or value not in (None, "", [], {})}


def _authors(people: tuple[Person, ...]) -> list[dict[str, Any]]:
    authors = []
    for person in people:
        url = person.uri or (f"mailto:{person.email}" if person.email else None)
        authors.append(_drop_empty({"name": person.name, "url": url}))
    return authors


def _item(entry: Entry) -> dict[str, Any]:
    via = next((link.href for link in entry.links if link.rel in ("related", "via")), None)
    html = entry.content
    return _drop_empty(
        {
            "id": entry.id,
            "url": entry.link,
            "external_url": via,
            "title": entry.title,
            "content_html": html,
            "content_text": None if html else plain_text(entry.summary or "") or entry.title or entry.link,
            "summary": plain_text(entry.summary) if entry.summary else None,
            "image": entry.picture.url if entry.picture else None,
            "date_published": rfc3339(entry.published) if entry.published else None,
            "date_modified": rfc3339(entry.updated) if entry.updated else None,
            "authors": _authors(entry.authors),
            "tags": list(dict.fromkeys(category.label or category.term for category in entry.categories)),
            "language": entry.language,
            "attachments": [_attachment(file) for file in entry.enclosures],
            EXTENSION_KEY: entry_extension(entry),
        }
    )


def _attachment(file: Enclosure) -> dict[str, Any]:
    media_type = file.type or "application/octet-stream"
    return _drop_empty({"url": file.url, "mime_type": media_type, "title": file.title, "size_in_bytes": file.length})
