"""PostgreSQL only: who else uses a database, and another schema for its tables."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

_OTHERS = text("""
    SELECT pid, coalesce(host(client_addr), 'this machine') AS address, application_name FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY pid""")
_PRESENT = text("""
    SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY(:names)
    ORDER BY tablename""")


def others(connection: Connection) -> list[str]:
    """Return the other sessions of the database, described."""
    rows = connection.execute(_OTHERS).all()
    return [f"session {row.pid} from {row.address}{_named(row.application_name)}" for row in rows]


def _named(application: str) -> str:
    return f" ({application})" if application else ""


def stay_idle(connection: Connection) -> None:
    """Let the transaction be idle for minutes, while rows are read elsewhere."""
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '10min'")


def set_aside(connection: Connection, names: Sequence[str], schema: str) -> bool:
    """Move the tables of these names, with their indexes and sequences, to a new schema. Returns whether there are
    any."""
    present = connection.execute(_PRESENT, {"names": list(names)}).scalars().all()
    if not present:
        return False
    connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
    for name in present:
        connection.exec_driver_sql(f'ALTER TABLE "{name}" SET SCHEMA "{schema}"')
    return True
