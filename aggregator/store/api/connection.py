"""Base classes of the store API: access to the engine, and to the connection of an open write transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from aggregator.store import open_changes
from aggregator.store.sql import dialect
from aggregator.store.sql.dialect import MOVED_MESSAGE
from aggregator.store.sql.search_entry import SearchRow


class MovedDatabaseError(Exception):
    """The database was moved to another one, and takes no writes any more."""

    def __init__(self, place: str = "another one") -> None:
        super().__init__(
            f"this database was moved to {place} and takes no writes; set [database] url to the new one and restart "
            "(gedi move-to --cancel takes it back)"
        )


class ConnectionMixin:
    """Open read and write transactions; the base of every part of ``Store``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._write_lock = threading.Lock()  # SQLite waits by polling, so threads of one process queue here instead
        self._writing_thread: int | None = None  # identifier of the thread that holds the lock

    @contextmanager
    def _read_transaction(self) -> Iterator[Connection]:
        with dialect.read_transaction(self._engine) as connection:
            yield connection

    @contextmanager
    def _write_transaction(self, *, exclusive: bool = True, settling: bool = False) -> Iterator[Connection]:
        """Open a write transaction; ``exclusive`` and ``settling`` say beside which others on PostgreSQL
        (``dialect.write_transaction``). At its end everything is written that it has collected.

        Raises RuntimeError if this thread has a write transaction open: the second would never get the lock.
        """
        if self._writing_thread == threading.get_ident():
            raise RuntimeError("nested write transaction: the thread would wait for itself")
        with self._write_lock:
            self._writing_thread = threading.get_ident()
            try:
                with dialect.write_transaction(self._engine, exclusive=exclusive, settling=settling) as connection:
                    open_changes.begin(connection)
                    yield connection
                    if open_changes.has_open_changes(connection):
                        from aggregator.store.transaction_end import end_transaction  # not needed by most commands

                        end_transaction(connection)
            except DBAPIError as error:
                if MOVED_MESSAGE in str(error.orig):
                    raise MovedDatabaseError from error
                raise
            finally:
                self._writing_thread = None


class WriterMixin:
    """Use the connection of an open write transaction; the base of every part of ``Writer``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._search_entries: list[SearchRow] = []  # inserted then

    def finish(self) -> None:
        """Write what was collected until the end of the transaction."""
