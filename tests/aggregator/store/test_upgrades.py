"""Upgrades of databases that hold something: from every schema, announced, after a copy, and one process at a time."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import Connection, Engine, inspect, text

from aggregator.store import Store
from aggregator.store.schema import migrate, upgrade
from aggregator.store.schema.tables import metadata
from aggregator.store.schema.upgrade import NoSpaceError, copies_aside, upgrade_database
from aggregator.store.sql import dialect
from gedi.cli import main
from tests.aggregator.store import stored_database
from tests.gedi.processes import environ
from tests.web.moving import fill_every_table

FIRST_TABLES = ("sources", "items", "texts", "stories", "polls", "documents")
VERSIONS = migrate.schema_versions()


@pytest.fixture
def filled(database_url: str) -> Iterator[Engine]:
    """Yield a database with rows in every table."""
    with closing(Store.open(database_url, migrate=False)) as store:
        fill_every_table(store)
    engine = dialect.open_engine(database_url)
    yield engine
    with dialect.write_transaction(engine) as connection:
        migrate.upgrade(connection)
    engine.dispose()


def test_upgrades_from_every_schema_keep_the_rows(filled: Engine) -> None:
    """Each step with rows in every table that its schema has, then all steps from the first schema on."""
    first = set(FIRST_TABLES)
    for version, following in zip(VERSIONS[-2::-1], VERSIONS[:0:-1], strict=True):
        with dialect.write_transaction(filled, timeout=dialect.NO_LIMIT) as connection:
            command.downgrade(migrate.alembic_config(connection), version)
            before = counts_of(connection)
        assert first <= {name for name, count in before.items() if count}, version
        with suppress(_UndoError), dialect.write_transaction(filled, timeout=dialect.NO_LIMIT) as connection:
            command.upgrade(migrate.alembic_config(connection), following)
            after = counts_of(connection)
            lost = {name: (count, after[name]) for name, count in before.items() if after[name] < count}
            assert lost == {}, version
            raise _UndoError
    with suppress(_UndoError), dialect.write_transaction(filled, timeout=dialect.NO_LIMIT) as connection:
        command.downgrade(migrate.alembic_config(connection), "base")
        assert set(inspect(connection).get_table_names()) <= {"alembic_version", "sqlite_sequence"}
        raise _UndoError
    with dialect.write_transaction(filled, timeout=dialect.NO_LIMIT) as connection:
        migrate.upgrade(connection)
        assert {name: counts_of(connection)[name] for name in first} == {name: before[name] for name in first}
    with closing(Store.open(filled.url.render_as_string(hide_password=False), migrate=False)) as store:
        for _ in store.convert():
            pass
        assert len(store.item_details(range(1, 30))) > 20


class _UndoError(Exception):
    """Rolls a transaction back."""


def counts_of(connection: Connection) -> dict[str, int]:
    names = metadata.tables.keys() & set(inspect(connection).get_table_names())
    return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in sorted(names)}


# ---------------------------------------------------------------- how it goes on
@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return an SQLite database of schema 0011."""
    path = tmp_path / "gedi.db"
    stored_database.make_sqlite(path)
    return path


def version_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        ((version,),) = connection.execute("SELECT version_num FROM alembic_version")
    return str(version)


def test_an_upgrade_is_announced_after_a_killed_one_and_keeps_one_copy(old: Path) -> None:
    script = (
        "import os, sys\nfrom aggregator.store.schema import upgrade\n"
        "upgrade._progress = lambda *_: lambda version: os.kill(os.getpid(), 9) if version == '0020' else None\n"
        "upgrade.upgrade_database(sys.argv[1], print)"
    )
    command = [sys.executable, "-c", script, f"sqlite:///{old}"]
    assert subprocess.run(command, env=environ(), check=False, capture_output=True).returncode == -signal.SIGKILL
    assert version_of(old) == "0011"
    (copy,) = copies_aside(old)
    copy.rename(copy.with_name("gedi.db.schema-0011-20200101T000000Z"))
    lines: list[str] = []
    threads = [threading.Thread(target=upgrade_database, args=(f"sqlite:///{old}", lines.append)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [line for line in lines if "is reached" not in line and "waiting" not in line]
    assert [line.partition(":")[0].partition(", after")[0] for line in lines] == [
        f"upgrading the database from schema 0011 to {VERSIONS[-1]}",
        "a copy of schema 0011 was put aside",
        f"the database has schema {VERSIONS[-1]} now",
    ]
    assert f"{len(VERSIONS) - 11} steps, 280 items, about 1 s" in lines[0]
    (copy,) = copies_aside(old)
    assert "2020" not in copy.name
    assert (version_of(copy), version_of(old)) == ("0011", VERSIONS[-1])


def test_an_upgrade_without_space_for_the_copy_changes_nothing(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1000))
        with pytest.raises(NoSpaceError, match="1,000 are free; make space"):
            upgrade_database(f"sqlite:///{old}", print)
    with monkeypatch.context() as patch:
        patch.setattr(upgrade, "_check_copy", lambda *_: (_ for _ in ()).throw(OSError("disk I/O error")))
        with pytest.raises(NoSpaceError, match="cannot be written"):
            upgrade_database(f"sqlite:///{old}", print)
    assert (version_of(old), copies_aside(old)) == ("0011", [])


def test_an_upgrade_waits_for_whoever_writes(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "PATIENCE", timedelta(seconds=0.1))
    lines: list[str] = []
    thread = threading.Thread(target=upgrade_database, args=(database_url, lines.append))
    engine = dialect.open_engine(database_url)
    with dialect.write_transaction(engine):
        thread.start()
        thread.join(timeout=0.5)
        assert thread.is_alive()
    thread.join()
    engine.dispose()
    assert [line.partition(",")[0] for line in lines] == ["another process is writing to the database"]


def test_commands_that_read_upgrade_nothing(old: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{old}"\n')
    answer = CliRunner().invoke(main, ["stats", "--config", str(config)])
    assert answer.exit_code == 2
    assert f"(0011; this one needs {VERSIONS[-1]}); start gedi run" in answer.stderr
    assert (version_of(old), copies_aside(old)) == ("0011", [])
