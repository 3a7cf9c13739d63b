"""What pages and JSON lists have in common once their items are found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from feeds.model import Enclosure, Entry


def merge_entries(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Each article once, in order: lists repeat some as headlines or pictures, now with and now without a date."""
    by_link: dict[str | None, Entry] = {}
    for entry in entries:
        first = by_link.get(entry.link)
        by_link[entry.link] = _fill_gaps(first, entry) if first else entry
    return tuple(by_link.values())


def image_enclosure(url: str) -> Enclosure:
    """An image as a file of its article; its type where the address gives it away."""
    ending = re.search(r"\.(jpe?g|png|gif|webp|avif)(?:$|[?#!@])", url, re.I)
    return Enclosure(url, f"image/{ending[1].lower().replace('jpg', 'jpeg')}" if ending else None)


def merge_enclosures(files: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
    """One file for each address; what the first mention leaves unsaid later ones may say."""
    by_url: dict[str, Enclosure] = {}
    for one in files:
        known = by_url.setdefault(one.url, one)
        if known is not one:
            by_url[one.url] = Enclosure(
                one.url, known.type or one.type, known.length or one.length, known.title or one.title
            )
    return tuple(by_url.values())


def _fill_gaps(first: Entry, other: Entry) -> Entry:
    return replace(
        first,
        published=first.published or other.published,
        summary=first.summary or other.summary,
        authors=first.authors or other.authors,
        categories=first.categories or other.categories,
        enclosures=first.enclosures or other.enclosures,
    )
