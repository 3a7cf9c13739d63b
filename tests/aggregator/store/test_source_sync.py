"""Sources that are renamed, moved, unlisted and relisted keep their items."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from aggregator.model import Listing, RenderedDocument, Source, Validators
from aggregator.model.slugs import slug_of
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, poll_result, publish, source

LEASE = timedelta(minutes=5)


def sync(store: Store, *configured: Source) -> dict[str, int]:
    return store.sync_sources(configured, NOW, HOUR)


def test_a_new_slug_for_the_same_url_renames_the_source(store: Store) -> None:
    first = outlets(store, "a", "b")
    publish(store, "a", draft("1"))
    ids = sync(store, replace(source("a"), slug="c"), source("b"))
    assert ids == {"c": first["a"], "b": first["b"]}
    assert len(store.items(Listing(source="c", one_per_story=False), 10)) == 1
    assert store.current_slug("a") == "c"
    assert store.current_slug("c") is None
    assert store.current_slug("nothing") is None


def test_another_request_of_a_source_makes_it_due_without_validators(store: Store) -> None:
    """Perhaps it brings another document; perhaps it is no longer refused."""
    outlets(store, "a")
    (poll,) = store.claim_polls(NOW, 1, LEASE, "me")
    result = poll_result(poll, validators=Validators('"1"', "x", "y"), failures=3, next_poll=NOW + 5 * HOUR)
    with store.write_transaction() as writer:
        writer.record_poll_result(result)
    sync(store, replace(source("a"), request="ab12"))
    (poll,) = store.claim_polls(NOW, 1, LEASE, "me")  # it is due
    assert (poll.validators, poll.failures, poll.source.request) == (Validators(), 0, "ab12")


def test_a_restored_slug_is_no_redirect(store: Store) -> None:
    number = outlets(store, "a")["a"]
    sync(store, replace(source("a"), slug="c"))
    assert sync(store, source("a")) == {"a": number}
    assert store.current_slug("a") is None
    assert store.current_slug("c") == "a"


def test_swapped_slugs_follow_their_urls(store: Store) -> None:
    numbers = outlets(store, "a", "b")
    a, b = numbers["a"], numbers["b"]
    ids = sync(store, replace(source("a"), slug="b"), replace(source("b"), slug="a"))
    assert ids == {"b": a, "a": b}
    assert sync(store, replace(source("a"), slug="x"), replace(source("b"), slug="b")) == {"x": a, "b": b}


def test_a_former_slug_keeps_the_history_when_slug_and_url_change(store: Store) -> None:
    number = outlets(store, "a")["a"]
    assert sync(store, Source(0, "z", "http://z.example/", "", former_slugs=("a",))) == {"z": number}
    assert store.current_slug("a") == "z"


def test_an_edited_url_keeps_the_source_if_its_slug_is_derived(store: Store) -> None:
    old = Source(0, "a-example-rss", "http://a.example/rss.xml", "甲报")
    new = Source(0, "b-example-rss", "https://b.example/rss.xml", "甲报")
    ids = sync(store, old)
    assert list(sync(store, new).values()) == list(ids.values())
    written = Source(0, "other", "https://c.example/", "甲报")
    assert sync(store, written)["other"] not in ids.values()


def test_a_new_slug_and_url_is_a_new_source(store: Store) -> None:
    number = outlets(store, "a")["a"]
    assert sync(store, source("z"))["z"] != number


def test_a_relisted_source_keeps_its_history(store: Store) -> None:
    first = outlets(store, "a", "b")
    publish(store, "a", draft("1"))
    sync(store, source("b"))
    assert [found.slug for found in store.sources()] == ["b"]
    assert store.items(Listing(source="a", one_per_story=False), 10)
    assert sync(store, source("a"), source("b")) == {"a": first["a"], "b": first["b"]}


def test_a_poll_claimed_before_a_url_change_does_not_change_the_source(store: Store) -> None:
    outlets(store, "a")
    (poll,) = store.claim_polls(NOW, 1, LEASE, "me")
    sync(store, replace(source("a"), url="http://elsewhere.example/"))
    with store.write_transaction() as writer:
        writer.record_poll_result(
            replace(poll_result(poll, validators=Validators("old")), document_key=poll.source.document_key)
        )
    (again,) = store.claim_polls(NOW, 1, LEASE, "me")
    assert again.url == "http://elsewhere.example/"
    assert again.validators == Validators()


def store_fresh_documents(store: Store, *listings: str) -> None:
    """Store a document that is not stale for each listing."""
    documents = [RenderedDocument(f"/feeds/{name}.atom", name, "x", b"x", "e", NOW, b"", b"", b"") for name in listings]
    store.put_documents(documents, NOW)


def test_feeds_that_show_a_changed_property_become_stale(store: Store) -> None:
    outlets(store, "a", "b")
    (number,) = publish(store, "a", draft("1", category="society"))
    (other,) = publish(store, "b", draft("2", category="sports"))
    store_fresh_documents(
        store, "all", "society", "sports", "source/a", "source/b", "hot", f"story/{number}", f"story/{other}"
    )
    sync(store, replace(source("a"), title="新名"), source("b"))
    stale = {path.removeprefix("/feeds/").removesuffix(".atom") for path in store.stale_paths(100)}
    assert stale == {"all", "society", "source/a", "hot", f"story/{number}"}


def test_an_invisible_change_leaves_feeds_fresh(store: Store) -> None:
    outlets(store, "a")
    store_fresh_documents(store, "all", "source/a")
    sync(store, replace(source("a"), interval=timedelta(hours=2)))
    assert store.stale_paths(100) == []


def test_a_new_render_fingerprint_makes_everything_stale_once(store: Store) -> None:
    store.apply_render_fingerprint(1)
    store_fresh_documents(store, "all", "hot")
    assert not store.apply_render_fingerprint(1)
    assert store.stale_paths(100) == []
    assert store.apply_render_fingerprint(2)
    assert len(store.stale_paths(100)) == 2


def test_syncing_the_differences_alone_gives_the_same_sources(new_sqlite: str, tmp_path: Path) -> None:
    whole, partial = Store.open(new_sqlite), Store.open(f"sqlite:///{tmp_path / 'partial.db'}")
    rng = random.Random(4)
    before: list[Source] = []
    for _ in range(60):
        configured = _any_sources(rng)
        for store, known in ((whole, []), (partial, before)):
            store.sync_sources(configured, NOW, timedelta(0), known)
        assert _identities(whole) == _identities(partial)
        before = configured
    whole.close()
    partial.close()


def _any_sources(rng: random.Random) -> list[Source]:
    """Return up to eight sources of few slugs, URLs and titles, so that many of them move, swap and come back."""
    slugs, urls = rng.sample("abcdefghij", 8), rng.sample(range(12), 8)
    found = []
    for slug, number in zip(slugs[: rng.randint(1, 8)], urls, strict=False):
        url = f"http://h{number}.example/"
        derived = slug_of(url) if rng.random() < 0.4 else slug
        former = ("a",) if rng.random() < 0.1 and slug != "a" else ()
        found.append(Source(0, derived, url, rng.choice("甲乙丙"), former_slugs=former))
    return found


def _identities(store: Store) -> list[tuple[object, ...]]:
    columns = "id, slug, url, title, listed, next_poll"
    with store._read_transaction() as connection:
        rows = connection.execute(text(f"SELECT {columns} FROM sources ORDER BY id")).all()
        former = connection.execute(text("SELECT slug, source_id FROM former_slugs ORDER BY slug")).all()
    return [tuple(row) for row in (*rows, *former)]


def test_an_unchanged_source_is_not_read_for_the_change_of_another(store: Store) -> None:
    first = [source(name) for name in "abc"]
    store.sync_sources(first, NOW, HOUR)
    with store._write_transaction() as connection:
        connection.execute(text("UPDATE sources SET title = 'by hand' WHERE slug = 'b'"))
    second = [replace(first[0], title="neu"), *first[1:]]
    assert list(store.sync_sources(second, NOW, HOUR, first)) == ["a"]
    titles = {each.slug: each.title for each in store.sources()}
    assert titles == {"a": "neu", "b": "by hand", "c": first[2].title}
