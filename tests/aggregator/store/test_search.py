"""Search of Chinese and Latin words, the same on both databases."""

from __future__ import annotations

import pytest
from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update

from aggregator.model import Cursor, Place, SearchFilter
from aggregator.steps.text.search_query import parse_query, tokenize
from aggregator.steps.text.search_words import search_words
from aggregator.store import Store, search_index
from aggregator.store.schema import migrate
from aggregator.store.schema.tables import items
from aggregator.store.search_tokens import build_match
from aggregator.store.sql.dialect import is_sqlite, open_engine, write_transaction
from tests.aggregator.store.factories import HOUR, NOW, draft, ids, outlets, publish
from tests.aggregator.store.writing import update_items


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
        ("暴雨 -预警", [4]),
        ("暴雨 -学校停课 -没有的", [4]),
        ("暴雨 -坚守 -学校", []),
        ("-暴雨", []),  # no required term
        ("暴雨 -u", [1, 4]),
        ("预警 -雨", [5]),  # one character: not in titles
        ('"covid 19"', [2]),
        ("“19 疫苗”", [2]),
        ("「19 covid」", []),
        ('预警 -"全角"', [1]),
        ('"学校停课', [1]),
        ('"暴雨 红色 预警"', [1]),  # a space between Han characters is ignored
        ("“气象台提醒 学校”", [1]),  # and so is the position
        ('"暴雨，红色"', []),  # but a comma is not
        ('"守在 堤"', [4]),
        ('"暴 雨"', [1, 4]),
        ('暴雨 -"红色 预警"', [4]),
        ('"' + " ".join("连日暴雨他们守在堤上") + '"', []),  # up to three blanks
        ('"连 日 暴 雨"', [4]),
    ],
)
def test_queries(texts: Store, query: str, expected: list[int]) -> None:
    assert ids(texts.search_items(query, 9)) == expected
    assert sorted(ids(texts.search_items(query, 9, sort="rel"))) == sorted(expected)


def test_filters(texts: Store) -> None:
    assert ids(texts.search_items("暴雨", 9, filters=SearchFilter(category="society"))) == [1]
    assert ids(texts.search_items("暴雨", 9, filters=SearchFilter(region="370000"))) == [4]
    assert ids(texts.search_items("暴雨", 9, filters=SearchFilter(region="370400"))) == []
    assert ids(texts.search_items("房价", 9, filters=SearchFilter(region="370400", category="estate"))) == [3]
    assert ids(texts.search_items("预警", 9, filters=SearchFilter(category="emotion"))) == [5]
    assert ids(texts.search_items("预警", 9, filters=SearchFilter(category="emotion/story"))) == [5]
    assert ids(texts.search_items("预警", 9, filters=SearchFilter(source="b"))) == [5]
    assert ids(texts.search_items("预警", 9, filters=SearchFilter(source="none"))) == []
    assert ids(texts.search_items("预警", 9, filters=SearchFilter(since=NOW - HOUR))) == [1]


def test_pages(texts: Store) -> None:
    first = texts.search_items("暴雨", 1)
    second = texts.search_items("暴雨", 1, before=first[0].cursor)
    assert [*ids(first), *ids(second)] == [1, 4]
    assert texts.search_items("暴雨", 1, before=second[0].cursor) == []
    assert ids(texts.search_items("暴雨", 9, before=Cursor(NOW + HOUR, 1))) == [1, 4]


def test_best_first_prefers_titles(texts: Store) -> None:
    publish(texts, "b", draft("6", title="别的", text="发布会上谈到暴雨" + "等等" * 300, minutes=0))
    assert ids(texts.search_items("暴雨", 9)) == [6, 1, 4]
    assert ids(texts.search_items("暴雨", 9, sort="rel"))[-1] == 6


def test_an_edited_item_matches_its_new_words_only(texts: Store) -> None:
    with texts.write_transaction() as writer:
        update_items(writer, 1, [draft("1", title="台风来了", text="停航", minutes=1)], NOW)
    assert ids(texts.search_items("暴雨", 9)) == [4]
    assert ids(texts.search_items("台风", 9)) == [1]
    assert ids(texts.search_items("台风", 9, filters=SearchFilter(category="society"))) == []


def test_single_characters_match_with_their_neighbors(store: Store) -> None:
    outlets(store, "a")
    publish(
        store,
        "a",
        draft("1", title="会议日程", text="定于3月15日召开", minutes=1),
        draft("2", title="会议改期", text="改到3月16日，15日休会", minutes=2),
        draft("3", title="体检项目", text="b 超和心电图", minutes=3),
        draft("4", title="体检表", text="b型血。超出范围", minutes=4),
        draft("5", title="第3批名单", text="公示七天", minutes=5),
        draft("6", title="第3次会议", text="公示", minutes=6),
    )
    expected = {
        "3月15日": [1],
        "15日": [1, 2],
        "B超": [3],
        "体检 -B超": [4],
        "第3批": [5],
        '"第3次"': [6],
        "会议 -15日": [6],
    }
    for query, found in expected.items():
        assert ids(store.search_items(query, 9)) == found, query
        assert sorted(ids(store.search_items(query, 9, sort="rel"))) == found, query


def test_undecided_matches_are_checked_in_batches_of_texts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.store.api.search._TEXTS_PER_ROUND", 2)
    outlets(store, "a")
    drafts = [draft(str(n), text="b超" if n % 4 == 0 else "b型", minutes=n) for n in range(1, 20)]
    publish(store, "a", *drafts)
    assert ids(store.search_items("b超", 9)) == [4, 8]  # five rounds of two
    assert ids(store.search_items("b超", 1)) == [4]
    assert ids(store.search_items("b超", 1, before=store.search_items("b超", 1)[0].cursor)) == [8]


def test_newest_matches_come_first_over_any_period(store: Store) -> None:
    """Hours, days, months and years lie between the items."""
    outlets(store, "a")
    minutes = [n**5 for n in range(40)]
    publish(store, "a", *(draft(str(n), text="相隔 多久", minutes=at) for n, at in enumerate(minutes)))
    everything = ids(store.search_items("相隔", 99))
    assert everything == list(range(1, 41))
    assert ids(store.search_items("相隔", 3)) == [1, 2, 3]
    paged, cursor = [], None
    while page := store.search_items("相隔", 7, before=cursor):
        paged += ids(page)
        cursor = page[-1].cursor
    assert paged == everything
    within = store.search_items("相隔", 99, filters=SearchFilter(since=NOW - 30 * 24 * HOUR))
    assert ids(within) == [n + 1 for n, at in enumerate(minutes) if at <= 30 * 24 * 60]


def test_relevance_includes_older_titles(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.store.api.search.MAX_RANKED", 3)
    outlets(store, "a")
    older = draft("old", title="运河通船", minutes=900)
    publish(store, "a", older, *(draft(str(n), text="远处有运河", minutes=n) for n in range(5)))
    assert ids(store.search_items("运河", 1, sort="rel")) == [1]


def test_tokens() -> None:
    assert tokenize("暴雨abc 中1,。") == ["暴雨", "雨", "abc", "中", "1"]
    assert tokenize("x" * 200) == ["x" * 64]
    found = build_match(parse_query('暴雨来 中 A_b "暴雨 a" -沙 -晴天'), ["t"])
    assert found.phrases == ((("暴雨", "雨来"),), (("a",),), (("b",),), (("暴雨", "雨", "a"),))
    assert found.tags == ("u中", "t")
    assert (found.excluded_phrases, found.excluded_tags) == (((("晴天",),),), ("u沙",))
    assert len(parse_query(" ".join(map(str, range(1000)))).required) == 16


def raise_item_ids(database_url: str, beyond: int) -> None:
    """Give new items ids above this number."""
    engine = open_engine(database_url)
    with write_transaction(engine) as connection:
        if is_sqlite(connection):
            connection.execute(text("UPDATE sqlite_sequence SET seq = :last WHERE name = 'items'"), {"last": beyond})
        else:
            connection.execute(text("SELECT setval('items_id_seq', :last)"), {"last": beyond})
    engine.dispose()


@pytest.mark.parametrize("beyond", [1 << 28, 1 << 32, (1 << 34) + 5])
def test_items_with_large_ids_are_found_in_order_and_removed(store: Store, database_url: str, beyond: int) -> None:
    outlets(store, "a")
    publish(store, "a", draft("old", title="暴雨之前", text="暴雨", minutes=90))
    raise_item_ids(database_url, beyond)
    drafts = [draft(str(n), title=f"暴雨{n}", text="连日 暴雨", minutes=n // 2) for n in range(6)]
    publish(store, "a", *drafts)
    first = beyond + 1
    expected = [first + n for n in (1, 0, 3, 2, 5, 4)] + [1]
    assert ids(store.search_items("暴雨", 9)) == expected
    page = store.search_items("暴雨", 3)
    assert ids(page) == expected[:3]
    assert ids(store.search_items("暴雨", 9, before=page[-1].cursor)) == expected[3:]
    assert sorted(ids(store.search_items("暴雨", 9, sort="rel"))) == sorted(expected)
    assert ids(store.search_page("连日", 9).cards)[:2] == expected[:2]
    source_id = store.sources()[0].id
    with store.write_transaction() as writer:
        update_items(writer, source_id, [draft("3", title="晴天", text="放晴", minutes=1)], NOW)
    assert ids(store.search_items("暴雨", 9)) == [one for one in expected if one != first + 3]
    assert ids(store.search_items("放晴", 9)) == [first + 3]


def test_an_upgrade_finds_what_long_ids_had_hidden(new_postgres: str) -> None:
    engine, store = open_engine(new_postgres), Store.open(new_postgres)
    outlets(store, "a")
    publish(store, "a", draft("old", title="暴雨之前", minutes=9))
    raise_item_ids(new_postgres, 5 << 28)
    publish(store, "a", draft("new", title="暴雨之后", minutes=8))
    with write_transaction(engine) as connection:
        command.downgrade(migrate.alembic_config(connection), "0025")
        migrate.upgrade(connection)
    assert ids(store.search_items("暴雨", 9)) == [(5 << 28) + 1, 1]
    store.close()
    engine.dispose()


def test_changed_tags_leave_the_words_as_they_are(texts: Store) -> None:
    def change(categories: dict[int, str | None]) -> None:
        with texts._write_transaction() as connection:
            changes = search_index.category_changes(connection, categories)
            for item_id, category in categories.items():
                connection.execute(update(items).where(items.c.id == item_id).values(category=category))
            search_index.write_entries(connection, [], changes)

    def found(query: str, category: str | None = None) -> list[int]:
        return ids(texts.search_items(query, 9, filters=SearchFilter(category=category)))

    change({1: "society/weather", 3: "estate/homes", 4: None})
    assert found("暴雨", "society") == found("暴雨", "society/weather") == [1]
    assert found("暴雨") == [1, 4]
    assert found("楼市", "estate/homes") == found("房价", "estate") == [3]
    change({1: "tech", 3: None})
    assert found("暴雨", "society") == found("暴雨", "society/weather") == found("房价", "estate") == []
    assert found("暴雨红色预警", "tech") == [1]
    assert found("房价") == [3]


@given(st.text("中国两地ab1２é.-_ 々\n\ud800𠀀", max_size=60), st.text("中国ab ", max_size=9))
def test_search_words_are_the_tokens(body: str, title: str) -> None:
    words = search_words(title, body)
    assert sorted(words.split()) == sorted({*tokenize(title), *tokenize(body)})
