"""Base classes of the store API: access to the engine, and to the connection of an open write transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from aggregator.messages import Message
from aggregator.store import open_changes
from aggregator.store.availability import Availability, DatabaseUnavailableError, error_of, unavailable
from aggregator.store.sql import dialect
from aggregator.store.sql.dialect import MOVED_MESSAGE
from aggregator.store.sql.replica import Replica, current_reading, note_written
from aggregator.store.sql.search_entry import SearchRow, TagChange
from aggregator.texts import Phrase


class MovedDatabaseError(Exception):
    """The database was moved to another one, and takes no writes any more."""

    def __init__(self, place: str = Phrase("another one")) -> None:
        super().__init__(
            Phrase(
                "this database was moved to {place} and takes no writes; set [database] url to the new one and restart "
                "(gedi move-to --cancel takes it back)",
                place=place,
            )
        )


DATABASE_STATES = (DatabaseUnavailableError, MovedDatabaseError)  # logged by the store alone


class StatementTimeoutError(Exception):
    """A statement took longer than the store allows, and was ended by the database."""


class ConnectionMixin:
    """Open read and write transactions; the base of every part of ``Store``."""

    def __init__(self, engine: Engine, timeout: timedelta | None = None, replica: Replica | None = None) -> None:
        """``timeout`` is the longest time of a statement on PostgreSQL (``dialect.read_transaction``)."""
        self._engine = engine
        self._timeout = timeout
        self._replica = replica
        self._availability = Availability()
        self._write_lock = threading.Lock()  # SQLite waits by polling, so threads of one process queue here instead
        self._writing_thread: int | None = None  # identifier of the thread that holds the lock

    @contextmanager
    def _read_transaction(self) -> Iterator[Connection]:
        with self._readable_errors(writes=False), self._begin_read() as connection:
            yield connection

    def _begin_read(self) -> AbstractContextManager[Connection]:
        reading = current_reading()
        if self._replica is None or reading is None:
            return dialect.read_transaction(self._engine, self._timeout)
        return self._replica.read_transaction(reading, self._timeout)

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
                begun = self._begin_write(exclusive=exclusive, settling=settling)
                with self._readable_errors(writes=True), begun as connection:
                    open_changes.begin(connection)
                    yield connection
                    if open_changes.has_open_changes(connection):
                        from aggregator.store.transaction_end import end_transaction  # not needed by most commands

                        end_transaction(connection)
                    if self._replica is not None:
                        note_written(connection)
            finally:
                self._writing_thread = None

    def _begin_write(self, *, exclusive: bool, settling: bool = False) -> AbstractContextManager[Connection]:
        """Open a write transaction that does not wait for others of its process."""
        return dialect.write_transaction(self._engine, exclusive=exclusive, settling=settling, timeout=self._timeout)

    @contextmanager
    def _side_transaction(self) -> Iterator[Connection]:
        """Open a write transaction of PostgreSQL that no other waits for, and that waits for no other of its process.

        What ``_write_transaction`` collects is not written.
        """
        with self._readable_errors(writes=True), self._begin_write(exclusive=False) as connection:
            yield connection

    def take_outage(self) -> tuple[Message, float] | None:
        """Return why the database could not be used for a time since the last call, and how many seconds ago that
        began; None if it always could, or still cannot."""
        return self._availability.take_over()

    @contextmanager
    def _readable_errors(self, *, writes: bool) -> Iterator[None]:
        """Raise errors that say what happened instead of the driver's.

        While the database is not available, the block is entered only for an attempt, once a second.
        """
        self._availability.check(writes=writes)
        try:
            yield
        except SQLAlchemyError as error:
            if MOVED_MESSAGE in str(getattr(error, "orig", "")):
                moved = MovedDatabaseError()
                self._availability.note_refusal(moved)
                raise moved from error
            if dialect.is_timeout(error):
                raise StatementTimeoutError(error_of(error)) from error
            away = unavailable(error, dialect.sqlite_path(self._engine))
            if not isinstance(away, DatabaseUnavailableError):
                raise
            self._availability.note_failure(away)
            raise away from error
        self._availability.note_success(writes=writes)


class WriterMixin:
    """Use the connection of an open write transaction; the base of every part of ``Writer``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # written at the end
        self._search_entries: list[SearchRow] = []
        self._tag_changes: list[TagChange] = []

    def finish(self) -> None:
        """Write what was collected until the end of the transaction."""
