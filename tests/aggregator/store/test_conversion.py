"""A database of schema 0011 gives the same texts and search results before, during and after its conversion."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import inspect, text

from aggregator.model import Cursor, ItemDetail
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.search_query import SearchTerm, parse_query
from aggregator.store import Store
from aggregator.store.sql.dialect import open_engine
from tests.aggregator.store import stored_database
from tests.aggregator.store.factories import draft, ids
from tests.aggregator.store.stored_database import served_at
from tests.aggregator.store.writing import update_items

QUERIES = (
    *("枣庄", "记者", "枣庄市", "记者 -枣庄", "山亭区", "雨", "的", "没有的词", "市民 反映", "5月20日"),
    *("“试运行，全长”", "“本报讯 记者”", "车站8座"),
)
CONVERT = """
import sys
from aggregator.store import Store
for left in Store.open(sys.argv[1], migrate=False).convert(batch=3):
    print(left, flush=True)
"""


@dataclass(frozen=True)
class Old:
    """The stored database after the upgrade, and what it held before: item -> (HTML, text)."""

    url: str
    store: Store
    texts: Mapping[int, tuple[str | None, str]]

    def expected(self, query: str) -> list[int]:
        """Return the items that a scan of all texts finds, newest first."""
        return self._matching(query, self.store.item_details(sorted(self.texts)).values())

    def assert_unchanged(self) -> None:
        details = self.store.item_details(sorted(self.texts))
        assert {number: (detail.html, detail.text) for number, detail in details.items()} == self.texts
        expected = {query: self._matching(query, details.values()) for query in QUERIES}
        for query in QUERIES:
            assert ids(self.store.search_items(query, 500)) == expected[query], query
            assert sorted(ids(self.store.search_items(query, 500, sort="rel"))) == sorted(expected[query]), query
        first, second = (self.store.search_items("记者", 5, before=cursor) for cursor in (None, self._fifth("记者")))
        assert ids([*first, *second]) == expected["记者"][:10]

    def _matching(self, query: str, details: Iterable[ItemDetail]) -> list[int]:
        found = [
            detail.card for detail in details
            if detail.removed is None and _matches(fold(detail.card.title), self.texts[detail.card.id][1], query)
        ]  # fmt: skip
        return ids(sorted(found, key=lambda card: (card.published, card.id), reverse=True))

    def _fifth(self, query: str) -> Cursor:
        return self.store.search_items(query, 5)[-1].cursor


def _matches(title: str, body: str, query: str) -> bool:
    parsed = parse_query(query)

    def holds(term: SearchTerm) -> bool:
        places = (title,) if term.is_single_character else (title, body)
        return any(term.pattern.search(place) for place in places)

    return all(map(holds, parsed.required)) and not any(map(holds, parsed.excluded))


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, tuple[str | None, str]]:
    """Return item -> (HTML, text) before the upgrade."""
    path = tmp_path_factory.mktemp("before") / "stored.db"
    stored_database.make_sqlite(path)
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT item_id, html, text FROM texts")
        return {number: (html, body) for number, html, body in rows}


@pytest.fixture
def old(upgraded_url: str, texts: Mapping[int, tuple[str | None, str]]) -> Iterator[Old]:
    store = Store.open(upgraded_url)
    yield Old(upgraded_url, store, texts)
    store.close()


def test_contents_are_the_same_before_during_and_after(old: Old) -> None:
    assert len(old.texts) > 100
    assert old.store.unconverted_items() == max(old.texts)
    assert all(old.expected(query) for query in QUERIES if query not in ("没有的词", "“本报讯 记者”", "的"))
    old.assert_unchanged()
    steps = old.store.convert(batch=len(old.texts) // 3)
    assert next(steps) > 0
    old.assert_unchanged()
    for _ in steps:
        old.assert_unchanged()
    assert old.store.unconverted_items() is None
    old.assert_unchanged()
    assert list(old.store.convert()) == []
    assert plain_rows(old.url) == 0
    assert former_forms(old.url) == 0


@pytest.mark.parametrize("upgraded_url", ["sqlite"], indirect=True)
def test_the_former_index_is_dropped_in_steps(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the steps other processes open the database and search."""
    monkeypatch.setattr("aggregator.store.conversion.BLOCKS_PER_ITEM", 1)
    list(zip(old.store.convert(batch=100), range(3), strict=False))
    assert old.store.unconverted_items() == 0
    steps = 0
    while old.store.unconverted_items() is not None:
        next(old.store.convert(batch=50), None)
        other = Store.open(old.url)
        assert ids(other.search_items("枣庄市", 500)) == old.expected("枣庄市")
        other.close()
        steps += 1
    assert steps > 2
    assert former_forms(old.url) == 0


def test_a_killed_conversion_continues(old: Old) -> None:
    command = [sys.executable, "-c", CONVERT, old.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(5):
            assert process.stdout.readline()
        process.kill()
    left = old.store.unconverted_items()
    assert left is not None
    assert 0 < left < max(old.texts)
    old.assert_unchanged()
    assert max(old.store.convert()) < left
    old.assert_unchanged()
    assert (plain_rows(old.url), former_forms(old.url)) == (0, 0)


def test_changes_during_the_conversion(old: Old) -> None:
    """Edits, new items, withdrawals and pruning, of converted and of other items."""
    steps = old.store.convert(batch=len(old.texts) // 2)
    next(steps)
    low, high = min(ids(old.store.search_items("记者", 500))), max(ids(old.store.search_items("记者", 500)))
    edited = {number: detail_of(old.store, number) for number in (low, high)}
    slugs = {source.slug: source.id for source in old.store.sources()}
    for number, (slug, uid) in edited.items():
        with old.store.write_transaction() as writer:
            for words in ("采写骆驼商队", "采写蒲公英花"):
                changed = replace(draft(uid, title="改过的标题", text=words), uid=uid)
                update_items(writer, slugs[slug], [changed], served_at())
        assert number not in ids(old.store.search_items("骆驼商队", 500))
        assert number in ids(old.store.search_items("蒲公英花", 500))
    withdrawn = ids(old.store.search_items("枣庄", 500))
    old.store.remove([withdrawn[0], withdrawn[-1]], served_at())
    list(steps)
    assert set(ids(old.store.search_items("蒲公英花", 500))) == {low, high}
    assert ids(old.store.search_items("枣庄", 500)) == withdrawn[1:-1]
    assert (plain_rows(old.url), former_forms(old.url)) == (0, 0)
    assert old.store.prune(served_at() + timedelta(days=900), timedelta(days=1)) > 0
    for query in QUERIES:
        assert old.store.search_items(query, 9) == []


def detail_of(store: Store, number: int) -> tuple[str, str]:
    engine = store._engine
    with engine.connect() as connection:
        uid = connection.execute(text(f"SELECT uid FROM items WHERE id = {number}")).scalar_one()
    return store.item_cards([number])[number].source, uid


def plain_rows(url: str) -> int:
    """Return the number of texts that are not compressed."""
    return number(url, "SELECT count(*) FROM texts WHERE html IS NOT NULL OR text <> ''")


def former_forms(url: str) -> int:
    """Return the number of search entries with positions, or of tables that have them."""
    if url.startswith("sqlite"):
        engine = open_engine(url)
        found = [name for name in inspect(engine).get_table_names() if name.startswith("search_d") or name == "search"]
        engine.dispose()
        return len(found)
    return number(url, "SELECT count(*) FROM search WHERE words <> strip(words)")


def number(url: str, query: str) -> int:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = int(connection.execute(text(query)).scalar_one())
    engine.dispose()
    return found
