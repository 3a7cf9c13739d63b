"""Partitions of PostgreSQL: ranges of a column, which are made ahead and dropped as a whole.

A table has any number of ranges and a default partition, which takes rows that no range is there for, so that a
missing one makes no insert fail. A range is made and attached, or detached, in a moment, in which the transaction
needs a lock that waits for readers of the table: it gives up soon, because everybody else waits behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from aggregator.store.sql.dialect import is_sqlite

LOWEST = -(1 << 62)  # lower than every key
DETACHED = "gedi_detached_"  # begin of the names of partitions that are left to drop
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '200ms'"
_BOUNDS = re.compile(r"FOR VALUES FROM \((.*)\) TO \((.*)\)")
_RANGES = text("""
    SELECT relname, pg_get_expr(relpartbound, pg_class.oid) AS bounds FROM pg_inherits JOIN pg_class ON oid = inhrelid
    WHERE inhparent = CAST(:name AS regclass) ORDER BY relname""")
_PARTITIONS = text("""
    SELECT part.relname FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
    JOIN pg_class AS whole ON whole.oid = inhparent
    WHERE part.relkind = 'r' AND whole.relname = ANY(:names) AND part.relnamespace = to_regnamespace(current_schema())
    ORDER BY part.relname""")
_LEFT_TABLES = text("""
    SELECT relname FROM pg_class WHERE relkind = 'r' AND starts_with(relname, :prefix)
    AND relnamespace = to_regnamespace(current_schema()) ORDER BY relname""")


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A table with partitions, the column whose values they are ranges of, and what its values count.

    A key is a whole number: the id of an item, or a time in units of ``seconds``.
    """

    name: str
    column: str
    seconds: int = 0  # 0: ids of items
    is_time: bool = False  # the column has times, the key their seconds
    weekly: bool = False  # a range is a week, otherwise a month

    @property
    def default(self) -> str:
        return f"{self.name}_default"

    def key_of(self, time: datetime) -> int:
        """Return the key of a time."""
        return int(time.timestamp()) // self.seconds

    def literal(self, key: int) -> str:
        """Return the key as SQL."""
        return f"to_timestamp({key})" if self.is_time else str(key)

    def periods(self, time: datetime, count: int) -> list[int]:
        """Return the keys at which the period of a time, and the ``count`` following ones begin."""
        start = datetime(time.year, time.month, 1, tzinfo=UTC)
        if self.weekly:
            start = datetime(time.year, time.month, time.day, tzinfo=UTC) - timedelta(days=time.weekday())
        starts = [start]
        while len(starts) <= count:
            following = starts[-1] + timedelta(days=7 if self.weekly else 32)
            starts.append(following if self.weekly else following.replace(day=1))
        return [self.key_of(each) for each in starts]


TEXTS = Partitioned("texts", "item_id")
SKETCHES = Partitioned("sketches", "item_id")
SEARCH = Partitioned("search", "second", seconds=1)
POLLS = Partitioned("polls", "at", seconds=1, is_time=True, weekly=True)
SOURCE_HOURS = Partitioned("source_hours", "hour", seconds=3600)
PARTITIONED = (TEXTS, SKETCHES, SEARCH, POLLS, SOURCE_HOURS)


@dataclass(frozen=True, slots=True)
class Range:
    """A partition: keys from ``lower`` up to and without ``upper``."""

    name: str
    lower: int
    upper: int


def have_partitions(connection: Connection | Engine) -> bool:
    """Return whether the database has partitions; SQLite has none."""
    return not is_sqlite(connection)


# ---------------------------------------------------------------- what there is
def ranges_of(connection: Connection, table: Partitioned) -> list[Range]:
    """Return the ranges of a table in their order, without the default partition."""
    found = []
    for name, bounds in connection.execute(_RANGES, {"name": table.name}):
        if match := _BOUNDS.fullmatch(bounds):
            found.append(Range(name, *(_key(table, bound) for bound in match.groups())))
    return sorted(found, key=lambda each: each.lower)


def _key(table: Partitioned, bound: str) -> int:
    if bound == "MINVALUE":
        return LOWEST
    value = bound.strip("'")
    return table.key_of(datetime.fromisoformat(value)) if table.is_time else int(value)


def partitions_of(connection: Connection, tables: Iterable[str]) -> list[str]:
    """Return the names of all partitions of these tables."""
    if not have_partitions(connection):
        return []
    return list(connection.execute(_PARTITIONS, {"names": list(tables)}).scalars())


def last_item_id(connection: Connection) -> int:
    """Return the highest item id that was ever given."""
    query = "SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence('items', 'id') AS regclass))"
    return int(connection.exec_driver_sql(query).scalar() or 0)


def count_in_default(connection: Connection, table: Partitioned, lower: int, upper: int, limit: int) -> int:
    """Return how many rows of the default partition have keys of a range, counted up to ``limit``."""
    query = f"SELECT 1 FROM {table.default} WHERE {_is_within(table, lower, upper)} LIMIT {limit}"
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM ({query}) AS found").scalar_one())


def last_in_default(connection: Connection, table: Partitioned) -> int | None:
    """Return the highest key in the default partition; None if it is empty."""
    highest = connection.exec_driver_sql(f"SELECT max({table.column}) FROM {table.default}").scalar()
    return table.key_of(highest) if isinstance(highest, datetime) else highest


def _is_within(table: Partitioned, lower: int, upper: int) -> str:
    is_below = f"{table.column} < {table.literal(upper)}"
    return is_below if lower == LOWEST else f"{table.column} >= {table.literal(lower)} AND {is_below}"


# ---------------------------------------------------------------- changes
def wait_shortly(connection: Connection) -> None:
    """Let no statement of this transaction wait for long for a lock of a table."""
    connection.exec_driver_sql(_LOCK_TIMEOUT)


def create_range(connection: Connection, table: Partitioned, lower: int, upper: int) -> None:
    """Create a partition, with the rows that the default partition has of it."""
    name = f"{table.name}_{'first' if lower == LOWEST else lower}"
    connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE {table.name} INCLUDING ALL)")
    moved = f"DELETE FROM {table.default} WHERE {_is_within(table, lower, upper)} RETURNING *"
    connection.exec_driver_sql(f"WITH moved AS ({moved}) INSERT INTO {name} SELECT * FROM moved")
    attach_range(connection, table, name, lower, upper)


def attach_range(connection: Connection, table: Partitioned, name: str, lower: int, upper: int) -> None:
    """Make a table that has only such rows a partition."""
    begin = "MINVALUE" if lower == LOWEST else table.literal(lower)
    bounds = f"FROM ({begin}) TO ({table.literal(upper)})"
    connection.exec_driver_sql(f"ALTER TABLE {table.name} ATTACH PARTITION {name} FOR VALUES {bounds}")


def detach_range(connection: Connection, table: Partitioned, name: str, kept: Sequence[int] = ()) -> None:
    """Detach a partition, to be dropped by ``drop_detached``; rows with the keys ``kept`` go to the default one."""
    connection.exec_driver_sql(f"ALTER TABLE {table.name} DETACH PARTITION {name}")
    connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {DETACHED}{name}")
    if kept:
        chosen = f"SELECT * FROM {DETACHED}{name} WHERE {table.column} = ANY(%s)"
        connection.exec_driver_sql(f"INSERT INTO {table.name} {chosen}", (list(kept),))


def detached(connection: Connection) -> list[str]:
    """Return the partitions that were detached and are not dropped yet."""
    return list(connection.execute(_LEFT_TABLES, {"prefix": DETACHED}).scalars())


def drop_detached(connection: Connection, name: str) -> None:
    """Drop one of these, which nobody uses."""
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")


def lay_out(connection: Connection, table: Partitioned, bounds: Sequence[int]) -> None:
    """Replace the partitions of an empty table: one up to the first bound, and one up to each other."""
    for each in ranges_of(connection, table):
        connection.exec_driver_sql(f"DROP TABLE {each.name}")
    lower = LOWEST
    for upper in bounds:
        create_range(connection, table, lower, upper)
        lower = upper


def delete_from_default(connection: Connection, table: Partitioned, below: int, limit: int) -> int:
    """Delete up to ``limit`` rows with keys below a bound, but not of items that exist, from the default partition;
    returns how many."""
    where = _is_within(table, LOWEST, below)
    if not table.seconds:
        where += f" AND NOT EXISTS (SELECT 1 FROM items WHERE items.id = {table.default}.{table.column})"
    some = f"SELECT ctid FROM {table.default} WHERE {where} LIMIT {limit}"
    return connection.exec_driver_sql(f"DELETE FROM {table.default} WHERE ctid = ANY(ARRAY({some}))").rowcount
