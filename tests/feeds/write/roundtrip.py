"""What was written, read again and compared with what was meant."""

from __future__ import annotations

from dataclasses import fields

from feeds.model import Entry, Feed
from feeds.read import read_feed


def same(found: Feed, given_feed: Feed, *, but: tuple[str, ...] = ()) -> None:
    """Compare field by field: the difference of two whole feeds is unreadable, and slow to make. ``but``: what is left
    out of each entry."""
    for part in fields(Feed):
        if part.name == "entries":
            for one, other in zip(found.entries, given_feed.entries, strict=True):
                same_entry(one, other, but=but)
        elif part.name not in ("format", "encoding"):
            assert getattr(found, part.name) == getattr(given_feed, part.name), part.name


def same_entry(found: Entry, given_entry: Entry, *, but: tuple[str, ...] = ()) -> None:
    for part in fields(Entry):
        if part.name not in but:
            assert getattr(found, part.name) == getattr(given_entry, part.name), part.name


def again(document: bytes) -> Feed:
    found = read_feed(document)
    assert isinstance(found, Feed), found
    assert found.skipped == 0
    return found
