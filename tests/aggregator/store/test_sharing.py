"""Source quota in feeds, hot lists and the front page."""

from __future__ import annotations

from aggregator.model import Listing
from aggregator.store import Store
from tests.aggregator.store.factories import NOW, draft, outlets, publish


def store_flood(store: Store) -> dict[int, str]:
    """Store forty items of one outlet, the newest, and three each of two others; return item -> outlet."""
    outlets(store, "loud", "b", "c")
    found: dict[int, str] = {}
    for slug, number, later in (("b", 3, 300), ("c", 3, 310), ("loud", 40, 0)):
        drafts = [draft(f"{slug}{n}", minutes=n + later, category="society") for n in range(number)]
        found |= dict.fromkeys(publish(store, slug, *drafts), slug)
    return found


def test_one_source_leaves_room_in_the_feed(store: Store) -> None:
    slugs = store_flood(store)
    shown = store.items_with_quota(Listing(category="society"), 10, 0.3)
    assert [slugs[card.id] for card in shown] == ["loud"] * 4 + ["b"] * 3 + ["c"] * 3  # 3, and one unused place
    assert [card.published for card in shown] == sorted((card.published for card in shown), reverse=True)
    assert store.items_with_quota(Listing(), 10, 0) == store.items(Listing(), 10)
    assert [slugs[card.id] for card in store.newest_by_listing({"x": Listing()}, 5, 0.4)["x"]] == ["loud"] * 2 + [
        "b"
    ] * 2 + ["c"]


def test_one_source_alone_fills_its_feed(store: Store) -> None:
    outlets(store, "a")
    publish(store, "a", *(draft(str(n), minutes=n) for n in range(20)))
    assert store.items_with_quota(Listing(), 12, 0.3) == store.items(Listing(), 12)


def test_one_source_does_not_fill_the_hot_list(store: Store) -> None:
    outlets(store, "loud", "b", "c", "d")
    for n in range(8):
        (story,) = publish(store, "loud", draft(f"l{n}", minutes=n))
        publish(store, "b", draft(f"b{n}", minutes=n), story=story)
    (other,) = publish(store, "c", draft("c", minutes=200))
    publish(store, "d", draft("d", minutes=200), story=other)
    (own,) = publish(store, "c", draft("alone", minutes=1))
    assert [story.lead.source for story in store.hot_stories("24h", NOW, 4)] == ["loud"] * 4
    assert [story.lead.source for story in store.hot_stories("24h", NOW, 4, share=0.5)] == ["loud"] * 2 + ["loud", "c"]
    assert [story.id for story in store.hot_stories("24h", NOW, 20, share=0.3)][-1] == own


def test_related_items_are_one_a_story_after_merge_and_split(store: Store) -> None:
    outlets(store, "a", "b")
    told = "台儿庄运河疏浚工程通航"
    drafts = [draft(name, text=told[: 11 - 2 * at], topics=[1, 2], minutes=at) for at, name in enumerate("xyzw")]
    x, y, z, w = publish(store, "a", *drafts)
    assert [card.id for card in store.related_items(x, 9)] == [y, z, w]
    store.merge([y, z], NOW)
    assert [card.id for card in store.related_items(x, 2)] == [y, w]
    store.split(z, NOW)
    assert [card.id for card in store.related_items(x, 9)] == [y, z, w]
    store.merge([x, w], NOW)
    store.remove([y], NOW)
    assert [card.id for card in store.related_items(x, 9)] == [z]
