"""Stored feed documents and their invalidation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.model import RenderedDocument
from aggregator.store import Store
from aggregator.store.sql import locks
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


MINUTE = timedelta(minutes=1)


@pytest.fixture
def other(database_url: str) -> Iterator[Store]:
    """Yield a second worker's store."""
    store = Store.open(database_url, migrate=False)
    yield store
    store.close()


def test_a_stale_feed_is_claimed_by_one_worker(store: Store, other: Store) -> None:
    rss = replace(FEED, path="/feeds/society.rss")
    store.put_documents([FEED, rss], NOW)
    assert store.claim_stale(NOW, 9, MINUTE, "a") is None
    mark(store, "society")
    mine, theirs = store.claim_stale(NOW, 1, MINUTE, "a"), other.claim_stale(NOW, 9, MINUTE, "b")
    assert mine is not None
    assert theirs is not None
    assert (mine[0], theirs[0]) == ([FEED.path], [rss.path])
    assert store.claim_stale(NOW, 9, MINUTE, "a") is None
    store.put_documents([replace(FEED, etag="new")], NOW, lease=mine[1])
    assert store.stale_paths(9) == [rss.path]


def test_a_claim_ends_with_its_worker_and_with_its_lease(store: Store, other: Store) -> None:
    store.put_documents([FEED], NOW)
    mark(store, "society")
    store.join("a", NOW, lambda owner: False)
    first = store.claim_stale(NOW, 9, MINUTE, "a")
    other.release_gone(NOW, lambda owner: owner == "a")
    second = other.claim_stale(NOW, 9, MINUTE, "b")
    assert first is not None
    assert second is not None
    store.put_documents([replace(FEED, etag="late")], NOW, lease=first[1])  # what was lost is not stored
    assert store.document_etag(FEED.path) == "tag"
    third = store.claim_stale(NOW + MINUTE, 9, MINUTE, "c")
    assert third is not None
    assert third[0] == [FEED.path]


def test_what_a_transaction_left_is_written_by_the_next(store: Store, other: Store) -> None:
    store.put_documents([FEED], NOW)
    seen = store.generation()
    if store._engine.dialect.name == "sqlite":
        mark(store, "society")  # there is one writer, who leaves nothing
    else:
        with other._write_transaction(exclusive=False) as connection:
            locks.lock_shared_rows(connection)
            with store.write_transaction(settling=True) as writer:
                writer.mark_stale(["society"])  # does not wait
        assert (store.stale_paths(9), store.generation()) == ([], seen)
    assert other.claim_stale(NOW, 9, MINUTE, "b") is not None
    assert store.generation() == seen + 1
    assert store.changed_listings(seen) == {"society"}
