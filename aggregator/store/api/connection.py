"""What every part of the store's face stands on: the engine, a way to read and a way to write."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from aggregator.store.sql import dialect


class ConnectionMixin:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._write_lock = threading.Lock()  # SQLite's waiting is by polling; threads of one process take turns instead
        self._writing_thread: int | None = None  # the thread whose turn it is

    @contextmanager
    def _read_transaction(self) -> Iterator[Connection]:
        with dialect.transaction(self._engine) as connection:
            yield connection

    @contextmanager
    def _write_transaction(self, *, exclusive: bool = True) -> Iterator[Connection]:
        """A write transaction; ``alone``: the only one there is, on PostgreSQL too."""
        if self._writing_thread == threading.get_ident():
            raise RuntimeError("a write transaction inside another one would wait for ever")
        with self._write_lock:
            self._writing_thread = threading.get_ident()
            try:
                with dialect.write_transaction(self._engine, exclusive=exclusive) as connection:
                    yield connection
            finally:
                self._writing_thread = None
