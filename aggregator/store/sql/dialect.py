"""Differences between SQLite and PostgreSQL: engines, transactions, types and statements.

Only this module, ``dialect_search`` (the search index), ``database_clock`` and ``locks`` distinguish the two.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Integer,
    Row,
    Table,
    TypeDecorator,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from aggregator import texts
from aggregator.store.sql import locks
from aggregator.texts import Phrase

if TYPE_CHECKING:  # loaded when needed, for a fast start
    from sqlalchemy.dialects import postgresql

DATABASE_ERRORS = (DBAPIError, sqlite3.Error)  # the second where SQLAlchemy is passed by
AnyRow = Row[*tuple[Any, ...]]

BigId = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER can be SQLite's rowid

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

MOVED_MESSAGE = "gedi: this database was moved"  # of the triggers that refuse writes after a move
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL idle_in_transaction_session_timeout = '8s'"
PATIENCE = timedelta(seconds=2)  # for a lock, before somebody is told
NO_LIMIT = timedelta(0)  # timeout of statements that take as long as they need
_TIMEOUT_STATE = "57014"  # SQLSTATE query_canceled
_LOCKED_STATE = "55P03"  # SQLSTATE lock_not_available
LOCK_TIMEOUT = timedelta(seconds=30)  # longest wait for another process that writes into an SQLite file
_BUSY_TIMEOUT = f"PRAGMA busy_timeout={LOCK_TIMEOUT // timedelta(milliseconds=1)}"
GIVE_UP_AFTER = 5.0  # seconds after which a server that should have ended a statement itself is given up
_LIVELINESS = {  # options of libpq: a server that vanished without a word is noticed within some 15 seconds
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
_LASTING = (  # errors of SQLite that an open file may keep when their cause has gone
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
)
_PRAGMAS = (
    "PRAGMA page_size=8192",  # of a new database: rows of one to two kilobytes leave less of a page empty
    "PRAGMA journal_mode=WAL",
    # With WAL, NORMAL syncs at checkpoints only: a power failure may lose the last commits but not corrupt the file,
    # and a killed process loses nothing. A lost poll is simply repeated.
    "PRAGMA synchronous=NORMAL",
    # Polls change many pages repeatedly: write them back less often.
    "PRAGMA wal_autocheckpoint=4000",
    _BUSY_TIMEOUT,
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-6000",  # kilobytes of each connection; the system caches the file
    "PRAGMA temp_store=MEMORY",
    "PRAGMA secure_delete=FAST",  # many builds overwrite each freed page, which is one more page to write
)


class UTC_DateTime(TypeDecorator[datetime]):
    """An aware UTC time; PostgreSQL would return that of the session. SQLite stores microseconds since 1970."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], datetime | int | None] | None:
        """Return the function that converts to what is stored."""
        if dialect.name == "sqlite":
            return lambda value: None if value is None else microseconds_of(value)
        return lambda value: None if value is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Return the function that reads a stored time."""
        if dialect.name == "sqlite":
            return _read_time
        return lambda value: None if value is None else value.astimezone(UTC)


class UTC_Second(UTC_DateTime):
    """An aware UTC time in whole seconds, which SQLite stores as text that other tools read; fractions are cut off."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], datetime | str | None] | None:  # type: ignore[override]
        """Return the function that converts to what is stored."""
        if dialect.name == "sqlite":
            return lambda value: None if value is None else text_of_second(value)
        return lambda value: None if value is None else value.astimezone(UTC)


def text_of_second(time: datetime) -> str:
    """Return an aware time as ``UTC_Second`` stores it in SQLite."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


class _Microseconds(sqlite.DATETIME):
    """The type of values that are compared with times without being of a column, such as those of a tuple."""

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], int | None]:
        """Return the function that converts to what is stored."""
        return lambda value: None if value is None else microseconds_of(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Return the function that reads a stored time."""
        return _read_time


def microseconds_of(time: datetime) -> int:
    """Return an aware time as SQLite stores it."""
    return (time - _EPOCH) // _MICROSECOND


def time_of(stored: int | str) -> datetime:
    """Return the time that SQLite stores as a number, or as text in whole seconds or before it is migrated."""
    if isinstance(stored, str):
        return datetime.fromisoformat(f"{stored}+00:00")
    return _EPOCH + timedelta(microseconds=stored)


def _read_time(stored: int | str | None) -> datetime | None:
    return None if stored is None else time_of(stored)


def is_sqlite(connection: Connection | Engine) -> bool:
    """Return whether the connection is to SQLite."""
    return connection.dialect.name == "sqlite"


# ---------------------------------------------------------------- engines and transactions
def open_engine(url: str, *, timeout: timedelta | None = None, **postgres_options: object) -> Engine:
    """Return an engine for "sqlite:///file" or "postgresql://…", the latter with options of libpq.

    On PostgreSQL each transaction may be another session, as behind PgBouncer in transaction mode: nothing is set for a
    session or prepared in one, and every transaction begins with the settings it needs (``_begin``). A server that
    gives no sign of life for ``timeout``, within which it should have ended each statement, is given up.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, pool_size=8, max_overflow=-1)
        engine.dialect.colspecs = {**engine.dialect.colspecs, DateTime: _Microseconds}
        event.listen(engine, "connect", partial(_prepare_sqlite, timeout))
        return engine
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=8,
        max_overflow=24,
        pool_pre_ping=True,
        isolation_level="AUTOCOMMIT",  # transactions begin with a statement of ours
        use_native_hstore=False,  # saves a query of each engine
        connect_args={
            "prepare_threshold": None,
            **{name: value for name, value in _LIVELINESS.items() if name not in parsed.query},
            **postgres_options,
        },
    )
    vars(engine.dialect)["do_execute"] = _execute
    if timeout:
        from aggregator.store.sql.impatient import be_impatient

        be_impatient(engine, timeout.total_seconds() + GIVE_UP_AFTER)
    return engine


def _execute(cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
    """Execute a statement of psycopg; with the execution option ``binary`` its results are sent as they are, without
    the digits of every byte."""
    cursor.execute(statement, parameters, binary=context and context.execution_options.get("binary"))


def open_read_only(path: Path) -> Engine:
    """Return an engine for an SQLite file that nobody writes to; it changes nothing, also beside the file."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        connection.isolation_level = None
        return connection

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def sqlite_path(engine: Engine) -> Path | None:
    """Return the file of an SQLite database; None for PostgreSQL, and for one in memory."""
    name = engine.url.database if is_sqlite(engine) else None
    return Path(name) if name and name != ":memory:" else None


def _prepare_sqlite(timeout: timedelta | None, connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own transactions fail at once when a read becomes a write
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    if timeout and timeout < LOCK_TIMEOUT:
        connection.execute(f"PRAGMA busy_timeout={timeout // timedelta(milliseconds=1)}")


@contextmanager
def read_transaction(engine: Engine, timeout: timedelta | None = None) -> Iterator[Connection]:
    """Open a transaction that only reads; all its statements see the same state.

    On PostgreSQL no statement may take longer than ``timeout``: zero means that each may take as long as it needs, None
    that the database's own setting applies.
    """
    with _transaction(engine, "BEGIN" if is_sqlite(engine) else begin_reading(timeout)) as connection:
        yield connection


def begin_reading(timeout: timedelta | None) -> str:
    """Return the statements that begin a transaction of ``read_transaction`` on PostgreSQL."""
    return f"{_READ}{_limit(timeout)}"


def _limit(timeout: timedelta | None) -> str:
    return "" if timeout is None else f"; SET LOCAL statement_timeout = {timeout // timedelta(milliseconds=1)}"


@contextmanager
def _transaction(engine: Engine, begin: str) -> Iterator[Connection]:
    """Open a transaction with the statements ``begin``, which are sent at once.

    They are executed here and not by an event listener: with any listener, SQLAlchemy looks for more of them at every
    statement.
    """
    with engine.connect() as connection:
        try:
            with connection.begin():
                connection.exec_driver_sql(begin)
                yield connection
        except DBAPIError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _LASTING:
                connection.invalidate()
            raise


@contextmanager
def write_transaction(
    engine: Engine, *, exclusive: bool = True, settling: bool = False, timeout: timedelta | None = None
) -> Iterator[Connection]:
    """Open a write transaction, while readers continue; see ``sql.locks``.

    SQLite never has more than one writer. On PostgreSQL one that is ``settling`` runs beside others that are, and one
    that is ``exclusive`` beside neither; any other conflicts only in rows that both change. There one whose process
    stops in its midst is rolled back after some seconds, so that its locks hold up no other worker. ``timeout`` is that
    of ``read_transaction``, and also limits the wait for a lock.
    """
    gate = locks.gate(exclusive=exclusive and not settling, settling=settling)
    begin = "; ".join(filter(None, (f"{_WRITE}{_limit(timeout)}", gate)))
    with _transaction(engine, "BEGIN IMMEDIATE" if is_sqlite(engine) else begin) as connection:
        yield connection


@contextmanager
def patient_transaction(engine: Engine, on_wait: Callable[[], None]) -> Iterator[Connection]:
    """Open the write transaction of an upgrade, in which statements may take as long as they need.

    It waits for other writers without a limit, and calls ``on_wait`` once if this takes more than ``PATIENCE``.
    """
    first = PATIENCE // timedelta(milliseconds=1)
    gate = locks.gate(exclusive=True, settling=False)
    begin = f"{_WRITE}{_limit(NO_LIMIT)}; SET LOCAL lock_timeout = {first}; {gate}"
    waits = False
    with engine.connect() as connection:
        while True:
            transaction = connection.begin()
            try:
                if is_sqlite(engine):
                    connection.exec_driver_sql(f"PRAGMA busy_timeout={first}")
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    connection.exec_driver_sql(_BUSY_TIMEOUT)
                else:
                    connection.exec_driver_sql(f"{begin}; SET LOCAL lock_timeout = 0")
                break
            except DBAPIError as error:
                transaction.rollback()
                if not is_busy(error):
                    raise
                if not waits:
                    on_wait()
                waits = True
        with transaction:
            yield connection


def reason_of(error: Exception) -> str:
    """Return what a phrase or the system says, or the first line of what the driver says."""
    said = error.args[0] if error.args else None
    if isinstance(said, Phrase):
        return said
    if isinstance(error, OSError) and error.strerror:
        reason = texts.reason_of(error)
        return Phrase("{file}: {reason}", file=error.filename, reason=reason) if error.filename else reason
    return driver_message(error)


def driver_message(error: BaseException) -> str:
    """Return the first line of what the driver says; the kind of error if it says nothing."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0] or type(error).__name__


def is_busy(error: Exception) -> bool:
    """Return whether another transaction held a lock for too long."""
    original = getattr(error, "orig", error)
    return getattr(original, "sqlstate", None) == _LOCKED_STATE or "database is locked" in str(original)


def is_timeout(error: Exception) -> bool:
    """Return whether a statement was ended because it took longer than its limit."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) == _TIMEOUT_STATE


def copy_database(engine: Engine, path: str) -> None:
    """Write a consistent copy of an SQLite database that is in use."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM INTO ?", (path,))
    finally:
        connection.close()


def leave_wal_mode(engine: Engine) -> None:
    """Make an SQLite database one file, without a log. Raises OperationalError if anybody else uses it."""
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=500")
        connection.exec_driver_sql("PRAGMA journal_mode=DELETE")


def log_size(engine: Engine) -> int:
    """Return the size of the write-ahead log of SQLite in bytes; 0 for PostgreSQL."""
    path = sqlite_path(engine)
    log = path.with_name(f"{path.name}-wal") if path is not None else None
    return log.stat().st_size if log is not None and log.exists() else 0


def empty_log(engine: Engine) -> bool:
    """Write the write-ahead log of SQLite back and empty it. Returns False if a reader or writer is in the way."""
    with engine.connect() as connection:
        busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return not busy


def try_to_read(path: Path) -> None:
    """Read the schema of an SQLite file. Raises one of DATABASE_ERRORS if it is locked for ``PATIENCE``, or damaged."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=PATIENCE.total_seconds())
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        connection.close()


@contextmanager
def only_user(engine: Engine) -> Iterator[None]:
    """Keep everybody else from an SQLite database that is not in WAL mode."""
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        yield


def integrity_problems(connection: Connection, *, quick: bool = False) -> list[str]:
    """Return what SQLite finds wrong with the file, at most ten lines; ``quick``: without comparing indexes with their
    tables. PostgreSQL has no such check."""
    if not is_sqlite(connection):
        return []
    found = connection.exec_driver_sql(f"PRAGMA {'quick_check' if quick else 'integrity_check'}(10)").scalars().all()
    return [str(line) for line in found if line != "ok"]


def analyze(connection: Connection) -> None:
    """Count what PostgreSQL's planner needs to know of tables that were filled."""
    if not is_sqlite(connection):
        connection.exec_driver_sql("ANALYZE")


def size_in_bytes(connection: Connection) -> int:
    """Return the size of the database in bytes."""
    if is_sqlite(connection):
        statement = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        statement = "SELECT pg_database_size(current_database())"
    return int(connection.execute(text(statement)).scalar_one())


def key_value_dict(
    connection: Connection, query: Executable, parameters: Mapping[str, Any] | None = None
) -> dict[Any, Any]:
    """Return the first column of the rows -> the second."""
    return {row[0]: row[1] for row in connection.execute(query, parameters).all()}


# ---------------------------------------------------------------- writing
@overload
def storable(text: str) -> str: ...
@overload
def storable(text: None) -> None: ...
def storable(text: str | None) -> str | None:
    """Return a text without NUL and half surrogate pairs: PostgreSQL takes neither, and one odd character must not cost
    the batch."""
    if text is None:
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode(errors="replace").decode()
    return text.replace("\x00", "")


def insert_for(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that supports on_conflict_do_nothing and on_conflict_do_update on both databases."""
    return insert_in(connection.dialect.name, table)


def insert_in(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return the INSERT of ``insert_for`` by the name of the dialect."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def reserve_item_ids(connection: Connection, count: int) -> list[int]:
    """Return ids for ``count`` new items, ascending; those that are not used stay free. Within a write transaction."""
    if is_sqlite(connection):
        last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'items'").scalar()
        if last is None:
            connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES ('items', ?)", (count,))
        else:
            raised = "UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'items'"
            connection.exec_driver_sql(raised, (count,))
        first = (last or 0) + 1
        return list(range(first, first + count))
    series = text("SELECT nextval(pg_get_serial_sequence('items', 'id')) FROM generate_series(1, :count)")
    return sorted(connection.execute(series, {"count": count}).scalars())


def set_generation(connection: Connection, listings: Collection[str], generation: int) -> None:
    """Record the generation in which these listings changed, in one statement."""
    ordered = sorted(listings)
    values, parameter = (
        ("json_each(:listings)", json.dumps(ordered))
        if is_sqlite(connection)
        else ("unnest(CAST(:listings AS text[])) AS changed(value)", ordered)
    )
    statement = (
        f"INSERT INTO listing_changes (listing, generation) SELECT value, :generation FROM {values} WHERE true "
        "ON CONFLICT (listing) DO UPDATE SET generation = excluded.generation"
    )
    connection.execute(text(statement), {"listings": parameter, "generation": generation})
