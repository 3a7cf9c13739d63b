"""What pages and JSON lists have in common once their items are found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from feeds.model import Enclosure, Entry


def merged(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Each article once, in order: lists repeat some as headlines or pictures, now with and now without a date."""
    by_link: dict[str | None, Entry] = {}
    for entry in entries:
        first = by_link.get(entry.link)
        by_link[entry.link] = _filled(first, entry) if first else entry
    return tuple(by_link.values())


def picture(url: str) -> Enclosure:
    """An image as a file of its article; its type where the address gives it away."""
    ending = re.search(r"\.(jpe?g|png|gif|webp|avif)(?:$|[?#!@])", url, re.I)
    return Enclosure(url, f"image/{ending[1].lower().replace('jpg', 'jpeg')}" if ending else None)


def _filled(first: Entry, again: Entry) -> Entry:
    return replace(
        first,
        published=first.published or again.published,
        summary=first.summary or again.summary,
        authors=first.authors or again.authors,
        categories=first.categories or again.categories,
        enclosures=first.enclosures or again.enclosures,
    )
