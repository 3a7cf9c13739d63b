"""Number of SQL statements for one document, independent of the size of the store."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    select,
    text,
    update,
)

from aggregator.messages import TEXT, decisions
from aggregator.store import Store
from aggregator.store.schema.columns import MessageText, ShortText
from aggregator.store.sql.dialect import UTC_DateTime, is_sqlite, open_engine, write_transaction
from aggregator.store.sql.statements import execute_rows, in_list, upsert
from tests.aggregator.store.factories import NOW, draft, outlets, publish, source
from tests.aggregator.store.statements import recorded
from tests.aggregator.store.writing import candidates_of, store_drafts

MOST = 45  # statements for one document
TOPICS = range(1, 17)


def _statements(store: Store, name: str, size: int) -> int:
    """Return the number of statements for a document of ``size`` items like stored ones, the first a reprint.

    The beginnings of transactions are not counted.
    """
    of = source(f"of-{name}", id=outlets(store, f"of-{name}", "old")[f"of-{name}"])
    text = "".join(f"第{number}段的正文。" for number in range(20))
    drafts = tuple(
        draft(f"{name}{number}", title=f"新闻{name}{number}号", text=text, topics=TOPICS, marks=[1 + 100 * number])
        for number in range(size)
    )
    with recorded() as found:
        assert len(store_drafts(store, of, drafts, NOW + timedelta(minutes=1))) == size
    return sum(not statement.text.startswith("BEGIN") for statement in found)


def test_statements_of_a_document_do_not_grow_with_the_store(store: Store) -> None:
    outlets(store, "old")

    def fill(first: int, end: int) -> None:
        old = [draft(f"o{n}", minutes=n, text="旧闻。" * 20, topics=TOPICS, marks=[n]) for n in range(first, end)]
        publish(store, "old", *old)

    fill(1, 100)
    few = _statements(store, "a", 20)
    fill(100, 400)
    many = _statements(store, "b", 20)
    assert many <= few + 2  # a page of a feed's history may be full
    assert max(few, many, _statements(store, "c", 1)) <= MOST


ROWS = Table(
    "rows", MetaData(), Column("number", Integer, primary_key=True), Column("name", Text), Column("sum", Integer)
)


def test_list_parameters_and_upserts(database_url: str) -> None:
    rows = [{"number": number, "name": f"n'{number}", "sum": number} for number in range(1, 1001)]
    by_number, by_name = (
        select(ROWS.c.number).where(in_list(column, "asked")) for column in (ROWS.c.number, ROWS.c.name)
    )
    engine = open_engine(database_url)
    with write_transaction(engine) as connection:
        ROWS.create(connection)
        connection.execute(upsert(connection, ROWS, "number"), rows)
        connection.execute(upsert(connection, ROWS, "number"), [rows[0] | {"sum": 50}])
        connection.execute(
            upsert(connection, ROWS, "number", replace="name", increment="sum"), [rows[1] | {"name": "x"}]
        )
        assert connection.execute(
            select(ROWS.c.sum).where(ROWS.c.number.in_([1, 2])).order_by(ROWS.c.number)
        ).all() == [(1,), (4,)]
        for asked in ([], [7], range(3, 900)):
            assert sorted(connection.execute(by_number, {"asked": asked}).scalars()) == list(asked)
        assert connection.execute(by_name, {"asked": {"x", "n'5", "none"}}).scalars().all() in ([2, 5], [5, 2])
        assert (
            len(connection.execute(select(ROWS).where(~in_list(ROWS.c.number, "asked")), {"asked": [1, 2]}).all())
            == 998
        )
        ROWS.drop(connection)
    engine.dispose()


def test_no_items_need_no_statements(store: Store) -> None:
    with store.write_transaction() as writer, recorded() as found:
        assert not candidates_of(writer, {}, {}, timedelta(days=30))
        writer.mark_stale([])
    assert not found


KINDS = Table(
    "kinds",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("at", UTC_DateTime),
    Column("why", MessageText),
    Column("reason", MessageText),
    Column("excerpt", ShortText),
    Column("terms", JSON),
    Column("dated", Boolean),
    Column("packed", LargeBinary),
    Column("score", Float),
)


def test_rows_are_stored_as_sqlalchemy_stores_them(database_url: str) -> None:
    beijing = timezone(timedelta(hours=8))
    full = {
        "at": datetime(2026, 11, 29, 8, 30, tzinfo=beijing),
        "why": TEXT(text="a\x00b"),
        "reason": decisions.ALONE(),
        "excerpt": "暴雨",
        "terms": ["本地", 'a"b'],
        "dated": True,
        "packed": b"\x00\xff",
        "score": 0.1,
    }
    empty = full | dict.fromkeys(("at", "why", "reason", "excerpt", "packed", "score"))
    engine = open_engine(database_url)
    with write_transaction(engine) as connection:
        KINDS.create(connection)
        connection.execute(insert(KINDS), [full | {"number": 1}, empty | {"number": 2}])
        execute_rows(connection, insert(KINDS), [full | {"number": 3}, empty | {"number": 4}])
        execute_rows(connection, upsert(connection, KINDS, "number"), [{"number": 1, "score": 7.0}])
        execute_rows(connection, upsert(connection, KINDS, "number", replace="at"), [{"number": 2, "at": full["at"]}])
        execute_rows(
            connection, update(KINDS).where(KINDS.c.number == bindparam("this")), [{"this": 4, "at": full["at"]}]
        )
        execute_rows(connection, insert(KINDS), [])
        rows = connection.execute(text("SELECT * FROM kinds ORDER BY number")).all()
        if is_sqlite(connection):
            assert rows[0].at == 1_795_912_200_000_000
        assert connection.execute(select(KINDS.c.at)).scalars().all() == [full["at"]] * 4
        KINDS.drop(connection)
    engine.dispose()
    assert [row[1:] for row in rows[:2]] == [row[1:] for row in rows[2:]]
