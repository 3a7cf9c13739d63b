"""Connections to PostgreSQL that do not wait for ever for a server that has stopped answering.

The server ends a statement that takes too long, unless it, its machine or a proxy before it stands still: nothing says
so then, and the thread that waits would never return.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import psycopg
from sqlalchemy import Engine, event

PING_SECONDS = 3.0  # for the question whether a connection still works


def be_impatient(engine: Engine, seconds: float) -> None:
    """Let each exchange with the server of an engine take ``seconds`` at most."""
    dialect: Any = engine.dialect
    ping = dialect.do_ping

    def connect(_dialect: object, _record: object, arguments: Any, options: Any) -> ImpatientConnection:
        connection = ImpatientConnection.connect(*arguments, **options)
        connection.seconds = seconds
        return connection

    def ping_quickly(connection: ImpatientConnection) -> bool:
        connection.seconds = min(PING_SECONDS, seconds)
        try:
            return bool(ping(connection))
        finally:
            connection.seconds = seconds

    event.listen(engine, "do_connect", connect)
    dialect.do_ping = ping_quickly


class ImpatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when an exchange takes too long."""

    seconds = 30.0  # also for the exchanges while it is being opened

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        """Run an exchange. Raises OperationalError if it takes too long."""
        return super().wait(self._limited(gen), *arguments, **options)

    def _limited(self, exchange: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        end = time.monotonic() + self.seconds
        try:
            wanted = next(exchange)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > end:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"the server has not answered for {self.seconds:g} s")
                wanted = exchange.send(ready)
        except StopIteration as result:
            return result.value
