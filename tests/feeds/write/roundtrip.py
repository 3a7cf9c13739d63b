"""Helpers that read written documents again and compare them with the original value."""

from __future__ import annotations

from dataclasses import fields

from feeds.model import Entry, Feed
from feeds.read import read_feed


def assert_same_feed(actual: Feed, expected: Feed, *, but: tuple[str, ...] = ()) -> None:
    """Assert that two feeds are equal, field by field for a readable and fast comparison.

    ``but`` names the fields of entries to ignore.
    """
    for part in fields(Feed):
        if part.name == "entries":
            for actual_entry, expected_entry in zip(actual.entries, expected.entries, strict=True):
                assert_same_entry(actual_entry, expected_entry, but=but)
        elif part.name not in ("format", "encoding"):
            assert getattr(actual, part.name) == getattr(expected, part.name), part.name


def assert_same_entry(actual: Entry, expected: Entry, *, but: tuple[str, ...] = ()) -> None:
    """Assert that two entries are equal except in the fields ``but``."""
    for part in fields(Entry):
        if part.name not in but:
            assert getattr(actual, part.name) == getattr(expected, part.name), part.name


def read_back(document: bytes) -> Feed:
    """Return the Feed in a document that one of the writers made."""
    feed = read_feed(document)
    assert isinstance(feed, Feed), feed
    assert feed.skipped == 0
    return feed
