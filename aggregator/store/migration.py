"""Brings a database up to the schema of this version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_FOLDER = Path(__file__).parent / "migrations"


class NewerDatabase(Exception):
    """The schema is one that this version does not know; nothing was touched."""


def configuration(connection: Connection | None = None) -> Config:
    """Alembic without a file of its own; it works in the transaction of the connection it is given."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    config = configuration(connection)
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_heads()
    known = {script.revision for script in scripts.walk_revisions()}
    if not known.issuperset(current):
        raise NewerDatabase(f"this database was made by a newer version of Gedi (schema {', '.join(current)})")
    if set(current) != set(scripts.get_heads()):
        command.upgrade(config, "head")
