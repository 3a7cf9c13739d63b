"""Rows in a form that is the same for both databases: times in microseconds, booleans as 0 and 1, JSON as written.

Rows pass SQLAlchemy by, on the connection of the driver: converting them twice takes longer than copying them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Table, Text

from aggregator.steps.text.packing import pack_text, unpack_short_text
from aggregator.store.partition_plan import ITEM_TABLES
from aggregator.store.schema.columns import ShortText
from aggregator.store.schema.tables import metadata, moves
from aggregator.store.sql.dialect import UTC_DateTime, UTC_Second, is_sqlite, time_of

Row = tuple[Any, ...]
Key = tuple[Any, ...]

_ROWS, _LARGE_ROWS = 2000, 100  # rows in a batch
_SMALL_ROWS = 20_000
_LARGE = {
    *("documents", "thumbnails", "pushes", "feed_pages", "feed_journals", "source_lists", "seen_entries"),
    *("mark_segments", "mark_blocks", "daily_digests"),
}
_SMALL = {"item_pictures", "item_regions", "index_pushes", "story_listings", "source_hours", "polls", "source_days"}
_SECOND = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')"
_TIME = "(extract(epoch FROM {}) * 1000000)::bigint"


@dataclass(frozen=True)
class TableRows:
    """Reads and writes the rows of one table."""

    table: Table

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def batch(self) -> int:
        """Return how many rows are read at once."""
        return _LARGE_ROWS if self.name in _LARGE else _SMALL_ROWS if self.name in _SMALL else _ROWS

    @cached_property
    def columns(self) -> list[Column[Any]]:
        return list(self.table.columns)

    @cached_property
    def key_columns(self) -> list[Column[Any]]:
        return list(self.table.primary_key.columns)

    @cached_property
    def key_places(self) -> list[int]:
        return [self.columns.index(column) for column in self.key_columns]

    def key_of(self, row: Row) -> Key:
        """Return the primary key of a row."""
        return tuple(row[place] for place in self.key_places)

    @cached_property
    def parents(self) -> list[tuple[int, Column[Any]]]:
        """Return (place of the column, column that it refers to) for each foreign key."""
        found = [(column, key.column) for column in self.columns for key in column.foreign_keys]
        return [(self.columns.index(column), parent) for column, parent in found]

    # ------------------------------------------------------------ reading
    def count(self, connection: Connection) -> int:
        """Return the number of rows."""
        where = self._has_item(connection) or "true"
        return int(connection.exec_driver_sql(f'SELECT count(*) FROM "{self.name}" WHERE {where}').scalar_one())

    def last_key(self, connection: Connection) -> Key | None:
        """Return the highest key."""
        names = self._key_names(connection)
        order = ", ".join(f"{name} DESC" for name in names)
        query = (
            f'SELECT {", ".join(_quoted(column) for column in self.key_columns)} FROM "{self.name}" ORDER BY {order}'
        )
        row = connection.exec_driver_sql(f"{query} LIMIT 1").one_or_none()
        return None if row is None else tuple(row)

    def after(self, connection: Connection, key: Key | None) -> list[Row]:
        """Return the next batch of rows in the order of their keys, beginning after ``key``."""
        where, values = self._chosen(connection, key, None)
        return self._read(connection, f"{where} ORDER BY {self._order(connection)} LIMIT {self.batch}", values)

    def between(self, connection: Connection, key: Key | None, last: Key | None) -> list[Row]:
        """Return all rows after ``key`` up to ``last``, in order; None: without a limit on this side."""
        where, values = self._chosen(connection, key, last)
        return self._read(connection, f"{where} ORDER BY {self._order(connection)}", values)

    def _chosen(self, connection: Connection, key: Key | None, last: Key | None) -> tuple[str, Key]:
        """Return the condition of the rows after ``key`` up to ``last``."""
        mark, names = _placeholder(connection), ", ".join(self._key_names(connection))
        conditions, values = [self._has_item(connection)], list[Any]()
        for comparison, bound in ((">", key), ("<=", last)):
            if bound is not None:
                conditions.append(f"({names}) {comparison} ({', '.join([mark] * len(bound))})")
                values += bound
        where = " AND ".join(filter(None, conditions))
        return f"WHERE {where}" if where else "", tuple(values)

    def _has_item(self, connection: Connection) -> str:
        """Return the condition of rows that are not left to the drop of their partition; "" if none are."""
        if is_sqlite(connection) or self.name not in ITEM_TABLES:
            return ""
        return f'EXISTS (SELECT 1 FROM items WHERE items.id = "{self.name}".item_id)'

    def _order(self, connection: Connection) -> str:
        return ", ".join(self._key_names(connection))

    def _key_names(self, connection: Connection) -> list[str]:
        """Return the key as both databases order it: texts by their bytes."""
        if is_sqlite(connection):
            return [_quoted(column) for column in self.key_columns]
        names = ((_quoted(column), isinstance(column.type, Text)) for column in self.key_columns)
        return [f'{name} COLLATE "C"' if is_text else name for name, is_text in names]

    def _read(self, connection: Connection, end: str, values: Key) -> list[Row]:
        chosen = ", ".join(self._selected(connection))
        cursor = connection.connection.cursor()
        try:
            cursor.execute(f'SELECT {chosen} FROM "{self.name}" {end}', values)
            rows: list[Row] = list(cursor.fetchall())
        finally:
            cursor.close()
        return self._from_sqlite(rows) if is_sqlite(connection) else rows

    def _selected(self, connection: Connection) -> list[str]:
        if is_sqlite(connection):
            return [_quoted(column) for column in self.columns]
        return [_postgresql_expression(column) for column in self.columns]

    def _from_sqlite(self, rows: list[Row]) -> list[Row]:
        """Return rows with short texts unpacked, and without NUL, which PostgreSQL does not take."""
        short = [place for place, column in enumerate(self.columns) if isinstance(column.type, ShortText)]
        found = []
        for row in rows:
            if short or any(type(value) is str and "\0" in value for value in row):
                values = list(row)
                for place in short:
                    if isinstance(values[place], bytes):
                        values[place] = unpack_short_text(values[place])
                row = tuple(value.replace("\0", "") if type(value) is str else value for value in values)
            found.append(row)
        return found

    # ------------------------------------------------------------ writing
    def insert(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Insert rows."""
        if not rows:
            return
        if is_sqlite(connection):
            connection.exec_driver_sql(self._insert_statement(), [self._for_sqlite(row) for row in rows])
        else:
            self._copy(connection, self.name, rows)

    def update(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Replace rows that other tables refer to, in their place."""
        if not rows:
            return
        keys = ", ".join(map(_quoted, self.key_columns))
        others = [_quoted(column) for column in self.columns if column not in self.key_columns]
        changes = ", ".join(f"{name} = excluded.{name}" for name in others)
        conflict = f"ON CONFLICT ({keys}) DO UPDATE SET {changes}"
        self._free_unique_texts(connection, rows)
        if is_sqlite(connection):
            statement = f"{self._insert_statement()} {conflict}"
            connection.exec_driver_sql(statement, [self._for_sqlite(row) for row in rows])
            return
        like = f'(LIKE "{self.name}" INCLUDING DEFAULTS) ON COMMIT DROP'
        connection.exec_driver_sql(f'CREATE TEMP TABLE IF NOT EXISTS "moved_{self.name}" {like}')
        self._copy(connection, f"moved_{self.name}", rows)
        names = ", ".join(map(_quoted, self.columns))
        connection.exec_driver_sql(
            f'INSERT INTO "{self.name}" ({names}) SELECT {names} FROM "moved_{self.name}" {conflict}'
        )
        connection.exec_driver_sql(f'TRUNCATE "moved_{self.name}"')

    def _free_unique_texts(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Make texts that must differ free, because rows may have exchanged them."""
        column = {"sources": "slug", "items": "uid"}.get(self.name)
        if column:
            statement = f"UPDATE \"{self.name}\" SET {column} = '~' || id WHERE id = {_placeholder(connection)}"
            connection.exec_driver_sql(statement, [self.key_of(row) for row in rows])

    def delete(self, connection: Connection, keys: Sequence[Key]) -> None:
        """Delete rows."""
        if keys:
            mark = _placeholder(connection)
            where = " AND ".join(f"{_quoted(column)} = {mark}" for column in self.key_columns)
            connection.exec_driver_sql(f'DELETE FROM "{self.name}" WHERE {where}', list(keys))

    def _insert_statement(self) -> str:
        names = ", ".join(map(_quoted, self.columns))
        return f'INSERT INTO "{self.name}" ({names}) VALUES ({", ".join("?" * len(self.columns))})'

    @cached_property
    def _packers(self) -> list[tuple[int, Callable[[str], bytes]]]:
        return [(place, pack_text) for place, column in enumerate(self.columns) if isinstance(column.type, ShortText)]

    def _for_sqlite(self, row: Row) -> Row:
        if not self._packers:
            return row
        values = list(row)
        for place, pack in self._packers:
            values[place] = pack(values[place]) if values[place] else values[place]
        return tuple(values)

    @cached_property
    def _times(self) -> list[int]:
        return [place for place, column in enumerate(self.columns) if isinstance(column.type, UTC_DateTime)]

    def _for_postgresql(self, row: Row) -> Row:
        if not self._times:
            return row
        values = list(row)
        for place in self._times:
            if values[place] is not None:
                values[place] = time_of(values[place])
        return tuple(values)

    def _copy(self, connection: Connection, target: str, rows: Sequence[Row]) -> None:
        names = ", ".join(map(_quoted, self.columns))
        cursor = connection.connection.cursor()
        try:
            with cursor.copy(f'COPY "{target}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(self._for_postgresql(row))
        finally:
            cursor.close()


def moved_tables() -> list[TableRows]:
    """Return all tables that are copied, those that others refer to first."""
    return [TableRows(table) for table in metadata.sorted_tables if table is not moves]


def _quoted(column: Column[Any]) -> str:
    return f'"{column.name}"'


def _placeholder(connection: Connection) -> str:
    return "?" if is_sqlite(connection) else "%s"


def _postgresql_expression(column: Column[Any]) -> str:
    name = _quoted(column)
    if isinstance(column.type, UTC_Second):
        return _SECOND.format(name)
    if isinstance(column.type, UTC_DateTime):
        return _TIME.format(name)
    if isinstance(column.type, Boolean):
        return f"{name}::int"
    if isinstance(column.type, JSON):
        return f"{name}::text"
    return name
