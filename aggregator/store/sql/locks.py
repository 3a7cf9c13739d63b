"""Advisory locks by which transactions of several workers take turns on PostgreSQL; SQLite has one writer anyway.

They are always taken in this order, so that no two transactions wait for each other:

    gate         shared by all that store visits; taken alone by what changes anything at once (corrections, pruning)
    rows         sources, then the claimed work, stories and items, each in the order of their keys
    shared rows  of feeds and totals, which all would change: by who gets the lock at once, or at the beginning
    settlement   the end of a transaction that stores items: check, log and index
"""

from __future__ import annotations

from sqlalchemy import Boolean, ColumnElement, Connection, TextClause, func, text

_GATE = 0x67656469  # "gedi"
_CLAIMS, _SHARED_ROWS, _SETTLEMENT, _MERGE = (_GATE + number for number in range(1, 5))
_GATE_SHARED = f"SELECT pg_advisory_xact_lock_shared({_GATE})"
_GATE_ALONE = f"SELECT pg_advisory_xact_lock({_GATE}), pg_advisory_xact_lock({_SHARED_ROWS})"


def has_one_writer(connection: Connection) -> bool:
    """Return whether the database lets no two transactions write at the same time."""
    return connection.dialect.name == "sqlite"


def gate(*, exclusive: bool, settling: bool) -> str:
    """Return the statement by which a write transaction takes the gate at its beginning on PostgreSQL; "" for none."""
    return _GATE_ALONE if exclusive else _GATE_SHARED if settling else ""


def lock_claims(connection: Connection) -> None:
    """Serialize the choice of sources to claim until the end of the transaction."""
    _lock(connection, _CLAIMS)


def lock_shared_rows(connection: Connection) -> None:
    """Wait for the rows of feeds and totals, at the beginning of a transaction that has locked nothing else."""
    _lock(connection, _SHARED_ROWS)


def shared_rows_are_free() -> ColumnElement[bool]:
    """Return the condition, on PostgreSQL, that locks the rows of feeds and totals, unless another transaction has
    them. Never waits."""
    return func.pg_try_advisory_xact_lock(_SHARED_ROWS, type_=Boolean)


def lock_settlement(connection: Connection) -> None:
    """Let no other transaction end that stores items, until this one has ended. The last lock that it takes."""
    _lock(connection, _SETTLEMENT)


def try_merge(connection: Connection) -> bool:
    """Become the only transaction that merges segments of the index, unless another does. Never waits."""
    return _try(connection, _MERGE)


def _lock(connection: Connection, key: int) -> None:
    if not has_one_writer(connection):
        connection.execute(_LOCK, {"key": key})


def _try(connection: Connection, key: int) -> bool:
    return has_one_writer(connection) or bool(connection.execute(_TRY, {"key": key}).scalar_one())


_LOCK: TextClause = text("SELECT pg_advisory_xact_lock(:key)")
_TRY: TextClause = text("SELECT pg_try_advisory_xact_lock(:key)")
