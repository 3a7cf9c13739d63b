"""Property test: both databases find what a scan of the texts finds, for any items and queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from aggregator.model import Cursor, Place, SearchFilter
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.search_query import SearchTerm, parse_query
from aggregator.store import Store
from aggregator.store.schema import migrate
from aggregator.store.sql import dialect
from tests.aggregator.store.factories import NOW, draft, ids, outlets, publish

LETTERS = '雨暴红色预警台风樓楼aA1９ -，。"“”_ｂB\n\x00\u3000😀'
LIVELY = st.text(LETTERS, max_size=12)
ANY = st.text(max_size=12)


@dataclass(frozen=True)
class Stored:
    title: str
    text: str
    published: datetime


@dataclass
class Pair:
    """Two stores with the same items, 1, 2, 3 …"""

    sqlite: Store
    postgresql: Store
    items: list[Stored]

    def add(self, title: str, text: str, hours: int) -> None:
        text = fold(text.replace("\x00", "\ufffd"))
        name = str(len(self.items))
        item_draft = draft(name, title=title or "无题", text=text, minutes=60 * hours, category="society/crime",
                     place=Place("370000"))  # fmt: skip
        for store in (self.sqlite, self.postgresql):
            assert publish(store, "a", item_draft) == [len(self.items) + 1]
        self.items.append(Stored(title.replace("\x00", "\ufffd") or "无题", text, NOW - timedelta(hours=hours)))

    def newest_first(self) -> list[int]:
        numbers = range(1, len(self.items) + 1)
        return sorted(numbers, key=lambda number: (self.items[number - 1].published, number), reverse=True)


@pytest.fixture(scope="module")
def pair(sqlite_template: Path, module_postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    path = tmp_path_factory.mktemp("pair") / "gedi.db"
    path.write_bytes(sqlite_template.read_bytes())
    stores = Store.open(f"sqlite:///{path}", migrate=False), Store.open(module_postgres, migrate=False)
    for store in stores:
        outlets(store, "a")
    yield Pair(*stores, [])
    for store in stores:
        store.close()


def matches(stored: Stored, query: str) -> bool:
    """Return whether the item matches the query, without an index."""
    parsed = parse_query(query)
    return (
        bool(parsed.required)
        and all(_holds(stored, term) for term in parsed.required)
        and not any(_holds(stored, term) for term in parsed.excluded)
    )


def _holds(stored: Stored, term: SearchTerm) -> bool:
    places = (fold(stored.title),) if term.is_single_character else (fold(stored.title), stored.text)
    return any(term.pattern.search(place) for place in places)


@given(
    title=LIVELY, body=st.one_of(LIVELY, ANY), hours=st.integers(0, 20_000), query=st.one_of(LIVELY, ANY),
    limit=st.integers(1, 40), place=st.integers(0, 50),
)  # fmt: skip
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_databases_find_what_a_scan_finds(
    pair: Pair, title: str, body: str, hours: int, query: str, limit: int, place: int
) -> None:
    pair.add(title, body, hours)
    pieces = parse_query(body).required
    for asked in (query, pieces[0].runs[0] if pieces else "", f"{title} -{query}"):
        expected = [number for number in pair.newest_first() if matches(pair.items[number - 1], asked)]
        newest = ids(pair.sqlite.search_items(asked, limit))
        assert newest == expected[:limit], asked
        assert ids(pair.postgresql.search_items(asked, limit)) == newest
        best = ids(pair.sqlite.search_items(asked, 500, sort="rel"))
        assert sorted(best) == sorted(expected)
        assert ids(pair.postgresql.search_items(asked, 500, sort="rel")) == best
        if place < len(expected):
            at = expected[place]
            before = Cursor(pair.items[at - 1].published, at)
            older = ids(
                pair.sqlite.search_items(
                    asked, limit, before=before, filters=SearchFilter(category="society", region="370000")
                )
            )
            assert older == expected[place + 1 :][:limit]
            assert older == ids(
                pair.postgresql.search_items(
                    asked, limit, before=before, filters=SearchFilter(category="society", region="370000")
                )
            )


def test_migration_adds_time_tokens_to_the_postgresql_index(new_postgres: str) -> None:
    store = Store.open(new_postgres)
    outlets(store, "a")
    publish(store, "a", draft("1", text="很久以前"), draft("2", minutes=5_000_000), draft("3", minutes=30_000_000))
    engine = dialect.open_engine(new_postgres)
    tokens = _words(engine)
    with dialect.write_transaction(engine) as connection:
        command.downgrade(migrate.alembic_config(connection), "0007")
    assert all("@" in words for words in tokens)
    assert not any("@" in words for words in _words(engine))
    with dialect.write_transaction(engine) as connection:
        migrate.upgrade(connection)
    assert _words(engine) == tokens
    engine.dispose()
    store.close()


def _words(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT CAST(words AS text) FROM search ORDER BY 1")).scalars())
