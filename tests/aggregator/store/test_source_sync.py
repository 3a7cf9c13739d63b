"""Sources that are renamed, moved, removed and brought back keep what they gathered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aggregator.model import Listing, RenderedDocument, Source, Validators
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, publish, source, visit

LEASE = timedelta(minutes=5)


def sync(store: Store, *wanted: Source) -> dict[str, int]:
    return store.sync_sources(wanted, NOW, HOUR)


def test_another_slug_for_the_same_address_is_a_new_name(store: Store) -> None:
    first = outlets(store, "a", "b")
    publish(store, "a", draft("1"))
    ids = sync(store, replace(source("a"), slug="c"), source("b"))
    assert ids == {"c": first["a"], "b": first["b"]}
    assert len(store.items(Listing(source="c", leads_only=False), 10)) == 1
    assert store.current_slug("a") == "c"
    assert store.current_slug("c") is None
    assert store.current_slug("nothing") is None


def test_a_name_given_back_leads_nowhere(store: Store) -> None:
    number = outlets(store, "a")["a"]
    sync(store, replace(source("a"), slug="c"))
    assert sync(store, source("a")) == {"a": number}
    assert store.current_slug("a") is None
    assert store.current_slug("c") == "a"


def test_names_that_go_round_follow_their_addresses(store: Store) -> None:
    numbers = outlets(store, "a", "b")
    a, b = numbers["a"], numbers["b"]
    ids = sync(store, replace(source("a"), slug="b"), replace(source("b"), slug="a"))
    assert ids == {"b": a, "a": b}
    assert sync(store, replace(source("a"), slug="x"), replace(source("b"), slug="b")) == {"x": a, "b": b}


def test_a_former_name_brings_the_history_though_all_has_changed(store: Store) -> None:
    number = outlets(store, "a")["a"]
    assert sync(store, Source(0, "z", "http://z.example/", "", former_slugs=("a",))) == {"z": number}
    assert store.current_slug("a") == "z"


def test_an_address_that_moves_takes_along_the_slug_made_from_it(store: Store) -> None:
    old = Source(0, "a-example-rss", "http://a.example/rss.xml", "甲报")
    new = Source(0, "b-example-rss", "https://b.example/rss.xml", "甲报")
    ids = sync(store, old)
    assert list(sync(store, new).values()) == list(ids.values())
    written = Source(0, "other", "https://c.example/", "甲报")
    assert sync(store, written)["other"] not in ids.values()


def test_both_changed_is_a_new_source(store: Store) -> None:
    number = outlets(store, "a")["a"]
    assert sync(store, source("z"))["z"] != number


def test_a_source_that_comes_back_takes_up_its_history(store: Store) -> None:
    first = outlets(store, "a", "b")
    publish(store, "a", draft("1"))
    sync(store, source("b"))
    assert [found.slug for found in store.sources()] == ["b"]
    assert store.items(Listing(source="a", leads_only=False), 10)
    assert sync(store, source("a"), source("b")) == {"a": first["a"], "b": first["b"]}


def test_a_visit_that_began_before_the_move_leaves_nothing_for_the_new_address(store: Store) -> None:
    outlets(store, "a")
    (poll,) = store.claim_polls(NOW, 1, LEASE, "me")
    sync(store, replace(source("a"), url="http://elsewhere.example/"))
    with store.write_transaction() as writer:
        writer.record_poll_result(
            replace(visit(poll, validators=Validators("old")), document_key=poll.source.document_key)
        )
    (again,) = store.claim_polls(NOW, 1, LEASE, "me")
    assert again.url == "http://elsewhere.example/"
    assert again.validators == Validators()


def fresh(store: Store, *listings: str) -> None:
    """Store a fresh document for each listing."""
    documents = [RenderedDocument(f"/feeds/{name}.atom", name, "x", b"x", "e", NOW, b"", b"", b"") for name in listings]
    store.put_documents(documents, NOW)


def test_feeds_that_show_what_changed_of_a_source_become_stale(store: Store) -> None:
    outlets(store, "a", "b")
    (number,) = publish(store, "a", draft("1", category="society"))
    (other,) = publish(store, "b", draft("2", category="sports"))
    fresh(store, "all", "society", "sports", "source/a", "source/b", "hot", f"story/{number}", f"story/{other}")
    sync(store, replace(source("a"), title="新名"), source("b"))
    stale = {path.removeprefix("/feeds/").removesuffix(".atom") for path in store.stale_paths(100)}
    assert stale == {"all", "society", "source/a", "hot", f"story/{number}"}


def test_a_change_that_shows_nowhere_leaves_the_feeds_alone(store: Store) -> None:
    outlets(store, "a")
    fresh(store, "all", "source/a")
    sync(store, replace(source("a"), interval=timedelta(hours=2)))
    assert store.stale_paths(100) == []


def test_another_appearance_makes_everything_stale_once(store: Store) -> None:
    store.apply_render_fingerprint(1)
    fresh(store, "all", "hot")
    assert not store.apply_render_fingerprint(1)
    assert store.stale_paths(100) == []
    assert store.apply_render_fingerprint(2)
    assert len(store.stale_paths(100)) == 2
