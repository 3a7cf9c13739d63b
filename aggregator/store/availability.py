"""Why a database cannot be used, and what to do meanwhile: fail at once instead of waiting each time.

Every error of a driver that says that the database cannot be used now is raised as ``DatabaseUnavailableError``, with
a message that names the remedy. ``Availability`` logs when that begins, each minute and when it ends, so no caller has
to; and while it lasts, only one caller a second tries again, and all others fail at once.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from aggregator.messages import Message, english, incidents
from aggregator.runtime.logfmt import format_logfmt
from aggregator.store.sql.dialect import driver_message

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())  # a command without a log reports the error itself

Kind = Literal["full", "readonly", "locked", "unreachable", "refused", "files", "damaged", "memory"]
RETRY_EVERY = 1.0  # seconds between two attempts while the database is not available
LONGEST_ATTEMPT = 10.0  # seconds until another attempt may begin beside one that has not ended
REPEAT_EVERY = 60.0  # seconds between two lines that say so
CALM = 10.0  # seconds without a failed write after which a full disk counts as free; empty transactions succeed
LONGEST_ERROR = 200  # characters
_WRITES_ONLY: frozenset[Kind] = frozenset({"full", "readonly", "locked"})  # reading may still work
_MESSAGES = {
    "full": incidents.DATABASE_FULL,
    "readonly": incidents.DATABASE_READ_ONLY,
    "locked": incidents.DATABASE_LOCKED,
    "unreachable": incidents.DATABASE_UNREACHABLE,
    "refused": incidents.DATABASE_REFUSED,
    "files": incidents.DATABASE_FILES,
    "damaged": incidents.DATABASE_DAMAGED,
    "memory": incidents.DATABASE_MEMORY,
}
_SQLITE_KINDS: dict[int, Kind] = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "readonly",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_CANTOPEN: "files",
    sqlite3.SQLITE_IOERR: "unreachable",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_NOMEM: "memory",
}
_TABLE_GONE = "no such table"  # of SQLite, under a code that says nothing else
_PRIMARY_CODE = 0xFF  # the low byte of an extended result code
_POSTGRES_KINDS: dict[str, Kind] = {  # by SQLSTATE, its class where two characters decide
    "53100": "full",
    "25006": "readonly",
    "55P03": "locked",
    "53200": "memory",
    "08": "unreachable",
    "53": "unreachable",  # too many connections
    "57P": "unreachable",  # shut down, crashed, starting
    "25P03": "unreachable",  # ended because this process stood still in a transaction
    "58": "unreachable",  # error of its system
    "XX001": "damaged",
    "42P01": "damaged",  # a table is gone
    "XX002": "damaged",
}
_REFUSAL = re.compile(  # of a PostgreSQL server that runs; the driver has no code for it
    r"authentication failed|no password supplied|(?:role|database) \S+ does not exist|no pg_hba\.conf entry"
    r"|not permitted to log in|permission denied for database"
)


class DatabaseUnavailableError(Exception):
    """The database cannot be used now; ``message`` says why and what to do."""

    def __init__(self, kind: Kind, error: str) -> None:
        self.kind = kind
        self.message: Message = _MESSAGES[kind](error=error)
        super().__init__(english(self.message))

    def __reduce__(self) -> tuple[type[DatabaseUnavailableError], tuple[Kind, str]]:
        return type(self), (self.kind, str(self.message.get("error") or ""))


def kind_of(error: BaseException) -> Kind | None:
    """Return why the database cannot be used; None for an error of another sort, such as of a statement."""
    if isinstance(error, PoolTimeoutError):
        return "unreachable"
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return "damaged" if _TABLE_GONE in str(cause) else _SQLITE_KINDS.get(code & _PRIMARY_CODE)
    state = getattr(cause, "sqlstate", None)
    if state:
        return next((_POSTGRES_KINDS[state[:size]] for size in (5, 3, 2) if state[:size] in _POSTGRES_KINDS), None)
    if any(base.__name__ == "OperationalError" for base in type(cause).__mro__):
        return "refused" if _REFUSAL.search(str(cause)) else "unreachable"  # no connection, so no state either
    return "unreachable" if error.connection_invalidated else None


def unavailable(error: Exception, file: Path | None = None) -> Exception:
    """Return the error as ``DatabaseUnavailableError`` if it says that the database cannot be used, else itself.

    ``file``: of an SQLite database, which cannot even be opened where nothing can be written beside it.
    """
    kind = kind_of(error)
    if kind == "files" and file is not None and file.exists() and not os.access(file.parent, os.W_OK):
        kind = "readonly"
    return error if kind is None else DatabaseUnavailableError(kind, error_of(error))


def error_of(error: BaseException) -> str:
    """Return the driver's message as one line."""
    return driver_message(error)[:LONGEST_ERROR]


@dataclass(slots=True)
class _Outage:
    error: DatabaseUnavailableError
    began: float
    failed: float  # the last time
    next_attempt: float
    next_line: float


@dataclass(slots=True)
class Availability:
    """Whether a database can be read and written, as the callers of one process have found."""

    clock: Callable[[], float] = time.monotonic
    _outages: dict[bool, _Outage] = field(default_factory=dict)  # by whether only writes fail
    _over: tuple[Message, float] | None = None  # of outages since the last ``take_over``: message, when it began
    _next_refusal: float = 0.0  # when to log again that the database takes no writes
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, *, writes: bool) -> None:
        """Raise the error of the outage that lasts, unless it is time for another attempt."""
        for writes_only in (False, True) if writes else (False,):
            outage = self._outages.get(writes_only)
            if outage is None:
                continue
            with self._lock:
                now = self.clock()
                if now < outage.next_attempt:
                    raise copy(outage.error)
                outage.next_attempt = now + LONGEST_ATTEMPT

    def note_failure(self, error: DatabaseUnavailableError) -> None:
        """Record that the database could not be used."""
        with self._lock:
            now, writes_only = self.clock(), error.kind in _WRITES_ONLY
            outage = self._outages.get(writes_only)
            began = outage.began if outage else now
            says = outage is None or now >= outage.next_line or outage.error.kind != error.kind
            line = now + REPEAT_EVERY if says or outage is None else outage.next_line
            self._outages[writes_only] = _Outage(error, began, now, now + RETRY_EVERY, line)
        if says:
            fields = {"kind": error.kind, "seconds": round(now - began, 1), "error": str(error)}
            log.error("%s", format_logfmt("database_unavailable", **fields))

    def note_success(self, *, writes: bool) -> None:
        """Record that the database could be used; a full disk is over when no write has failed for a while."""
        if not self._outages:
            return
        with self._lock:
            now = self.clock()
            ended = [outage for only in ((False, True) if writes else (False,)) if (outage := self._end(only, now))]
            for outage in ended:
                began = min(outage.began, self._over[1]) if self._over else outage.began
                self._over = outage.error.message, began
        for outage in ended:
            fields = {"kind": outage.error.kind, "seconds": round(now - outage.began, 1)}
            log.warning("%s", format_logfmt("database_available", **fields))

    def _end(self, writes_only: bool, now: float) -> _Outage | None:
        """Remove the outage and return it, unless there is none or it may still last; then attempts are free."""
        outage = self._outages.get(writes_only)
        if outage is not None and outage.error.kind == "full" and now < outage.failed + CALM:
            outage.next_attempt = now
            return None
        return self._outages.pop(writes_only, None)

    def note_refusal(self, error: Exception) -> None:
        """Log, each minute, that the database was moved and refuses writes."""
        with self._lock:
            now = self.clock()
            if now < self._next_refusal:
                return
            self._next_refusal = now + REPEAT_EVERY
        log.error("%s", format_logfmt("database_moved", reason=str(error)))

    def adopt(self, earlier: Availability) -> None:
        """Count the outages that ended for ``earlier``, of the same process, as own ones."""
        self._over = earlier._over

    def take_over(self) -> tuple[Message, float] | None:
        """Return the message of the outage that ended last, and how many seconds ago the first began; each once."""
        with self._lock:
            over, self._over = self._over, None
            return (over[0], self.clock() - over[1]) if over else None
