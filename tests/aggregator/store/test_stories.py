"""Stories: id, lead item, relations, and invariants."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.messages import TEXT, decisions
from aggregator.model import Listing, Placement, Relation
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, place, publish
from tests.aggregator.store.writing import apply_placements, insert_items

ORIGINAL, REPRINT, FURTHER = Relation.ORIGINAL, Relation.REPRINT, Relation.FURTHER

SAME_PLACE = TEXT(text="same place and day")


def three_stories(store: Store) -> list[int]:
    """Return three items of three outlets, each a story; the lowest id is published last."""
    outlets(store, "a", "b", "c")
    return [publish(store, slug, draft(slug, minutes=at))[0] for slug, at in (("a", 10), ("b", 20), ("c", 30))]


def members(store: Store, story: int) -> set[int]:
    return {card.id for card in store.story_items([story], 99)[story]}


def leads(store: Store) -> list[int]:
    return [card.id for card in store.items(Listing(), 99)]


def test_a_single_item_is_a_story_with_its_id(store: Store) -> None:
    a, b, c = three_stories(store)
    story = store.story(a)
    assert story is not None
    assert (story.id, story.lead.id, story.first_item_id, story.items, story.outlets) == (a, a, a, 1, 1)
    assert leads(store) == [a, b, c]


def test_an_item_joins_and_the_lead_item_stays(store: Store) -> None:
    a, b, c = three_stories(store)
    assert place(store, Placement(b, a, FURTHER, None, 0.4, SAME_PLACE)) == {a, b}
    story = store.story(a)
    assert story is not None
    assert (story.lead.id, story.first_item_id, story.items, story.outlets) == (a, b, 2, 2)
    assert (story.first_published, story.last_published) == (NOW - HOUR / 3, NOW - HOUR / 6)
    assert leads(store) == [a, c]
    moved = store.story(b)  # its own id redirects
    assert moved is not None
    assert moved.id == a
    card = store.item_cards([b])[b]
    assert (card.story_id, card.is_lead, card.similarity, card.story_items) == (a, False, 0.4, 2)


def test_the_item_published_first_is_the_original(store: Store) -> None:
    a, b, c = three_stories(store)
    place(store, Placement(b, a, FURTHER, None, 0.4, SAME_PLACE))
    stored = {number: (store.item_cards([number])[number], store.item(number)) for number in (a, b)}
    assert [stored[number][0].relation for number in (a, b)] == [FURTHER, ORIGINAL]
    assert [stored[number][1].story_why for number in (a, b)] == [  # type: ignore[union-attr]
        decisions.AFTER(item=b),
        decisions.FIRST(evidence=SAME_PLACE),
    ]
    place(store, Placement(c, None, ORIGINAL), Placement(b, a, FURTHER, None, 0.4, merged_stories=(c,)))
    assert [card.relation for _, card in sorted(store.item_cards([a, b, c]).items())] == [FURTHER, FURTHER, ORIGINAL]


def one_story_of_five(store: Store) -> list[int]:
    """Return two items of one event (the founder first), two of another, and a reprint of the third."""
    outlets(store, "a", "b")
    (a,) = publish(store, "a", draft("a"))
    b, c, d = publish(store, "b", draft("b"), draft("c", minutes=5), draft("d"), story=a)
    (copy,) = publish(store, "a", draft("copy"))
    place(store, Placement(copy, a, REPRINT, c))
    return [a, b, c, d, copy]


def test_items_of_another_event_are_split_out_with_their_reprints(store: Store) -> None:
    a, b, c, d, copy = one_story_of_five(store)
    (new,) = publish(store, "a", draft("new"))
    assert place(store, Placement(new, c, FURTHER, split_out_items=(c, d))) == {a, c, new}
    assert (members(store, a), members(store, c)) == ({a, b}, {c, d, copy, new})
    cards = store.item_cards([c, d, copy])
    assert [cards[number].relation for number in (c, d, copy)] == [ORIGINAL, FURTHER, REPRINT]
    assert cards[copy].reprint_of == c
    assert cards[c].is_lead
    assert leads(store).count(c) == 1


def test_a_corrected_story_is_not_split(store: Store) -> None:
    a, b, c, d, copy = one_story_of_five(store)
    store.merge([a, b], NOW)
    (new,) = publish(store, "a", draft("new"))
    place(store, Placement(new, c, FURTHER, split_out_items=(c, d)))
    assert members(store, a) == {a, b, c, d, copy, new}


def test_items_of_one_batch_join_each_other(store: Store) -> None:
    ids = outlets(store, "a")
    with store.write_transaction() as writer:
        a, b, c = insert_items(writer, ids["a"], [draft("a"), draft("b"), draft("c")], NOW).values()
        apply_placements(
            writer,
            [Placement(a, None, ORIGINAL), Placement(b, a, REPRINT, a), Placement(c, None, FURTHER, opened_by_item=b)],
            NOW,
        )
    assert members(store, a) == {a, b, c}


def test_stories_merge_into_the_one_founded_first(store: Store) -> None:
    a, b, c = three_stories(store)
    (d,) = publish(store, "a", draft("d"))
    assert place(store, Placement(d, c, FURTHER, merged_stories=(b, a))) >= {a, b, c, d}
    assert members(store, a) == {a, b, c, d}
    assert {number: store.story(number).id for number in (a, b, c, d)} == dict.fromkeys((a, b, c, d), a)  # type: ignore[union-attr]
    assert leads(store) == [a]


def test_merged_ids_redirect_directly_to_the_remaining_story(store: Store) -> None:
    a, b, c = three_stories(store)
    place(store, Placement(c, b, FURTHER))
    place(store, Placement(b, a, FURTHER, merged_stories=(c,)))
    assert members(store, a) == {a, b, c}
    assert store.story(c).id == a  # type: ignore[union-attr]
    assert [card.id for card in store.items(Listing(story=c), 9)] == [a, b, c]


def test_a_missing_story_gives_the_item_its_own(store: Store) -> None:
    a, *_ = three_stories(store)
    place(store, Placement(a, 999, FURTHER))
    assert store.item_cards([a])[a].story_id == a


def three_in_turn(store: Store) -> tuple[int, int, int]:
    """Return three items, published one after the other."""
    outlets(store, "a", "b", "c")
    a, b, c = (publish(store, name, draft(name, minutes=30 - 10 * at))[0] for at, name in enumerate("abc"))
    return a, b, c


def test_reprints_of_reprints_refer_to_the_original(store: Store) -> None:
    a, b, c = three_in_turn(store)
    place(store, Placement(b, a, REPRINT, a), Placement(c, a, REPRINT, b))
    assert {card.id: card.reprint_of for card in store.item_cards([a, b, c]).values()} == {a: None, b: a, c: a}


def test_reprints_follow_an_original_that_becomes_a_reprint(store: Store) -> None:
    a, b, c = three_in_turn(store)
    place(store, Placement(c, b, REPRINT, b))
    place(store, Placement(b, a, REPRINT, a, merged_stories=(b,)))
    assert {card.id: card.reprint_of for card in store.item_cards([a, b, c]).values()} == {a: None, b: a, c: a}


def test_a_late_arrival_published_first_becomes_the_original(store: Store) -> None:
    a, b, c = three_in_turn(store)
    place(store, Placement(c, b, REPRINT, b))
    place(store, Placement(a, b, REPRINT, b, 0.9))
    cards = store.item_cards([a, b, c])
    assert {number: card.reprint_of for number, card in cards.items()} == {a: None, b: a, c: a}
    assert [cards[number].relation for number in (a, b, c)] == [ORIGINAL, REPRINT, REPRINT]


def test_a_founder_placed_again_stays_in_its_story(store: Store) -> None:
    a, b, _ = three_stories(store)
    place(store, Placement(b, a, FURTHER))
    place(store, Placement(a, None, ORIGINAL))
    assert members(store, a) == {a, b}


def test_a_story_gets_a_new_id_when_its_founder_leaves(store: Store) -> None:
    a, b, c = three_stories(store)
    (d,) = publish(store, "a", draft("d"))
    place(store, Placement(c, b, FURTHER), Placement(d, b, FURTHER))
    place(store, Placement(b, a, FURTHER))
    assert members(store, a) == {a, b}
    assert members(store, c) == {c, d}
    assert store.story(b).id == c  # type: ignore[union-attr]


def test_a_story_is_hot_in_every_category_of_its_reports(store: Store) -> None:
    outlets(store, "a", "b")
    (a,) = publish(store, "a", draft("a", category="society"))
    (b,) = publish(store, "b", draft("b", category="tech"), story=a)
    found = {name: store.hot_stories("24h", NOW, 9, category=name) for name in ("society", "tech", "sports")}
    assert {name: [(story.id, story.lead.id) for story in stories] for name, stories in found.items()} == {
        "society": [(a, a)], "tech": [(a, b)], "sports": [],
    }  # fmt: skip
    assert [story.lead.id for story in store.hot_stories("24h", NOW, 9)] == [a]


def test_story_items_are_ordered_by_time(store: Store) -> None:
    a, b, c = three_stories(store)
    place(store, Placement(b, a, FURTHER), Placement(c, a, FURTHER))
    assert [card.id for card in store.story_items([a], 2)[a]] == [c, b]
    assert store.story_items([], 2) == {}
    assert store.story(404) is None


Step = tuple[str, int, int | None, int | None]
_names = count()
steps = st.lists(
    st.one_of(
        st.tuples(st.just("place"), st.integers(1, 8), st.none() | st.integers(1, 8), st.none() | st.integers(1, 8)),
        st.tuples(st.just("merge"), st.integers(1, 8), st.integers(1, 8), st.none()),
        st.tuples(st.just("split"), st.integers(1, 8), st.none(), st.none()),
        st.tuples(st.just("remove"), st.integers(1, 8), st.none(), st.none()),
    ),
    max_size=12,
)


@pytest.fixture
def eight(new_sqlite: str) -> Store:
    """Return a store with eight items of three outlets; one database suffices for the invariants."""
    store = Store.open(new_sqlite, migrate=False)
    outlets(store, "a", "b", "c")
    return store


@given(steps)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_story_invariants_hold_for_any_operations(
    eight: Store, operations: list[tuple[str, int, int | None, int | None]]
) -> None:
    numbers = [publish(eight, "abc"[at % 3], draft(f"{next(_names)}", minutes=at * 7 % 5))[0] for at in range(8)]
    for verb, first_number, other, third in operations:
        first = numbers[first_number - 1]
        second = None if other is None else numbers[other - 1]
        if verb == "place":
            merge = () if third is None else (numbers[third - 1],)
            place(eight, Placement(first, second, FURTHER, second, 0.5, merged_stories=merge))
        elif verb == "merge" and second is not None:
            eight.merge([first, second], NOW)
        elif verb == "split":
            eight.split(first, NOW)
        elif verb == "remove":
            eight.remove([first], NOW)
    _check(eight, numbers)
    eight.prune(NOW, -HOUR)
    assert eight.stats(NOW)["stories"] == 0


def _check(store: Store, numbers: list[int]) -> None:
    items = {number: store.item(number) for number in numbers}
    stories: dict[int, list[int]] = {}
    for number, item in items.items():
        assert item is not None
        stories.setdefault(item.card.story_id, []).append(number)
    for story_id, inside in stories.items():
        assert story_id in inside  # the founder's id
        live = [number for number in inside if items[number].removed is None]  # type: ignore[union-attr]
        story = store.story(story_id)
        assert (story is None) == (not live)
        assert [number for number in inside if items[number].card.is_lead] == ([story.lead.id] if story else [])  # type: ignore[union-attr]
        if story:
            assert story.items == len(live)
            assert story.outlets == len({items[number].card.source for number in live})  # type: ignore[union-attr]
            # an existing founder is the lead item; after its removal another item is, and stays so
            assert story.lead.id == story_id if story_id in live else story.lead.id in live
    for number in numbers:  # every id leads to an existing story
        story = store.story(number)
        assert story is None or story.id in stories
        original = items[number].card.reprint_of  # type: ignore[union-attr]
        assert original is None or items[original].card.reprint_of is None  # type: ignore[union-attr]


def test_issues_of_a_series_are_not_hot(store: Store) -> None:
    outlets(store, "a")
    publish(store, "a", draft("1", title="枣庄今日天气：最高9度", minutes=60))
    publish(store, "a", draft("2", title="枣庄今日天气：最高12度", minutes=120), draft("3", title="别的", minutes=180))
    assert [story.lead.id for story in store.hot_stories("24h", NOW, 9)] == [3]
