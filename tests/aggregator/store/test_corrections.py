"""Corrections are logged, used as training data, and can be reset."""

from __future__ import annotations

from aggregator.messages import Message, decisions
from aggregator.model import CategoryDecision, Listing, LockedFields, Place, SearchFilter
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, publish
from tests.aggregator.store.test_correction_writes import one_story, story_of
from tests.aggregator.store.writing import update_items


def keywords(word: str) -> Message:
    return decisions.KEYWORDS(words=(word,), best=3.0, second=1.0)


def test_corrections_are_logged_latest_first(store: Store) -> None:
    a, b, c = one_story(store)
    store.split(b, NOW)
    store.merge([a, b], NOW + HOUR)
    store.move([c], NOW + 2 * HOUR, category="tech", place=Place("370000", "370400"))
    store.remove([c], NOW + 3 * HOUR)
    log = [
        (
            correction.verb,
            correction.subject,
            correction.item_id,
            correction.before,
            correction.after,
            correction.others,
        )
        for correction in store.corrections()
    ]
    assert log == [
        ("remove", "item", c, None, None, ()),
        ("move", "region", c, None, "370400", ()),
        ("move", "category", c, None, "tech", ()),
        ("merge", "story", b, str(b), str(a), (a,)),
        ("merge", "story", a, str(a), str(a), (b,)),
        ("split", "story", b, str(a), str(b), (a, c)),
    ]
    assert [correction.holds for correction in store.corrections(item=b)] == [True, False]
    assert [correction.at for correction in store.corrections(2)] == [NOW + 3 * HOUR, NOW + 2 * HOUR]


def test_moves_are_training_data_until_reset(store: Store) -> None:
    outlets(store, "a")
    x, y = publish(store, "a", draft("x", title="甲", text="暴雨"), draft("y", title="乙", text="歌会"))
    store.move([x, y], NOW, category="society")
    store.move([y], NOW, category="culture")
    assert list(store.category_corrections(9)) == [("culture", "乙\n歌会"), ("society", "甲\n暴雨")]
    assert list(store.category_corrections(1)) == [("culture", "乙\n歌会")]
    store.reset(NOW, categories={y: CategoryDecision("tech", 0.5, keywords("x"))})
    assert list(store.category_corrections(9)) == [("society", "甲\n暴雨")]
    store.remove([x], NOW)
    assert list(store.category_corrections(9)) == []


def test_training_text_outlives_the_item(store: Store) -> None:
    outlets(store, "a")
    (x,) = publish(store, "a", draft("x", title="甲", text="暴雨"))
    store.move([x], NOW, category="society")
    store.prune(NOW + 2 * HOUR, HOUR)
    assert store.item(x) is None
    assert list(store.category_corrections(9)) == [("society", "甲\n暴雨")]
    assert [correction.title for correction in store.corrections(item=x)] == ["甲"]


def test_a_reset_item_gets_computed_values(store: Store) -> None:
    ids = outlets(store, "a")
    (x,) = publish(store, "a", draft("x", category="society", place=Place("370000")))
    store.move([x], NOW, category="tech", place=Place("110000"))
    assert store.reset(NOW, categories={x: CategoryDecision("culture", 0.7, keywords("歌会"))}) == 1
    item = store.item(x)
    assert item is not None
    assert item.decision == CategoryDecision("culture", 0.7, keywords("歌会"))
    assert (item.locked, item.card.place.province) == (LockedFields.REGION, "110000")
    assert store.reset(NOW, places={x: Place("370000", why=decisions.HOME())}) == 1
    with store.write_transaction() as writer:
        update_items(writer, ids["a"], [draft("x", text="new", category="sports", place=Place("440000"))], NOW)
    item = store.item(x)
    assert item is not None
    assert (item.locked, item.decision.category, item.card.place.province) == (LockedFields.NONE, "sports", "440000")
    assert [card.id for card in store.items(Listing(category="sports", region="440000"), 9)] == [x]
    assert [card.id for card in store.search_items("标题", 9, filters=SearchFilter(category="sports"))] == [x]
    assert [(correction.verb, correction.subject) for correction in store.corrections()][:2] == [
        ("reset", "region"),
        ("reset", "category"),
    ]
    assert store.reset(NOW, categories={404: CategoryDecision()}) == 0


def test_merge_after_split_and_split_after_merge(store: Store) -> None:
    a, b, c = one_story(store)
    store.split(b, NOW)
    assert store.merge([a, b], NOW) == a
    assert story_of(store, a, b, c) == [a, a, a]
    assert store.split(b, NOW) == b
    assert story_of(store, a, b, c) == [a, b, a]
