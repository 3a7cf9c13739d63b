"""Restore a checked backup in place of a database that nobody uses, after putting that one aside.

SQLite      the backup is copied beside the database and checked again; the database gets a second name, and the copy
            takes its first one. A process that is killed leaves the one or the other.
PostgreSQL  one transaction moves the tables to a schema of another name, creates new ones, fills them and compares
            them with the backup. A process that is killed leaves everything as it was.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine

from aggregator.runtime.durable_files import processes_using, sha256_of, sync
from aggregator.store import conversion, partition_plan
from aggregator.store.schema.migrate import is_current, upgrade
from aggregator.store.schema.tables import metadata
from aggregator.store.sql import dialect
from aggregator.store.sql.database_clock import database_time
from aggregator.store.sql.dialect import NO_LIMIT
from aggregator.store.sql.dialect_search import begin_bulk_insert
from aggregator.store.sql.partitions import partitions_of
from aggregator.store.transfer import move_facts as facts
from aggregator.store.transfer import postgres_sessions, sequences
from aggregator.store.transfer.copy_check import BackupError, BackupFacts
from aggregator.store.transfer.move import Report, complete_copy, copy_rows, synchronize_tables
from aggregator.store.transfer.table_rows import moved_tables
from aggregator.texts import Phrase, joined

_CONVERTED_AT_ONCE = 500  # items
_OTHER_TABLES = ("search", "alembic_version", "marks", "related")  # beside those of the present schema


class InUseError(BackupError):
    """Somebody uses the database."""

    def __init__(self, who: str) -> None:
        super().__init__(
            Phrase(
                "the database is used by {who}; stop the service first (systemctl stop gedi, or Ctrl-C where it runs), "
                "then start the command again; nothing was changed",
                who=who,
            )
        )


def restore(engine: Engine, backup: BackupFacts, stamp: str, report: Report) -> str | None:
    """Put a backup that was checked in place of the database. Returns where that one is now; None if there was none.

    ``stamp`` makes the name of the database that is put aside. Raises BackupError; then nothing was changed.
    """
    with _readable_failure():
        if not dialect.is_sqlite(engine):
            return _restore_postgresql(engine, backup, stamp, report)
        path = dialect.sqlite_path(engine)
        if path is None:
            raise BackupError(Phrase("a database in memory cannot be restored"))
        engine.dispose()
        aside = _restore_sqlite(Path(backup.file), backup, path, stamp)
        return None if aside is None else str(aside)


@contextmanager
def _readable_failure() -> Iterator[None]:
    try:
        yield
    except (OSError, *dialect.DATABASE_ERRORS) as error:
        raise BackupError(Phrase("{reason}; nothing was changed", reason=dialect.reason_of(error))) from error


def check_unused(engine: Engine) -> None:
    """Raise InUseError if another process uses the database."""
    if not dialect.is_sqlite(engine):
        with _readable_failure(), dialect.read_transaction(engine) as connection:
            _check_no_sessions(connection)
        return
    path = dialect.sqlite_path(engine)
    if path is not None and path.exists() and (users := processes_using(path)):
        raise InUseError(joined(users))


# ---------------------------------------------------------------- SQLite
def _restore_sqlite(source: Path, backup: BackupFacts, path: Path, stamp: str) -> Path | None:
    restored = path.with_name(f"{path.name}.restoring")
    restored.unlink(missing_ok=True)
    free = shutil.disk_usage(path.absolute().parent).free
    if free < backup.bytes:
        raise BackupError(
            Phrase(
                "the backup has {needed:,} bytes, and {free:,} are free in {folder}; make space there",
                needed=backup.bytes,
                free=free,
                folder=path.absolute().parent,
            )
        )
    try:
        shutil.copyfile(source, restored)
        if sha256_of(restored) != backup.sha256:
            raise BackupError(
                Phrase("{file} differs from the backup after it was copied; is the disk damaged?", file=restored)
            )
        _keep_owner(path, restored)
        sync(restored)
        if not path.exists():
            restored.replace(path)
            sync(path)
            return None
        aside = path.with_name(f"{path.name}.before-restore-{stamp}")
        with _alone(path, aside):
            _link(path, aside)
            sync(aside)
            for suffix in ("-wal", "-shm"):  # one that stayed would be taken for that of the new file
                path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
            restored.replace(path)
        sync(path)
        return aside
    finally:
        restored.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path, aside: Path) -> Iterator[None]:
    """Keep others from a database, with all of it in one file; the log of a damaged one gets a second name first."""
    if users := processes_using(path):
        raise InUseError(joined(users))
    log, log_aside = (each.with_name(f"{each.name}-wal") for each in (path, aside))
    if log.exists():
        _link(log, log_aside)
        sync(log_aside)
    engine = dialect.open_engine(f"sqlite:///{path}")
    try:
        with contextlib.ExitStack() as lock:
            if _is_merged(engine, lock):
                log_aside.unlink(missing_ok=True)
            yield
    finally:
        engine.dispose()


def _is_merged(engine: Engine, lock: contextlib.ExitStack) -> bool:
    """Merge the write-ahead log into its file and lock it; returns False if the database is damaged."""
    try:
        dialect.leave_wal_mode(engine)
        lock.enter_context(dialect.only_user(engine))
    except dialect.DATABASE_ERRORS as error:
        if dialect.is_busy(error):
            raise InUseError(Phrase("another process")) from error
        return False
    return True


def _link(path: Path, other: Path) -> None:
    if other.exists() and other.samefile(path):  # by a restore that was killed
        return
    try:
        os.link(path, other)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        shutil.copy2(path, other)


def _keep_owner(path: Path, restored: Path) -> None:
    """Let the service, which may be another user than the one who restores, use the file as before."""
    if path.exists():
        shutil.copymode(path, restored)
    owner = (path if path.exists() else path.absolute().parent).stat()
    if os.geteuid() == 0:
        os.chown(restored, owner.st_uid, owner.st_gid)


# ---------------------------------------------------------------- PostgreSQL
def _restore_postgresql(engine: Engine, backup: BackupFacts, stamp: str, report: Report) -> str | None:
    aside = f"before_restore_{stamp.lower()}"
    with _readable(Path(backup.file)) as copy, dialect.write_transaction(engine, timeout=NO_LIMIT) as connection:
        postgres_sessions.stay_idle(connection)
        _check_no_sessions(connection)
        tables = [*metadata.tables, *_OTHER_TABLES]
        moved = postgres_sessions.set_aside(connection, [*tables, *partitions_of(connection, tables)], aside)
        upgrade(connection)
        read, write = partial(dialect.read_transaction, copy), partial(_same, connection)
        with read() as original:
            partition_plan.lay_out(connection, original, database_time(connection))
        begin_bulk_insert(connection)
        totals = copy_rows(moved_tables(), read, write, report)
        results = synchronize_tables("finish", moved_tables(), read, write, totals, report)
        different = [result.name for result in results if not result.is_equal]
        if different:
            raise BackupError(
                Phrase("the database would differ from the backup in {tables}", tables=", ".join(different))
            )
        with read() as original:
            complete_copy(connection, sequences.read(original), facts.get(original, facts.ID))
    return Phrase('schema "{name}"', name=aside) if moved else None


def _check_no_sessions(connection: Connection) -> None:
    sessions = postgres_sessions.others(connection)
    if sessions:
        raise InUseError(joined(sessions))


@contextmanager
def _same(connection: Connection) -> Iterator[Connection]:
    yield connection


@contextmanager
def _readable(path: Path) -> Iterator[Engine]:
    """Yield the backup with the newest schema: itself, or a temporary copy that is upgraded and converted."""
    engine = dialect.open_read_only(path)
    with engine.connect() as connection:
        is_ready = is_current(connection) and conversion.last_unconverted(connection) is None
    if is_ready:
        yield engine
        return
    with TemporaryDirectory(prefix="gedi-restore-") as folder:
        copy = Path(folder) / "gedi.db"
        shutil.copyfile(path, copy)
        engine = dialect.open_engine(f"sqlite:///{copy}")
        try:
            with dialect.write_transaction(engine) as connection:
                upgrade(connection)
            _convert(engine)
            yield engine
        finally:
            engine.dispose()


def _convert(engine: Engine) -> None:
    while True:
        with dialect.write_transaction(engine) as connection:
            if conversion.last_unconverted(connection) is None:
                return
            conversion.convert_batch(connection, _CONVERTED_AT_ONCE)
