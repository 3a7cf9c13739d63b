"""Upgrade of a database to the current schema.

The only module that imports Alembic, and only if there is something to upgrade, because it takes as much memory as
everything else that a process needs of the store.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from aggregator.texts import Phrase

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parents[1] / "migrations"


class NewerDatabaseError(Exception):
    """The database has a schema of a newer version; nothing was changed."""


def alembic_config(connection: Connection | None = None) -> Config:
    """Return the configuration of Alembic, without a file, for the transaction of this connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def is_current(connection: Connection) -> bool:
    """Return whether the database has the newest schema, by the number in the file names of the migrations."""
    newest = max(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py"))
    if not inspect(connection).has_table("alembic_version"):
        return False
    versions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return list(versions) == [newest]


def upgrade(connection: Connection) -> None:
    """Upgrade the schema. Raises NewerDatabaseError if a newer version of Gedi made the database."""
    if is_current(connection):
        return
    from alembic import command
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = alembic_config(connection)
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_heads()
    known = {script.revision for script in scripts.walk_revisions()}
    if not known.issuperset(current):
        raise NewerDatabaseError(
            Phrase("this database was made by a newer version of Gedi (schema {versions})", versions=", ".join(current))
        )
    if set(current) != set(scripts.get_heads()):
        command.upgrade(config, "head")
