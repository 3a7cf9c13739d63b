"""What every part of the store's face stands on: the engine, a way to read and a way to write."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from aggregator.store.sql import dialect


class Connected:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()  # SQLite's waiting is by polling; threads of one process take turns instead
        self._writing: int | None = None  # the thread whose turn it is

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with dialect.transaction(self._engine) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, alone: bool = True) -> Iterator[Connection]:
        """A write transaction; ``alone``: the only one there is, on PostgreSQL too."""
        if self._writing == threading.get_ident():
            raise RuntimeError("a write transaction inside another one would wait for ever")
        with self._turn:
            self._writing = threading.get_ident()
            try:
                with dialect.write_transaction(self._engine, alone=alone) as connection:
                    yield connection
            finally:
                self._writing = None
