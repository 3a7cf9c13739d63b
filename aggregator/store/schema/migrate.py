"""Brings a database up to the schema of this version. The only file that imports Alembic, and only where there is
something to do: it weighs as much as all else that a process of the service needs of the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parents[1] / "migrations"


class NewerDatabaseError(Exception):
    """The schema is one that this version does not know; nothing was touched."""


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic without a file of its own; it works in the transaction of the connection it is given."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def is_current(connection: Connection) -> bool:
    """Has the database the newest schema? Each step is a file that is named by its number."""
    newest = max(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py"))
    if not inspect(connection).has_table("alembic_version"):
        return False
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return list(found) == [newest]


def upgrade(connection: Connection) -> None:
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
        raise NewerDatabaseError(f"this database was made by a newer version of Gedi (schema {', '.join(current)})")
    if set(current) != set(scripts.get_heads()):
        command.upgrade(config, "head")
