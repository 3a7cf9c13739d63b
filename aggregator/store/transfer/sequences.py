"""The counters from which both databases take new ids: SQLite's ``sqlite_sequence``, PostgreSQL's sequences."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Integer, Table, func, select

from aggregator.store.schema.tables import metadata
from aggregator.store.sql.dialect import is_sqlite


def read(connection: Connection) -> dict[str, int]:
    """Return table -> the highest id that was ever given, for tables that number their rows."""
    found = {}
    for table, column in _numbered():
        highest = connection.execute(select(func.max(column))).scalar() or 0
        found[table.name] = max(highest, _last(connection, table, column))
    return found


def _last(connection: Connection, table: Table, column: Column[int]) -> int:
    if is_sqlite(connection):
        query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
        return connection.exec_driver_sql(query, (table.name,)).scalar() or 0
    sequence = _sequence(connection, table, column)
    if sequence is None:
        return 0
    last, used = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {sequence}").one()
    return int(last) if used else 0


def write(connection: Connection, numbers: dict[str, int]) -> None:
    """Set the counters, so that no id is given twice."""
    for table, column in _numbered():
        last = numbers.get(table.name, 0)
        if last == 0:
            continue
        if is_sqlite(connection):
            if table.dialect_kwargs.get("sqlite_autoincrement"):
                connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
                connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last))
        elif (sequence := _sequence(connection, table, column)) is not None:
            connection.exec_driver_sql("SELECT setval(%s, %s)", (sequence, last))


def _numbered() -> list[tuple[Table, Column[int]]]:
    """Return the tables with one integer key that the database may give, and this key."""
    found = []
    for table in metadata.sorted_tables:
        keys = list(table.primary_key.columns)
        if len(keys) == 1 and isinstance(keys[0].type, Integer) and keys[0].autoincrement is not False:
            found.append((table, keys[0]))
    return found


def _sequence(connection: Connection, table: Table, column: Column[int]) -> str | None:
    query = "SELECT pg_get_serial_sequence(%s, %s)"
    name: str | None = connection.exec_driver_sql(query, (table.name, column.name)).scalar()
    return name
