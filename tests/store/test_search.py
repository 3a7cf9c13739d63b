"""Search finds Chinese and Latin words alike, the same on both databases."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.model import Cursor, ItemCard, Place
from aggregator.store import Store
from aggregator.store.search_words import characters_of, phrases_of, words_of
from tests.store.making import HOUR, NOW, draft, outlets, publish


@pytest.fixture
def texts(store: Store) -> Store:
    outlets(store, "a", "b")
    publish(
        store,
        "a",
        draft("1", title="枣庄发布暴雨红色预警", text="气象台提醒。学校停课", minutes=1, category="society"),
        draft("2", title="Covid-19 疫苗", text="iphone15 发布会在上海举行", minutes=2, category="tech"),
        draft("3", title="房價上漲", text="楼市回暖", minutes=3, category="estate", place=Place("370000", "370400")),
    )
    publish(
        store,
        "b",
        draft("4", title="暴雨中的坚守", text="连日暴雨，他们守在堤上。雨停了", minutes=4, place=Place("370000")),
        draft("5", title="ＡＢＣ全角", text="预警", minutes=600, category="emotion/story"),
    )
    return store


def ids(cards: list[ItemCard]) -> list[int]:
    return [card.id for card in cards]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("暴雨", [1, 4]),
        ("暴雨红色预警", [1]),
        ("预警", [1, 5]),
        ("暴雨 预警", [1]),
        ("房价", [3]),  # traditional in the title
        ("樓市", [3]),  # traditional in the query
        ("雨", [1, 4]),
        ("警", [1]),  # one character: in titles
        ("堤", []),
        ("雨 守在堤", [4]),
        ("covid", [2]),
        ("COVID-19", [2]),
        ("iphone15", [2]),
        ("iphone", []),  # whole words
        ("abc", [5]),
        ("Abc全角", [5]),
        ("醒学", []),  # not across two runs
        ("中的坚", [4]),
        ("上海 covid 发布", [2]),
        ("发布", [1, 2]),
        ("没有的", []),
        ("", []),
        ("  ,。!?\"'()*:-", []),
        ("暴雨 OR 房价", []),
        ("society", []),  # tags are no words
        ("csociety", []),
        ("s1", []),
        ("u雨", []),
    ],
)
def test_queries(texts: Store, query: str, expected: list[int]) -> None:
    assert ids(texts.search(query, 9)) == expected
    assert sorted(ids(texts.search(query, 9, sort="rel"))) == sorted(expected)


def test_filters(texts: Store) -> None:
    assert ids(texts.search("暴雨", 9, category="society")) == [1]
    assert ids(texts.search("暴雨", 9, region="370000")) == [4]
    assert ids(texts.search("暴雨", 9, region="370400")) == []
    assert ids(texts.search("房价", 9, region="370400", category="estate")) == [3]
    assert ids(texts.search("预警", 9, category="emotion")) == [5]
    assert ids(texts.search("预警", 9, category="emotion/story")) == [5]
    assert ids(texts.search("预警", 9, source="b")) == [5]
    assert ids(texts.search("预警", 9, source="none")) == []
    assert ids(texts.search("预警", 9, since=NOW - HOUR)) == [1]


def test_pages(texts: Store) -> None:
    first = texts.search("暴雨", 1)
    second = texts.search("暴雨", 1, before=first[0].cursor)
    assert [*ids(first), *ids(second)] == [1, 4]
    assert texts.search("暴雨", 1, before=second[0].cursor) == []
    assert ids(texts.search("暴雨", 9, before=Cursor(NOW + HOUR, 1))) == [1, 4]


def test_best_first_prefers_titles(texts: Store) -> None:
    publish(texts, "b", draft("6", title="别的", text="发布会上谈到暴雨" + "等等" * 300, minutes=0))
    assert ids(texts.search("暴雨", 9)) == [6, 1, 4]
    assert ids(texts.search("暴雨", 9, sort="rel"))[-1] == 6


def test_an_edit_is_found_by_its_new_words_alone(texts: Store) -> None:
    with texts.writing() as writer:
        writer.update(1, [draft("1", title="台风来了", text="停航", minutes=1)], NOW)
    assert ids(texts.search("暴雨", 9)) == [4]
    assert ids(texts.search("台风", 9)) == [1]
    assert ids(texts.search("台风", 9, category="society")) == []


def test_words() -> None:
    assert words_of("暴雨abc 中1,。") == ["暴雨", "雨", "abc", "中", "1"]
    assert words_of("x" * 200) == ["x" * 64]
    assert phrases_of("暴雨来 中 A_b") == [("暴雨", "雨来"), ("a",), ("b",)]
    assert characters_of("暴雨来 中 A_b") == ["u中"]
    assert len(phrases_of(" ".join(map(str, range(1000))))) == 16


@given(st.text(max_size=40), st.text(max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_found_and_any_input_is_a_query(store: Store, text: str, query: str) -> None:
    from aggregator.steps.fold import fold
    from aggregator.store.rows import storable

    outlets(store, "a")
    clean = storable(text) or ""
    (number,) = publish(store, "a", draft(f"{len(store.known(1).hashes)}", title="t", text=fold(clean)))
    if phrases_of(clean) and not characters_of(clean):
        assert number in ids(store.search(clean, 5))
    store.search(query, 5)
    store.search(query, 5, sort="rel")
