"""The contents of a database, kept in memory to fill others: several times faster than writing them again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg

from aggregator.store import Store
from aggregator.store.schema.tables import metadata

TABLES = (*(table.name for table in metadata.sorted_tables), "search")  # each after the tables that it references
SEQUENCES = tuple(  # of PostgreSQL, from which keys come
    f"{table.name}_{table.autoincrement_column.name}_seq"
    for table in metadata.sorted_tables
    if table.autoincrement_column is not None and not table.autoincrement_column.foreign_keys
)


class KeptContents(Protocol):
    def fill(self, store: Store) -> None:
        """Replace the contents of the database, which has the same schema and is empty."""


def keep_contents(store: Store) -> KeptContents:
    """Read the contents of the database of a store."""
    return _SqliteContents(store) if store._engine.dialect.name == "sqlite" else _PostgresContents(store)


class _SqliteContents:
    def __init__(self, store: Store) -> None:
        self._pages = sqlite3.connect(":memory:")
        with _driver(store) as connection:
            connection.backup(self._pages)

    def fill(self, store: Store) -> None:
        with _driver(store) as connection:
            self._pages.backup(connection)


class _PostgresContents:
    def __init__(self, store: Store) -> None:
        with _driver(store) as connection, connection.cursor() as cursor:
            self._rows = {table: _copied(cursor, table) for table in TABLES if _has_rows(cursor, table)}
            self._sequences = [_state(cursor, sequence) for sequence in SEQUENCES]

    def fill(self, store: Store) -> None:
        with _driver(store) as connection, connection.cursor() as cursor:
            for table, rows in self._rows.items():
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
                    copy.write(rows)
            for state in self._sequences:
                cursor.execute("SELECT setval(%s, %s, %s)", state)
            connection.commit()


def _has_rows(cursor: psycopg.Cursor[Any], table: str) -> bool:
    return cursor.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None


def _state(cursor: psycopg.Cursor[Any], sequence: str) -> tuple[str, int, bool]:
    cursor.execute(f"SELECT last_value, is_called FROM {sequence}")
    ((last, is_called),) = cursor.fetchall()
    return sequence, last, is_called


def _copied(cursor: psycopg.Cursor[Any], table: str) -> bytes:
    with cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT (FORMAT BINARY)") as copy:
        return b"".join(copy)


@contextmanager
def _driver(store: Store) -> Iterator[Any]:
    """Yield a connection of the store, as its database driver represents it."""
    pooled = store._engine.raw_connection()
    try:
        yield pooled.driver_connection
    finally:
        pooled.close()
