"""A store with rows in every table, for tests of moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Float, Integer, LargeBinary, Table, func, insert, select
from werkzeug.test import Client

from aggregator.messages import TEXT
from aggregator.store import Store
from aggregator.store.open_changes import SharedChanges
from aggregator.store.schema.columns import MessageText
from aggregator.store.schema.tables import items, metadata, moves
from aggregator.store.sql.dialect import UTC_DateTime
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import create_wsgi

PAGES = ("/", "/latest", "/hot", "/status", "/feeds", "/search?q=%E5%AD%A6%E6%A0%A1", "/category/society", "/opml")
FEEDS = ("/feeds/all.atom", "/feeds/all.rss", "/feeds/all.json", "/feeds/society.atom", "/feeds/hot.atom")


def fill_every_table(store: Store) -> None:
    """Build the fixture site and give each table that is still empty three rows."""
    fixture_site.build(store)
    with store._write_transaction() as connection:
        for table in metadata.sorted_tables:
            if table is not moves and not rows_of(connection, table):
                _fill(connection, table)


def rows_of(connection: Connection, table: Table) -> int:
    """Return the number of rows."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def responses(store: Store) -> dict[str, tuple[int, bytes, str | None, str | None]]:
    """Return what pages and feeds answer: status, body, ETag and Last-Modified."""
    client = Client(create_wsgi(store, fixture_site.config(), clock=lambda: NOW))
    return {path: _answer(client, path) for path in (*PAGES, *FEEDS, *_items(store))}


def _answer(client: Client, path: str) -> tuple[int, bytes, str | None, str | None]:
    response = client.get(path)
    return response.status_code, response.data, response.headers.get("ETag"), response.headers.get("Last-Modified")


def _items(store: Store) -> Iterator[str]:
    with store._read_transaction() as connection:
        for number in connection.execute(select(items.c.id).order_by(items.c.id).limit(8)).scalars():
            yield f"/item/{number}"


def _fill(connection: Connection, table: Table) -> None:
    rows = [{column.name: _value(connection, column, number) for column in table.columns} for number in (1, 2, 3)]
    connection.execute(insert(table), rows)


_VALID = {"standing": "active", "state": "ok", "mode": "subscribe", "leased_until": None}  # by column
_VALID["packed"] = SharedChanges().to_json()  # of pending_changes


def _value(connection: Connection, column: Column[Any], number: int) -> Any:
    if column.name in _VALID and not isinstance(column.type, LargeBinary):
        return _VALID[column.name]
    if column.foreign_keys:
        (key,) = column.foreign_keys
        ids = select(key.column).order_by(key.column).offset(number - 1).limit(1)
        return connection.execute(ids).scalar_one()
    kind = column.type
    if isinstance(kind, MessageText):
        return TEXT(text=f"Grund {number}")
    if isinstance(kind, UTC_DateTime):
        return datetime(2026, 4, number, 8, 9, 10, 123_456, tzinfo=UTC) + timedelta(microseconds=number)
    if isinstance(kind, JSON):
        return ["甲", {"b": number}]
    if isinstance(kind, Boolean):
        return number != 2
    if isinstance(kind, Float):
        return number / 7
    if isinstance(kind, Integer):
        return number
    if isinstance(kind, LargeBinary):
        return bytes(range(256)) * number
    return f"Zeile {number}: 枣庄 'x' \\ \t\n~"
