"""What a database is in a move: the original, a copy that is not finished, or one that was moved elsewhere.

The facts are rows of the table ``moves``, which is not copied.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, delete, exists, select

from aggregator.store.schema.move_tables import COPY_OF as COPY_OF
from aggregator.store.schema.move_tables import MOVED_TO as MOVED_TO
from aggregator.store.schema.tables import (
    admin_actions,
    corrections,
    documents,
    items,
    moves,
    sources,
    subscribers,
    texts,
)
from aggregator.store.sql.dialect import insert_for

ID = "id"  # of the original, random


def get(connection: Connection, name: str) -> str | None:
    """Return a fact."""
    value: str | None = connection.execute(select(moves.c.value).where(moves.c.name == name)).scalar()
    return value


def put(connection: Connection, name: str, value: str) -> None:
    """Record a fact."""
    statement = insert_for(connection, moves).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def drop(connection: Connection, name: str) -> None:
    """Forget a fact."""
    connection.execute(delete(moves).where(moves.c.name == name))


def identify(connection: Connection) -> str:
    """Return the id of the original, which is made when it is first needed."""
    known = get(connection, ID)
    if known is None:
        known = secrets.token_hex(16)
        put(connection, ID, known)
    return known


def is_empty(connection: Connection) -> bool:
    """Return whether nothing was stored yet."""
    filled = (sources, items, texts, documents, corrections, subscribers, admin_actions)
    return not any(connection.execute(select(exists(select(1).select_from(table)))).scalar() for table in filled)
