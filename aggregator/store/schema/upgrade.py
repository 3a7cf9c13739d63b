"""The upgrade of a database that holds something: announced, with progress, and after a copy was put aside.

    wait       for whoever writes; another process may have upgraded the database then
    announce   from which schema to which, how many items, how long about
    put aside  SQLite: a copy beside the file, named by its schema and the time; without space for it nothing is done
    upgrade    in one transaction on both databases: a process that is killed leaves the database as it was

An empty database gets its tables at once and silently.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from aggregator.runtime.durable_files import sync
from aggregator.store.schema.migrate import SchemaError, check_known, schema_versions, upgrade, version_of
from aggregator.store.sql import dialect
from aggregator.store.sql.database_clock import database_time
from aggregator.texts import Phrase, counted, joined

Report = Callable[[Phrase], None]  # receives a sentence

# Seconds for 100,000 items, as measured: of the steps that write every item or its rows again, and of any other.
_SLOW_STEPS = {"0012": 4.0, "0013": 6.0, "0025": 3.0}
_SLOW_ON_POSTGRESQL = {"0037": 3.0}
_OTHER_STEP = 0.2
_COPY_RATE = 100_000_000  # bytes per second
_COPY_NAME = re.compile(r"\.schema-(\d+)-\d{8}T\d{6}Z")
_REPORT_EVERY = 1.0  # seconds
_SPARE = 1.1  # space that must be free, in sizes of the copy


class NoSpaceError(SchemaError):
    """There is no space for the copy that an upgrade begins with; nothing was changed."""


def upgrade_database(url: str, report: Report) -> None:
    """Upgrade the database at this URL. Raises NewerDatabaseError and NoSpaceError, and changes nothing then."""
    engine = dialect.open_engine(url)
    try:
        _upgrade(engine, report)
    finally:
        engine.dispose()


def _upgrade(engine: Engine, report: Report) -> None:
    def on_wait() -> None:
        report(
            Phrase("another process is writing to the database, perhaps to upgrade it; waiting until it has finished")
        )

    begun: datetime | None = None
    with dialect.patient_transaction(engine, on_wait) as connection:
        version, versions = version_of(connection), schema_versions()
        check_known(version)
        if version is not None and version != versions[-1] and not _is_empty(connection):
            begun = database_time(connection)
            steps = versions[versions.index(version) + 1 :]
            report(_announcement(connection, version, steps))
            _put_aside(engine, connection, version, report)
            upgrade(connection, _progress(steps, report))
        else:
            upgrade(connection)
        ended = database_time(connection)
    if begun is not None:
        report(
            Phrase(
                "the database has schema {version} now, after {duration}",
                version=versions[-1],
                duration=_seconds(ended - begun),
            )
        )


def copies_aside(path: Path) -> list[Path]:
    """Return the copies that upgrades have put beside this file, the oldest first."""
    beside = path.parent.glob(f"{_escaped(path.name)}.schema-*")
    found = [each for each in beside if _COPY_NAME.fullmatch(each.name.removeprefix(path.name))]
    return sorted(found, key=lambda each: each.name.rpartition("-")[2])


def _escaped(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def _is_empty(connection: Connection) -> bool:
    query = "SELECT EXISTS (SELECT 1 FROM sources), EXISTS (SELECT 1 FROM items)"
    return not any(connection.execute(text(query)).one())


def _announcement(connection: Connection, version: str, steps: list[str]) -> Phrase:
    count = connection.execute(text("SELECT count(*) FROM items")).scalar_one()
    is_sqlite = dialect.is_sqlite(connection)
    slow = _SLOW_STEPS if is_sqlite else _SLOW_STEPS | _SLOW_ON_POSTGRESQL
    seconds = 1 + sum(slow.get(step, _OTHER_STEP) for step in steps) * count / 100_000
    if is_sqlite:
        seconds += dialect.size_in_bytes(connection) / _COPY_RATE
    return Phrase(
        "upgrading the database from schema {version} to {newest}: {steps}, {items:,} items, about {duration}; do not "
        "start an older version meanwhile",
        version=version,
        newest=steps[-1],
        steps=counted(len(steps), Phrase("{count} step"), Phrase("{count} steps")),
        items=count,
        duration=_seconds(timedelta(seconds=seconds)),
    )


def _progress(steps: list[str], report: Report) -> Callable[[str], None]:
    """Return what reports steps that took a while."""
    last = time.monotonic()

    def on_step(version: str) -> None:
        nonlocal last
        if version in steps[:-1] and time.monotonic() - last >= _REPORT_EVERY:
            last = time.monotonic()
            number = steps.index(version) + 1
            report(
                Phrase(
                    "schema {version} is reached, step {number} of {count}",
                    version=version,
                    number=number,
                    count=len(steps),
                )
            )

    return on_step


def _seconds(duration: timedelta) -> Phrase:
    seconds = round(duration.total_seconds())
    if seconds < 120:
        return Phrase("{seconds} s", seconds=max(seconds, 1))
    return Phrase("{minutes} min", minutes=round(seconds / 60))


# ---------------------------------------------------------------- the copy
def _put_aside(engine: Engine, connection: Connection, version: str, report: Report) -> None:
    """Copy an SQLite file while the transaction keeps others from writing; earlier copies are deleted then.

    The copy is of what was committed: the transaction has changed nothing yet.
    """
    path = dialect.sqlite_path(engine)
    if path is None:
        return
    copy = path.with_name(f"{path.name}.schema-{version}-{database_time(connection):%Y%m%dT%H%M%SZ}")
    _check_space(path, dialect.size_in_bytes(connection))
    earlier = copies_aside(path)
    try:
        dialect.copy_database(engine, str(copy))
        shutil.copymode(path, copy)
        _check_copy(copy, version)
        sync(copy)
    except (OSError, *dialect.DATABASE_ERRORS) as error:
        copy.unlink(missing_ok=True)
        raise NoSpaceError(
            Phrase(
                "the copy that an upgrade begins with cannot be written to {folder}: {reason}; nothing was changed",
                folder=path.absolute().parent,
                reason=dialect.reason_of(error),
            )
        ) from error
    for each in earlier:
        each.unlink(missing_ok=True)
    report(
        Phrase(
            "a copy of schema {version} was put aside: {file} ({size:,} bytes)",
            version=version,
            file=copy,
            size=copy.stat().st_size,
        )
    )


def _check_space(path: Path, size: int) -> None:
    free, needed = shutil.disk_usage(path.absolute().parent).free, int(size * _SPARE)
    if free < needed:
        raise NoSpaceError(
            Phrase(
                "an upgrade begins with a copy of the database, which needs {needed:,} bytes in {folder}, where "
                "{free:,} are free; make space there, or move the database to a larger disk; nothing was changed",
                needed=needed,
                folder=path.absolute().parent,
                free=free,
            )
        )


def _check_copy(copy: Path, version: str) -> None:
    engine = dialect.open_read_only(copy)
    with engine.connect() as connection:
        found, problems = version_of(connection), dialect.integrity_problems(connection, quick=True)
    if found != version or problems:
        reason = joined(problems or [Phrase("schema {version}", version=found)])
        raise OSError(Phrase("the copy is damaged: {reason}", reason=reason))
