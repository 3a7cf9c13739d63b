"""Corrections hold against later polls."""

from __future__ import annotations

import pytest

from aggregator.messages import decisions
from aggregator.model import CategoryDecision, Listing, LockedFields, Place, Placement, Relation, SearchFilter, Sketch
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, place, publish, uid
from tests.aggregator.store.writing import candidates_of, insert_items, update_items

FURTHER = Relation.FURTHER


def one_story(store: Store) -> list[int]:
    """Return the items of a story of three outlets."""
    outlets(store, "a", "b", "c")
    (a,) = publish(store, "a", draft("a", marks=[1], text="暴雨"))
    (b,) = publish(store, "b", draft("b", marks=[1], text="暴雨"), story=a)
    (c,) = publish(store, "c", draft("c", marks=[1], text="暴雨"), story=a)
    return [a, b, c]


def story_of(store: Store, *numbers: int) -> list[int]:
    return [store.item_cards([number])[number].story_id for number in numbers]


def test_split_moves_an_item_into_its_own_story_permanently(store: Store) -> None:
    a, b, c = one_story(store)
    assert store.split(b, NOW) == b
    place(store, Placement(b, a, FURTHER), Placement(c, a, FURTHER, merged_stories=(b,)))
    assert story_of(store, a, b, c) == [a, b, a]
    item = store.item(b)
    assert item is not None
    assert item.locked & LockedFields.STORY
    assert item.story_why == decisions.STORY_ADMIN()


def test_split_of_the_founder_keeps_the_others_together(store: Store) -> None:
    a, b, c = one_story(store)
    assert store.split(a, NOW) == a
    assert story_of(store, a, b, c) == [a, b, b]
    assert {card.id for card in store.items(Listing(), 9)} == {a, b}


def test_cannot_linked_items_are_no_candidates(store: Store) -> None:
    a, b, c = one_story(store)
    store.split(b, NOW)
    with store.write_transaction() as writer:
        candidates = candidates_of(writer, {b: Sketch((1,)), c: Sketch((1,))}, {b: NOW, c: NOW}, HOUR)
    assert {number: {candidate.id for candidate, *_ in scored} for number, scored in candidates.items()} == {
        b: set(),
        c: {a},
    }


def test_merge_joins_stories_permanently(store: Store) -> None:
    a, b, c = one_story(store)
    store.split(c, NOW)
    (d,) = publish(store, "b", draft("d"))
    assert store.merge([d, c, a], NOW) == a
    place(store, Placement(d, None, FURTHER))
    assert story_of(store, a, b, c, d) == [a, a, a, a]


def test_corrections_of_missing_items_raise(store: Store) -> None:
    with pytest.raises(LookupError):
        store.split(404, NOW)
    with pytest.raises(LookupError):
        store.merge([404, 405], NOW)
    assert store.move([404], NOW, category="tech") == 0
    assert store.remove([404], NOW) == 0


def test_a_move_survives_later_edits(store: Store) -> None:
    ids = outlets(store, "a")
    (number,) = publish(store, "a", draft("x", title="暴雨", category="society", place=Place("370000")))
    assert store.move([number], NOW + HOUR, category="emotion/story", place=Place("110000")) == 1
    with store.write_transaction() as writer:
        update_items(writer, ids["a"], [draft("x", title="大雨", category="tech", place=Place("440000"))], NOW + HOUR)
    item = store.item(number)
    assert item is not None
    assert item.decision == CategoryDecision("emotion/story", 1.0, decisions.CATEGORY_ADMIN())
    assert (item.card.place.province, item.locked) == ("110000", LockedFields.CATEGORY | LockedFields.REGION)
    for listing in (Listing(category="emotion"), Listing(category="emotion/story"), Listing(region="110000")):
        assert [card.id for card in store.items(listing, 9)] == [number]
    assert store.items(Listing(category="society"), 9) == []
    assert [
        card.id for card in store.search_items("大雨", 9, filters=SearchFilter(category="emotion", region="110000"))
    ] == [number]
    assert store.search_items("大雨", 9, filters=SearchFilter(category="society")) == []


def test_a_withdrawn_item_leaves_a_tombstone_and_is_never_stored_again(store: Store) -> None:
    a, b, c = one_story(store)
    place(store, Placement(b, a, Relation.REPRINT, a))
    assert store.remove([a], NOW + HOUR) == 1
    item = store.item(a)
    assert item is not None
    assert (item.removed, item.text, item.html, item.card.excerpt) == (NOW + HOUR, "", None, "")
    assert [card.id for card in store.items(Listing(), 9)] == [b]
    assert store.item_cards([b])[b].reprint_of is None
    assert {card.id for card in store.search_items("暴雨", 9)} == {b, c}
    story = store.story(a)
    assert story is not None
    assert (story.lead.id, story.items, story.outlets) == (b, 2, 2)
    ids = {known.slug: known.id for known in store.sources()}
    with store.write_transaction() as writer:
        assert insert_items(writer, ids["a"], [draft("a")], NOW) == {}
        assert update_items(writer, ids["a"], [draft("a", text="new")], NOW) == {}
    store.prune(NOW + 2 * HOUR, HOUR)
    with store.write_transaction() as writer:
        assert set(insert_items(writer, ids["a"], [draft("a")], NOW)) == set()
        assert set(insert_items(writer, ids["b"], [draft("new")], NOW)) == {uid("new")}
