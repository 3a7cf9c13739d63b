"""The clock of the database's machine, which is the same for all workers."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, text

from aggregator.store.sql.dialect import is_sqlite

_SQLITE = text("SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)")
_POSTGRESQL = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)")


def milliseconds(connection: Connection) -> int:
    """Return the time in milliseconds since 1970."""
    return int(connection.execute(_SQLITE if is_sqlite(connection) else _POSTGRESQL).scalar_one())


def database_time(connection: Connection) -> datetime:
    """Return the time."""
    return datetime.fromtimestamp(milliseconds(connection) / 1000, UTC)
