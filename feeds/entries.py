"""Helpers for the entries and enclosures that the readers of several formats build."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from feeds.model import Enclosure, Entry, Link, Picture


def merge_entries(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return each article once, in order, with missing fields filled from its later mentions.

    Lists mention an article several times (as headline, as picture), with and without a date.
    """
    by_link: dict[str | None, Entry] = {}
    for entry in entries:
        first = by_link.get(entry.link)
        by_link[entry.link] = _fill_gaps(first, entry) if first else entry
    return tuple(by_link.values())


def image_enclosure(url: str) -> Enclosure:
    """Return an enclosure for an image; its media type follows from the file extension, if any."""
    ending = re.search(r"\.(jpe?g|png|gif|webp|avif)(?:$|[?#!@])", url, re.I)
    return Enclosure(url, f"image/{ending[1].lower().replace('jpg', 'jpeg')}" if ending else None)


def merge_enclosures(files: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
    """Return one enclosure per URL; later mentions only fill fields that the first leaves out."""
    by_url: dict[str, Enclosure] = {}
    for file in files:
        known = by_url.setdefault(file.url, file)
        if known is not file:
            by_url[file.url] = Enclosure(
                file.url, known.type or file.type, known.length or file.length, known.title or file.title
            )
    return tuple(by_url.values())


def without_picture(links: Iterable[Link], picture: Picture | None) -> tuple[Link, ...]:
    """Return links without the preview (RFC 6903 3) that is the picture of the entry."""
    return tuple(link for link in links if picture is None or (link.rel, link.href) != ("preview", picture.url))


def _fill_gaps(first: Entry, other: Entry) -> Entry:
    return replace(
        first,
        published=first.published or other.published,
        summary=first.summary or other.summary,
        authors=first.authors or other.authors,
        categories=first.categories or other.categories,
        enclosures=first.enclosures or other.enclosures,
        picture=first.picture or other.picture,
    )
