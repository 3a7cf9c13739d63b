"""Reads from a replica of a PostgreSQL database, as far as it is as new as the reader needs.

Only reads within a ``Reading`` may use the replica; all others use the primary. What a reader needs is the number of a
transaction that must be visible: PostgreSQL assigns the numbers, and the snapshot of each read says below which number
all transactions have ended, on the primary and on the replica. The snapshot is the one that all statements of the read
use, so the answer holds for them, whatever server a pool or a balancer has chosen.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from aggregator.store.sql.dialect import NO_LIMIT, begin_reading, driver_message, is_timeout, open_engine

log = logging.getLogger(__name__)

MONITOR_EVERY = 1.0  # seconds
CONNECT_TIMEOUT = 2  # seconds
DEAD_AFTER = 5000  # milliseconds until a connection whose other end does not confirm what it receives is closed
ReplicaKind = Literal["ok", "lagging", "unreachable"]

_SNAPSHOT = (
    "; SELECT pg_snapshot_xmin(pg_current_snapshot())::text, pg_snapshot_xmax(pg_current_snapshot())::text, "
    "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() - '0/0' END"
)
_WRITTEN = text("SELECT pg_current_wal_lsn() - '0/0'")
_NUMBER = text("SELECT pg_current_xact_id_if_assigned()::text")


@dataclass(slots=True)
class Reading:
    """What the reads of one request need, and what they met."""

    may_use_replica: bool = True
    needed: int = 0  # number of the transaction that must be visible; 0: none
    seen: int = 0  # number below which the last read may have seen transactions, as ``needed`` of a later one
    written: int = 0  # number of the last write transaction
    used_replica: bool = False
    replica_failed: bool = False  # in the midst of a read


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """The state of the replica, for ``seconds`` so far. ``lag``: how far it is behind, in seconds, if that is known."""

    kind: ReplicaKind
    seconds: float
    lag: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    first_running: int  # all transactions below have ended
    end: int  # no transaction from here on had ended
    replayed: int | None  # position in the log up to which the replica has applied it; None: not a replica


_current: ContextVar[Reading | None] = ContextVar("reading", default=None)


def current_reading() -> Reading | None:
    """Return the reading of this request, if it has one."""
    return _current.get()


@contextmanager
def use_reading(reading: Reading | None) -> Iterator[Reading | None]:
    """Route the reads of this block as ``reading`` says; with None they use the primary."""
    token = _current.set(reading)
    try:
        yield reading
    finally:
        _current.reset(token)


def note_written(connection: Connection) -> None:
    """Record the number of a write transaction that is about to be committed, if its request has a reading."""
    reading = _current.get()
    if reading is not None:
        number = connection.execute(_NUMBER).scalar()
        reading.written = int(number) if number else reading.written


class Replica:
    """A replica of the database, watched by a thread from the first read on."""

    def __init__(self, url: str, primary: Engine, max_lag: timedelta) -> None:
        self._engine = open_engine(url, connect_timeout=CONNECT_TIMEOUT, tcp_user_timeout=DEAD_AFTER)
        self._primary = primary
        self._max_lag = max_lag.total_seconds()
        self._positions: deque[tuple[float, int]] = deque()  # (time, position of the primary's log), each second
        self._first_position: int | None = None  # what is behind this one may be so for any time
        self._state: tuple[ReplicaKind, float, float | None, str] = ("lagging", time.monotonic(), None, "")
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._monitor: threading.Thread | None = None

    @contextmanager
    def read_transaction(self, reading: Reading, timeout: timedelta | None) -> Iterator[Connection]:
        """Open a transaction that only reads: in the replica if the reading allows that and it is new enough."""
        self._watch()
        with ExitStack() as stack:
            connection = self._open(stack, reading, timeout) if reading.may_use_replica else None
            if connection is None:
                connection, snapshot = stack.enter_context(_snapshot_transaction(self._primary, timeout))
                reading.seen = snapshot.end - 1
                yield connection
                return
            try:
                yield connection
            except DBAPIError as error:
                if not is_timeout(error):
                    reading.replica_failed = True
                raise

    def state(self) -> ReplicaState:
        """Return the state of the replica."""
        self._watch()
        kind, since, lag, error = self._state
        return ReplicaState(kind, time.monotonic() - since, None if lag == math.inf else lag, error)

    def close(self) -> None:
        """Close all connections and end the thread."""
        self._closed.set()
        if self._monitor is not None:
            self._monitor.join(CONNECT_TIMEOUT + 1)
        self._engine.dispose()

    def _open(self, stack: ExitStack, reading: Reading, timeout: timedelta | None) -> Connection | None:
        """Open a transaction in the replica, or return None if it is not available or not new enough."""
        if self._state[0] != "ok":
            return None
        attempt = ExitStack()
        try:
            connection, snapshot = attempt.enter_context(_snapshot_transaction(self._engine, timeout))
        except Exception as error:  # the driver's own, or SQLAlchemy's
            self._change("unreachable", None, error)
            return None
        if reading.needed >= snapshot.first_running or self._is_behind(snapshot.replayed):
            attempt.close()
            return None
        stack.push(attempt)
        reading.used_replica = True
        reading.seen = snapshot.end - 1
        return connection

    # ------------------------------------------------------------ how far behind
    def _is_behind(self, replayed: int | None) -> bool:
        """Return whether the replica lacks what the primary had written ``max_lag`` ago."""
        lag = self._lag(replayed)
        return lag is not None and lag > self._max_lag

    def _lag(self, replayed: int | None) -> float | None:
        """Return for how many seconds the primary has had what this position of the log lacks."""
        if replayed is None:
            return None
        if self._first_position is None or replayed < self._first_position:
            return math.inf
        with self._lock:
            missing = [at for at, position in self._positions if position > replayed]
        return time.monotonic() - missing[0] if missing else 0.0

    def _watch(self) -> None:
        if self._monitor is None:
            with self._lock:
                if self._monitor is None:
                    self._state = ("lagging", time.monotonic(), None, "")  # until it is known
                    self._monitor = threading.Thread(target=self._run, name="replica", daemon=True)
                    self._monitor.start()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._note_position()
            self._check()
            self._closed.wait(MONITOR_EVERY)

    def _note_position(self) -> None:
        try:
            with self._primary.connect() as connection:
                position = int(connection.execute(_WRITTEN).scalar_one())
        except Exception as error:  # the replica goes on with what it has
            log.debug("primary_position_unknown error=%r", str(error)[:200])
            return
        present = time.monotonic()
        with self._lock:
            if self._first_position is None:
                self._first_position = position
            if not self._positions or self._positions[-1][1] != position:
                self._positions.append((present, position))
            while len(self._positions) > 1 and self._positions[1][0] < present - 2 * self._max_lag:
                self._positions.popleft()

    def _check(self) -> None:
        try:
            with _snapshot_transaction(self._engine, NO_LIMIT) as (_, snapshot):
                lag = self._lag(snapshot.replayed)
        except Exception as error:
            self._change("unreachable", None, error)
        else:
            self._change("lagging" if self._is_behind(snapshot.replayed) else "ok", lag)

    def _change(self, kind: ReplicaKind, lag: float | None, error: Exception | None = None) -> None:
        reason = driver_message(error)[:200] if error else ""
        with self._lock:
            former, since = self._state[:2]
            self._state = (kind, since if former == kind else time.monotonic(), lag, reason)
        if former != kind:
            level = logging.INFO if kind == "ok" else logging.WARNING
            log.log(level, "replica_%s lag=%s error=%r", kind, "-" if lag is None else f"{lag:.1f}", reason)


@contextmanager
def _snapshot_transaction(engine: Engine, timeout: timedelta | None) -> Iterator[tuple[Connection, _Snapshot]]:
    """Open a transaction that only reads, and return its snapshot; one exchange of messages with the server."""
    with engine.connect() as connection, connection.begin():
        cursor = connection.connection.cursor()
        cursor.execute(begin_reading(timeout) + _SNAPSHOT)
        while cursor.nextset():
            pass
        row = cursor.fetchone()
        assert row is not None
        first_running, end, replayed = row
        cursor.close()
        yield connection, _Snapshot(int(first_running), int(end), None if replayed is None else int(replayed))
