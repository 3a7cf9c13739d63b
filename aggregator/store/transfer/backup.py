"""Backups: a file with a consistent copy of either database, made while the service runs.

A backup is always an SQLite database, by which it can be opened, checked and restored into either kind. SQLite copies
itself; PostgreSQL is read in one transaction that sees one state, table by table, and compared with the copy by count
and digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine

from aggregator.runtime.durable_files import sync
from aggregator.store import conversion
from aggregator.store.schema.migrate import is_current, upgrade
from aggregator.store.sql import dialect
from aggregator.store.sql.dialect import NO_LIMIT
from aggregator.store.transfer import move_facts as facts
from aggregator.store.transfer import sequences
from aggregator.store.transfer.copy_check import (
    BackupError,
    BackupFacts,
    check_backup,
    check_sequences,
    hash_file_of,
    last_item,
)
from aggregator.store.transfer.move import Report, complete_copy, copy_rows, synchronize_tables
from aggregator.store.transfer.table_rows import moved_tables
from aggregator.texts import Phrase

_NAME = re.compile(r"gedi-\d{8}T\d{6}Z\.db")


def back_up(engine: Engine, path: Path, report: Report) -> BackupFacts:
    """Write a checked copy of the database to ``path`` and its hash beside it. Raises BackupError.

    Both appear under their names when they are complete; a file that was there is replaced only then.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    _remove(unfinished)
    try:
        with _readable_failure():
            unfinished.touch(mode=0o600)  # it holds the secrets of subscriptions
            _write(engine, unfinished, report)
            facts_found = check_backup(unfinished)
            sync(unfinished)
            hash_file_of(path).unlink(missing_ok=True)  # one of another content would condemn the new file
            unfinished.replace(path)
            _write_hash(path, facts_found.sha256)
    except BaseException:
        _remove(unfinished)
        raise
    return BackupFacts(**{**facts_found.as_dict(), "file": str(path)})


def rotate(folder: Path, keep: int) -> list[Path]:
    """Delete all backups in this folder but the newest ``keep``, by the times in their names. Returns those deleted."""
    surplus = dated_backups(folder)[:-keep]
    for path in surplus:
        path.unlink(missing_ok=True)
        hash_file_of(path).unlink(missing_ok=True)
    return surplus


def dated_backups(folder: Path) -> list[Path]:
    """Return the backups in this folder whose names have a time, the oldest first."""
    return sorted(path for path in folder.glob("gedi-*.db") if _NAME.fullmatch(path.name))


def _write(engine: Engine, path: Path, report: Report) -> None:
    if not dialect.is_sqlite(engine):
        _copy_snapshot(engine, path, report)
        return
    with engine.connect() as connection:
        before = last_item(connection)
    path.unlink()  # SQLite takes an empty file as well, but with its own page size
    dialect.copy_database(engine, str(path))
    path.chmod(0o600)
    check_sequences(engine, path, before)


def _copy_snapshot(original: Engine, path: Path, report: Report) -> None:
    copy = dialect.open_engine(f"sqlite:///{path}")
    try:
        with dialect.write_transaction(copy) as connection:
            upgrade(connection)
        write = partial(dialect.write_transaction, copy, timeout=NO_LIMIT)
        with dialect.read_transaction(original, NO_LIMIT) as snapshot:
            _check_copyable(snapshot)
            read = partial(_same, snapshot)
            totals = copy_rows(moved_tables(), read, write, report)
            results = synchronize_tables("finish", moved_tables(), read, write, totals, report)
            numbers, identity = sequences.read(snapshot), facts.get(snapshot, facts.ID)
        different = [result.name for result in results if not result.is_equal]
        if different:
            raise BackupError(
                Phrase("the copy differs in {tables}; start the command again", tables=", ".join(different))
            )
        with write() as connection:
            complete_copy(connection, numbers, identity)
        dialect.leave_wal_mode(copy)
    finally:
        copy.dispose()


def _check_copyable(snapshot: Connection) -> None:
    if not is_current(snapshot):
        raise BackupError(
            Phrase(
                "the database has a schema of another version; make the backup with the version of Gedi that runs on "
                "it, or with pg_dump"
            )
        )
    if conversion.last_unconverted(snapshot) is not None:
        raise BackupError(Phrase("items of an older version are still being converted; wait for it, or run gedi prune"))


@contextmanager
def _same(connection: Connection) -> Iterator[Connection]:
    yield connection


@contextmanager
def _readable_failure() -> Iterator[None]:
    try:
        yield
    except (OSError, *dialect.DATABASE_ERRORS) as error:
        raise BackupError(dialect.reason_of(error)) from error


def _write_hash(path: Path, digest: str) -> None:
    hash_file = hash_file_of(path)
    unfinished = hash_file.with_name(f"{hash_file.name}.unfinished")
    unfinished.write_text(f"{digest}  {path.name}\n", "ascii")
    sync(unfinished)
    unfinished.replace(hash_file)
    sync(hash_file)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
