"""Keep everybody from writing to a database: for the last pass of a move by locks, and after it by triggers.

The triggers belong to the database, so they hold for all processes, whatever their version, until ``thaw``.
"""

from __future__ import annotations

from sqlalchemy import Connection

from aggregator.store.schema.tables import metadata, moves
from aggregator.store.sql.dialect import MOVED_MESSAGE as MESSAGE
from aggregator.store.sql.dialect import is_sqlite

# What a site writes for readers: it is derived, or counts requests, and may differ after a move.
_WRITABLE = {
    moves.name,
    *("documents", "feed_versions", "feed_clients", "feed_subscribers", "pictures", "thumbnails", "listing_changes"),
}
_EVENTS = ("INSERT", "UPDATE", "DELETE")


def lock_tables(connection: Connection) -> None:
    """Keep others from writing until the transaction ends. SQLite: the transaction alone does that."""
    if not is_sqlite(connection):
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")


def freeze(connection: Connection) -> None:
    """Refuse every write from now on, except of what a site writes for readers."""
    if not is_sqlite(connection):
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION gedi_moved() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$"
        )
    for table in _frozen_tables():
        if is_sqlite(connection):
            for event in _EVENTS:
                connection.exec_driver_sql(
                    f'CREATE TRIGGER IF NOT EXISTS "moved_{table}_{event}" BEFORE {event} ON "{table}" '
                    f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
                )
        else:
            connection.exec_driver_sql(
                f'CREATE OR REPLACE TRIGGER "moved_{table}" BEFORE {" OR ".join(_EVENTS)} ON "{table}" '
                "FOR EACH STATEMENT EXECUTE FUNCTION gedi_moved()"
            )


def thaw(connection: Connection) -> None:
    """Take writes again."""
    for table in _frozen_tables():
        if is_sqlite(connection):
            for event in _EVENTS:
                connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "moved_{table}_{event}"')
        else:
            connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "moved_{table}" ON "{table}"')
    if not is_sqlite(connection):
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS gedi_moved()")


def _frozen_tables() -> list[str]:
    return [table.name for table in metadata.sorted_tables if table.name not in _WRITABLE]
