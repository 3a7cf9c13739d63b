"""PostgreSQL only: who else uses a database, and another schema for its tables."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from aggregator.texts import Phrase

_OTHERS = text("""
    SELECT pid, host(client_addr) AS address, application_name FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY pid""")
_PRESENT = text("""
    SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY(:names)
    ORDER BY tablename""")


def others(connection: Connection) -> list[Phrase]:
    """Return the other sessions of the database, described."""
    rows = connection.execute(_OTHERS).all()
    return [_described(row.pid, row.address or Phrase("this machine"), row.application_name) for row in rows]


def _described(number: int, address: str, application: str) -> Phrase:
    if not application:
        return Phrase("session {number} from {address}", number=number, address=address)
    return Phrase(
        "session {number} from {address} ({application})", number=number, address=address, application=application
    )


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
