"""Why a database cannot be opened: missing, unreadable, locked, damaged, of another version, or moved elsewhere."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from aggregator.config.load import Config
from aggregator.diagnosis.findings import Finding
from aggregator.runtime.durable_files import processes_using
from aggregator.store import DatabaseUnavailableError, Store
from aggregator.store.api.connection import MovedDatabaseError
from aggregator.store.api.poll_store import UnfinishedCopyError
from aggregator.store.schema.migrate import EmptyDatabaseError, NewerDatabaseError, OlderDatabaseError
from aggregator.store.schema.upgrade import Report
from aggregator.store.sql.dialect import DATABASE_ERRORS, reason_of, try_to_read
from aggregator.texts import Phrase, joined

CHECK = "database"
_RESTORE = Phrase("stop the service and put a backup in its place: gedi restore FILE")


def open_database(config: Config, report: Report) -> Store | Finding:
    """Return the store with the newest schema, or why there is none. Creates nothing."""
    path = sqlite_file(config)
    if path is not None and (found := _examine_file(path)) is not None:
        return found
    try:
        store = Store.open(config.database_url, may_upgrade=False)
    except OlderDatabaseError as error:
        mend = partial(_upgrade, config.database_url, report)
        return Finding(
            CHECK,
            Phrase(
                "the schema is of an older version: {version}; this one needs {newest}",
                version=error.version,
                newest=error.newest,
            ),
            Phrase("start gedi run, work, serve or poll of this version"),
            Phrase("upgrade the schema"),
            mend,
        )
    except NewerDatabaseError as error:
        remedy = Phrase("install that version, or restore a backup that this version has made")
        return Finding(CHECK, reason_of(error), remedy)
    except EmptyDatabaseError:
        text = Phrase("the database has no tables")
        return Finding(CHECK, text, Phrase("gedi run makes them; if the database held something: gedi restore FILE"))
    except DatabaseUnavailableError as error:
        reason = config.redact(str(error.message.get("error")))
        if error.kind == "refused":
            text = Phrase("the server of the database refuses the connection: {reason}", reason=reason)
            remedy = Phrase("check user, password and database in [database] url, and who may connect (pg_hba.conf)")
            return Finding(CHECK, text, remedy)
        text = Phrase("the database does not answer: {reason}", reason=reason)
        return Finding(CHECK, text, Phrase("check [database] url, and its server"))
    try:
        store.check_in_use()
    except (MovedDatabaseError, UnfinishedCopyError) as error:
        store.close()
        return Finding(CHECK, reason_of(error), Phrase("set [database] url to the database that is in use"))
    return store


def sqlite_file(config: Config) -> Path | None:
    """Return the file of an SQLite database; None for PostgreSQL."""
    return (
        Path(config.database_url.removeprefix("sqlite:///")) if config.database_url.startswith("sqlite:///") else None
    )


def _examine_file(path: Path) -> Finding | None:
    if not path.exists():
        return Finding(
            CHECK,
            Phrase("there is no file {file}", file=path),
            Phrase("check [database] url; gedi run makes an empty database, gedi restore FILE brings a backup back"),
        )
    if not os.access(path, os.R_OK):
        text = Phrase("{file} cannot be read by this user", file=path)
        return Finding(CHECK, text, Phrase("run gedi doctor as the user of the service"))
    try:
        try_to_read(path)
    except DATABASE_ERRORS as error:
        if "locked" in str(error):
            users = joined(processes_using(path) or [Phrase("another process")])
            text = Phrase("{file} is locked by {users}", file=path, users=users)
            return Finding(CHECK, text, Phrase("wait until it has finished, or stop it"))
        if not os.access(path.parent, os.W_OK):
            text = Phrase(
                "nothing can be written to {folder}, so {file} cannot be opened", folder=path.parent, file=path
            )
            return Finding(CHECK, text, Phrase("check the disk, how it is mounted, and permissions"))
        text = Phrase("{file} is damaged: {reason}", file=path, reason=reason_of(error))
        return Finding(CHECK, text, _RESTORE)
    return None


def _upgrade(url: str, report: Report) -> None:
    Store.open(url, report=report).close()
