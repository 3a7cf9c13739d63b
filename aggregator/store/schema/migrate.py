"""The version of a database's schema, and its upgrade to the current one.

The only module that imports Alembic, and only if there is something to upgrade, because it takes as much memory as
everything else that a process needs of the store.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

from aggregator.texts import Phrase

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parents[1] / "migrations"
StepReport = Callable[[str], None]  # receives the version that a step has reached


class SchemaError(Exception):
    """The database cannot be used with its schema, or not be upgraded; the message says what to do."""


class NewerDatabaseError(SchemaError):
    """The database has a schema of a newer version; nothing was changed."""


class OlderDatabaseError(SchemaError):
    """The database has a schema of an older version, which the caller may not upgrade."""

    def __init__(self, version: str, newest: str) -> None:
        super().__init__(
            Phrase(
                "its schema is of an older version ({version}; this one needs {newest}); start gedi run, work, serve "
                "or poll, or gedi doctor --fix, to upgrade it",
                version=version,
                newest=newest,
            )
        )
        self.version, self.newest = version, newest


class EmptyDatabaseError(SchemaError):
    """There is no database yet, or it has no tables, and the caller may not make them."""

    def __init__(self) -> None:
        super().__init__(
            Phrase(
                "it does not exist or has no tables; gedi run or gedi poll makes them, gedi restore FILE brings a "
                "backup back"
            )
        )


def schema_versions() -> list[str]:
    """Return all versions of the schema, from the first to the newest, by the file names of the migrations."""
    return sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py"))


def version_of(connection: Connection) -> str | None:
    """Return the version of the database's schema; None if it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version ORDER BY version_num")).scalars().all()
    return ", ".join(found) or None


def is_current(connection: Connection) -> bool:
    """Return whether the database has the newest schema."""
    return version_of(connection) == schema_versions()[-1]


def check_known(version: str | None) -> None:
    """Raise NewerDatabaseError if this is no version of ours."""
    if version is not None and version not in schema_versions():
        raise NewerDatabaseError(
            Phrase(
                "this database was made by a newer version of Gedi (schema {version}); use that version",
                version=version,
            )
        )


def alembic_config(connection: Connection | None = None, on_step: StepReport | None = None) -> Config:
    """Return the configuration of Alembic, without a file, for the transaction of this connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    if on_step is not None:
        config.attributes["on_version_apply"] = lambda *, step, **_: on_step(_reached(step))
    return config


def _reached(step: Any) -> str:
    return str(step.up_revision_id)


def upgrade(connection: Connection, on_step: StepReport | None = None) -> None:
    """Upgrade the schema. Raises NewerDatabaseError if a newer version of Gedi made the database."""
    if is_current(connection):
        return
    check_known(version_of(connection))
    from alembic import command

    command.upgrade(alembic_config(connection, on_step), "head")
