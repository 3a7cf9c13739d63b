"""Stored feed documents and their invalidation."""

from __future__ import annotations

from dataclasses import replace

from aggregator.model import RenderedDocument
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW

FEED = RenderedDocument(
    "/feeds/society.atom", "society", "application/atom+xml", b"<feed/>", "tag", NOW, b"gz", b"br", b"zstd"
)


def mark(store: Store, *listings: str) -> None:
    with store.write_transaction() as writer:
        writer.mark_stale(listings)


def test_a_document_is_read_back_unchanged(store: Store) -> None:
    bare = RenderedDocument("/opml", "all", "text/x-opml", b"\x00\xff", "other", NOW)
    store.put_documents([FEED, bare], NOW)
    assert store.get_document(FEED.path) == FEED
    assert store.get_document("/opml") == bare
    assert store.document_etag(FEED.path) == "tag"
    assert (store.get_document("/none"), store.document_etag("/none")) == (None, None)
    assert list(store.document_paths()) == ["/feeds/society.atom", "/opml"]
    store.delete_documents(["/opml"])
    assert list(store.document_paths()) == ["/feeds/society.atom"]


def test_a_change_of_its_listing_makes_a_document_stale(store: Store) -> None:
    store.put_documents(
        [FEED, replace(FEED, path="/feeds/society.rss"), replace(FEED, path="/x", listing_key="x")], NOW
    )
    assert store.stale_paths(9) == []
    mark(store, "society", "never rendered")
    assert store.stale_paths(9) == ["/feeds/society.atom", "/feeds/society.rss"]
    assert store.stale_paths(1) == ["/feeds/society.atom"]
    store.put_documents([replace(FEED, etag="new", gzip=None)], NOW + HOUR)
    assert store.stale_paths(9) == ["/feeds/society.rss"]
    kept = store.get_document(FEED.path)
    assert kept is not None
    assert (kept.etag, kept.gzip) == ("new", None)


def test_a_change_during_rendering_keeps_it_stale(store: Store) -> None:
    seen = store.generation()
    mark(store, "society")  # after the items were read, before the first rendering is stored
    store.put_documents([FEED], NOW, generation_seen=seen)
    assert store.stale_paths(9) == [FEED.path]
    store.put_documents([FEED], NOW, generation_seen=store.generation())
    assert store.stale_paths(9) == []


def test_empty_arguments_change_nothing(store: Store) -> None:
    mark(store)
    store.put_documents([], NOW)
    assert store.generation() == 0


def test_unchanged_bytes_keep_last_modified(store: Store) -> None:
    store.put_documents([FEED], NOW)
    store.put_documents([replace(FEED, modified=NOW + HOUR)], NOW + HOUR)
    assert store.get_document(FEED.path) == FEED
    store.put_documents([replace(FEED, etag="new", modified=NOW + HOUR)], NOW + HOUR)
    kept = store.get_document(FEED.path)
    assert kept is not None
    assert kept.modified == NOW + HOUR
