"""The check of a backup: it is opened as a database, read whole, and compared with the hash beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from aggregator import texts
from aggregator.runtime.durable_files import sha256_of
from aggregator.store.schema.migrate import SchemaError, check_known, version_of
from aggregator.store.sql.dialect import DATABASE_ERRORS, integrity_problems, open_read_only, reason_of
from aggregator.texts import Phrase

_COUNTED = ("items", "stories", "sources")


class BackupError(Exception):
    """A backup that cannot be made, is damaged or cannot be restored; the message says what to do."""


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """What the check of a backup has found."""

    file: str
    bytes: int
    schema: str
    items: int
    stories: int
    sources: int
    sha256: str

    def as_dict(self) -> dict[str, Any]:
        """Return the facts by name."""
        return asdict(self)


def hash_file_of(path: Path) -> Path:
    """Return the file beside a backup that holds its SHA-256, as ``sha256sum`` writes it."""
    return path.with_name(f"{path.name}.sha256")


def check_backup(path: Path) -> BackupFacts:
    """Return what a backup holds. Raises BackupError if it is damaged, incomplete or of a newer version."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise BackupError(
            Phrase(
                "{file} has a write-ahead log beside it ({log}), so it is a database in use and no backup; make one "
                "with gedi backup",
                file=path,
                log=log.name,
            )
        )
    digest = _check_hash(path)
    engine = open_read_only(path)
    try:
        with _readable_damage(path), engine.connect() as connection:
            return _check_content(path, digest, connection)
    finally:
        engine.dispose()


def check_sequences(original: Engine, copy: Path, before: int) -> None:
    """Raise BackupError unless the copy has the items that were there when it began, and none that came later."""
    engine = open_read_only(copy)
    with _readable_damage(copy), engine.connect() as connection:
        copied = last_item(connection)
    with original.connect() as connection:
        after = last_item(connection)
    if not before <= copied <= after:
        raise BackupError(
            Phrase(
                "the copy ends at item {copied}, the database at {after}; start the command again",
                copied=copied,
                after=after,
            )
        )


def last_item(connection: Connection) -> int:
    """Return the highest id that an item of an SQLite database ever had."""
    return int(
        connection.execute(text("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name='items'")).scalar_one()
    )


def _check_hash(path: Path) -> str:
    try:
        digest, known = sha256_of(path), hash_file_of(path)
        expected = known.read_text("ascii", "replace").split()[:1] if known.exists() else [digest]
    except OSError as error:
        raise BackupError(
            Phrase("{file} cannot be read: {reason}", file=path, reason=texts.reason_of(error))
        ) from error
    if expected != [digest]:
        raise BackupError(
            Phrase(
                "{file} is damaged: its SHA-256 is not the one in {hash_file}; use another backup (if you changed the "
                "file on purpose, delete the hash)",
                file=path,
                hash_file=known.name,
            )
        )
    return digest


def _check_content(path: Path, digest: str, connection: Connection) -> BackupFacts:
    version = version_of(connection)
    if version is None:
        raise BackupError(Phrase("{file} is no database of Gedi", file=path))
    try:
        check_known(version)
    except SchemaError as error:
        raise BackupError(Phrase("{file}: {reason}", file=path, reason=reason_of(error))) from error
    problems = integrity_problems(connection)
    if problems:
        raise _damage(path, problems[0])
    counts = {name: int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()) for name in _COUNTED}
    return BackupFacts(str(path), path.stat().st_size, version, sha256=digest, **counts)


@contextmanager
def _readable_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except DATABASE_ERRORS as error:
        raise _damage(path, reason_of(error)) from error


def _damage(path: Path, reason: str) -> BackupError:
    return BackupError(
        Phrase(
            "{file} is damaged: {reason}; use another backup, and check the disk with gedi doctor",
            file=path,
            reason=reason,
        )
    )
