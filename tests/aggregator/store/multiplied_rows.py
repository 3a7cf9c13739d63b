"""Large tables made by SQL from the rows of a small store: each copy has ids, names and times of its own."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Integer, Text, text
from sqlalchemy.sql.sqltypes import BigInteger

from aggregator.store.schema.columns import MessageText
from aggregator.store.schema.tables import metadata
from aggregator.store.sql import partitions
from aggregator.store.sql.dialect import UTC_DateTime, UTC_Second, analyze, is_sqlite

MANY = 200  # rows from which a table counts as large
PLANNED_TIMES = 1000  # PostgreSQL plans for so many times more rows than there are
_PLAN_FOR_MORE = text(
    "UPDATE pg_class SET reltuples = reltuples * :times WHERE relname = ANY(:tables) OR oid IN "
    "(SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM pg_class WHERE relname = ANY(:tables)))"
)
APART = 100_000  # between the ids of two copies
_NUMBERS = {  # columns that hold ids, or numbers that must not be the same in two copies
    *("id", "item_id", "story_id", "source_id", "lead_id", "first_id", "reprint_of", "old", "new", "a", "b"),
    *("number", "picture", "picture_id", "thumbnail", "position", "key"),
}
_NAMES = {"slug", "uid", "guid", "url", "path", "etag", "owner", "token", "callback", "host", "name", "agent"}
_FUTURE = {"next_poll", "leased_until", "due", "next_at"}  # most of which are not reached yet
_BY_LISTING = {"feed_journals", "feed_pages", "listing_changes", "documents", "daily_digests", "daily_digest_items"}
_SKIPPED = {"moves", "secrets", "counters", "workers", "mark_blocks", "mark_segments", "voided_marks", "settlements"}
_SKIPPED |= {"sketches"}  # read by id, in batches that the index of marks has found


def multiply(connection: Connection, copies: int) -> set[str]:
    """Add ``copies`` of every row, each eight hours older than the one before. Returns the tables that became large.

    The planner of PostgreSQL takes them for far larger still, as the plans for few rows tell nothing.
    """
    large = set()
    if not is_sqlite(connection):
        _create_partitions(connection, copies)
    for table in metadata.sorted_tables:
        if table.name in _SKIPPED:
            continue
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        values = ", ".join(_value(connection, column) for column in table.columns)
        series = (
            "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :copies) SELECT n FROM s) AS s"
            if is_sqlite(connection)
            else "generate_series(1, :copies) AS s(n)"
        )
        statement = f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM "{table.name}", {series}'
        added = connection.execute(text(statement), {"copies": copies}).rowcount
        if added >= MANY:
            large.add(table.name)
    analyze(connection)
    if not is_sqlite(connection):
        tables = [*sorted(large), *partitions.partitions_of(connection, large)]
        connection.execute(_PLAN_FOR_MORE, {"tables": tables, "times": PLANNED_TIMES})
    return large


def _create_partitions(connection: Connection, copies: int) -> None:
    """Create six more partitions for the ids of the copies."""
    each = copies * APART // 6
    for table in (partitions.TEXTS, partitions.SKETCHES):
        (first,) = partitions.ranges_of(connection, table)
        for number in range(6):
            lower = first.upper if number == 0 else number * each
            partitions.create_range(connection, table, lower, (number + 1) * each + APART * (number // 5))


def _value(connection: Connection, column: Column[object]) -> str:
    name = f'"{column.name}"'
    if column.name in _FUTURE:
        return name
    if isinstance(column.type, UTC_Second) and is_sqlite(connection):
        return f"datetime({name}, '-' || (8 * n) || ' hours')"
    if isinstance(column.type, UTC_DateTime):
        hours = "8 * n * 3600000000" if is_sqlite(connection) else "n * interval '8 hours'"
        return f"{name} - {hours}"
    if column.name in ("day", "hour"):
        return name if isinstance(column.type, Text) else f"{name} - 8 * n"
    if column.name in _NUMBERS and isinstance(column.type, Integer | BigInteger):
        return f"{name} + n * {APART}"
    names = _NAMES | {"listing"} if column.table.name in _BY_LISTING else _NAMES
    if column.name in names and isinstance(column.type, Text) and not isinstance(column.type, MessageText):
        return f"{name} || '-' || n"
    return name
