"""Contents, order and pages of listings."""

from __future__ import annotations

import pytest

from aggregator.model import Cursor, ItemCard, Listing, Place, Placement, Relation, SearchFilter
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, ids, outlets, place, publish

JINAN = Place("370000", "370100", "370102")
ZAOZHUANG = Place("370000", "370400")
BEIJING = Place("110000")


@pytest.fixture
def news(store: Store) -> Store:
    """Store items 1 to 8, newest first; 2 and 8, of two outlets, are one story."""
    outlets(store, "a", "b")
    first = [
        draft("1", category="society", place=JINAN, minutes=1),
        draft("2", category="society", place=ZAOZHUANG, minutes=2),
        draft("3", category="emotion/story", place=JINAN, minutes=3),
        draft("4", category="emotion", place=BEIJING, minutes=4),
        draft("5", minutes=5),
    ]
    second = [draft("6", category="society", minutes=6), draft("7", place=BEIJING, minutes=24 * 60 + 7)]
    publish(store, "a", *first)
    publish(store, "b", *second)
    publish(store, "b", draft("8", category="society", place=ZAOZHUANG, minutes=8), story=2)
    return store


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        (Listing(), [1, 2, 3, 4, 5, 6, 7]),
        (Listing(one_per_story=False), [1, 2, 3, 4, 5, 6, 8, 7]),
        (Listing(category="society"), [1, 2, 6]),
        (Listing(category="society", one_per_story=False), [1, 2, 6, 8]),
        (Listing(category="emotion"), [3, 4]),
        (Listing(category="emotion/story"), [3]),
        (Listing(category="none"), []),
        (Listing(region="370000"), [1, 2, 3]),
        (Listing(region="370100"), [1, 3]),
        (Listing(region="370102"), [1, 3]),
        (Listing(category="society", region="370400"), [2]),
        (Listing(category="emotion/story", region="370000"), [3]),
        (Listing(source="b"), [6, 8, 7]),
        (Listing(source="b", category="society"), [6, 8]),
        (Listing(source="none"), []),
        (Listing(story=2), [2, 8]),
        (Listing(multi_source_only=True), [2]),
        (Listing(multi_source_only=True, category="emotion"), []),
        (Listing(multi_source_only=True, one_per_story=False), [2, 8]),
        (Listing(since=NOW - HOUR / 10, until=NOW - HOUR / 30), [3, 4, 5, 6]),
    ],
)
def test_listings(news: Store, listing: Listing, expected: list[int]) -> None:
    assert ids(news.items(listing, 50)) == expected
    assert ids(news.items(listing, 2)) == expected[:2]


def test_items_are_in_the_lists_of_their_further_regions(news: Store) -> None:
    several = Place("370000", "370400", further=("320000", "320300"))
    publish(news, "a", draft("9", category="society", place=several, minutes=3))
    publish(news, "b", draft("10", category="emotion/story", place=Place(further=("320000", "370000")), minutes=2))
    expected = {
        ("320000", None): [10, 9],
        ("320300", "society"): [9],
        ("320300", "emotion"): [],
        ("320000", "emotion/story"): [10],
        ("370400", None): [2, 9],
        ("370000", None): [1, 10, 2, 9, 3],
    }
    for (region, category), wanted in expected.items():
        listing = Listing(category=category, region=region)
        newest = news.items(listing, 9)
        assert ids(newest) == wanted
        assert ids(news.item_page(listing, 9).cards) == wanted
        assert ids(news.items_with_quota(listing, 9, 0.5)) == wanted
        if len(wanted) > 1:
            assert ids(news.items(listing, 9, before=newest[0].cursor)) == wanted[1:]
            assert ids(news.items(listing, 9, after=newest[-1].cursor)) == wanted[:-1]
    today = Listing(since=NOW - HOUR)
    assert news.count_items_by("city", today) == {"370100": 2, "370400": 3, "320300": 1}
    assert news.count_items_by("province", today) == {"370000": 6, "110000": 1, "320000": 2}
    assert news.count_items_and_stories(Listing(region="320000", since=NOW - HOUR)) == (2, 2)
    assert [row["regions"] for row in news.export_items(region="320300")] == [["370400", "320300"]]
    assert news.names_with_items({"320300", "320400", "370400"}) == {"320300", "370400"}
    assert ids(news.search_items("标题", 9, filters=SearchFilter(region="320000"))) == [10, 9]


def test_pages_have_no_gap_and_no_overlap(store: Store) -> None:
    outlets(store, "a")
    numbers = publish(store, "a", *(draft(str(number), minutes=number // 3) for number in range(20)))
    expected = sorted(numbers, key=lambda number: (-(numbers.index(number) // 3), number), reverse=True)
    seen: list[ItemCard] = store.items(Listing(), 6)
    while page := store.items(Listing(), 6, before=seen[-1].cursor):
        seen += page
    assert ids(seen) == expected
    back = store.items(Listing(), 6, after=seen[12].cursor)
    assert ids(back) == expected[6:12]
    assert store.items(Listing(), 6, after=seen[0].cursor) == []
    assert ids(store.items(Listing(), 3, before=Cursor(NOW + HOUR, 0))) == expected[:3]


def test_newest_by_listing(news: Store) -> None:
    listings = {"all": Listing(), "society": Listing(category="society"), "none": Listing(category="none")}
    lists = news.newest_by_listing(listings, 2)
    assert {name: ids(cards) for name, cards in lists.items()} == {"all": [1, 2], "society": [1, 2], "none": []}
    assert news.newest_by_listing({}, 2) == {}


def test_counts_of_a_day(news: Store) -> None:
    day = NOW - 24 * HOUR
    assert news.count_items_and_stories(Listing(since=day)) == (7, 6)
    assert news.count_items_and_stories(Listing(since=day, category="society")) == (4, 3)
    assert news.count_items_and_stories(Listing(since=day, region="370400")) == (2, 1)
    assert news.count_items_by("top", Listing(since=day)) == {"society": 4, "emotion": 2}
    assert news.count_items_by("province", Listing()) == {"370000": 4, "110000": 2}
    assert news.count_items_by("city", Listing(region="370000")) == {"370100": 2, "370400": 2}
    assert news.count_items_by("source", Listing(since=day)) == {"a": 5, "b": 2}


def test_hot_stories_come_before_those_of_one_outlet(news: Store) -> None:
    assert [story.id for story in news.hot_stories("24h", NOW, 9)] == [2, 1, 3, 4, 5, 6]
    assert [story.id for story in news.hot_stories("7d", NOW, 2)] == [2, 1]
    assert [story.id for story in news.hot_stories("24h", NOW, 9, category="emotion")] == [3, 4]
    assert [story.id for story in news.hot_stories("24h", NOW, 9, region="370400")] == [2]
    assert [story.id for story in news.hot_stories("24h", NOW, 9, category="society", region="370000")] == [2, 1]
    assert news.hot_stories("24h", NOW + 48 * HOUR, 9) == []


def test_hotness_grows_with_outlets_and_decays(store: Store) -> None:
    outlets(store, "a", "b", "c")
    (old,) = publish(store, "a", draft("old", minutes=60 * 30))
    publish(store, "b", draft("old too", minutes=60 * 29), story=old)
    publish(store, "c", draft("old as well", minutes=60 * 28), story=old)
    (two,) = publish(store, "a", draft("two", minutes=30))
    publish(store, "b", draft("two too", minutes=30), story=two)
    (three,) = publish(store, "a", draft("three", minutes=60))
    publish(store, "b", draft("three too", minutes=60), story=three)
    publish(store, "c", draft("three as well", minutes=60), story=three)
    assert [story.id for story in store.hot_stories("24h", NOW, 9)] == [three, two]
    assert [story.id for story in store.hot_stories("7d", NOW, 9)] == [three, old, two]


def test_related_items_of_other_stories(store: Store) -> None:
    outlets(store, "a", "b", "c")
    told = "台儿庄运河疏浚工程通航"
    (first,) = publish(store, "a", draft("first", text=told, topics=[1, 2, 3]))
    (close,) = publish(store, "b", draft("close", text=f"{told}之后", topics=[1, 2, 3], minutes=1))
    (far,) = publish(store, "c", draft("far", text="运河疏浚以前的码头", topics=[1, 2, 4], minutes=2))
    publish(store, "c", draft("other", text="灯塔图纸捐进博物馆", topics=[8, 9], minutes=3))
    publish(store, "c", draft("before", text=told, topics=[1, 2, 3], minutes=60 * 24 * 31))
    assert ids(store.related_items(first, 9)) == [close, far]
    assert ids(store.related_items(first, 1)) == [close]
    assert set(ids(store.related_items(far, 9))) == {first, close}
    assert store.related_items(404, 9) == []
    place(store, Placement(close, first, Relation.FURTHER))
    assert ids(store.related_items(first, 9)) == [far]
    store.remove([far], NOW)
    assert store.related_items(first, 9) == []


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("3", 3),
        (" 3 ", 3),
        ("404", None),
        ("http://news.example/4", 4),
        ("https://gedi.example/item/5", 5),
        ("https://gedi.example/item/5.json?x", 5),
        ("https://gedi.example/item/99", None),
        ("nothing", None),
        ("9" * 30, None),
        ("", None),
    ],
)
def test_find_item_id(news: Store, ref: str, expected: int | None) -> None:
    assert news.find_item_id(ref) == expected


def test_details_and_cards_by_id(news: Store) -> None:
    assert sorted(news.item_details([1, 2, 404])) == [1, 2]
    assert sorted(news.item_cards([])) == []
    assert news.item(404) is None


def test_export_has_all_items_newest_first(news: Store) -> None:
    place(news, Placement(6, 7, Relation.REPRINT, 7))
    rows = list(news.export_items(batch=3))
    assert [row["id"] for row in rows] == [1, 2, 3, 4, 5, 6, 8, 7]
    assert [row["id"] for row in news.export_items(limit=5, batch=3)] == [1, 2, 3, 4, 5]
    assert rows[5] | {"published": None, "first_seen": None} == {
        "id": 6,
        "url": "http://news.example/6",
        "title": "标题6",
        "source": "b",
        "published": None,
        "first_seen": None,
        "story": 7,
        "reprint_of": "http://news.example/7",
        "category": "society",
        "province": None,
        "city": None,
        "county": None,
        "regions": [],
    }
    chosen = news.export_items(since=NOW - HOUR, category="society", region="370000", source="a")
    assert [row["id"] for row in chosen] == [1, 2]
