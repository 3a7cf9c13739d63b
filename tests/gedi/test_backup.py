"""``gedi backup`` and ``gedi restore``: what comes back, and what damage, kills and users of the database change."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, select, text

from aggregator.store import Store
from aggregator.store.schema.tables import items
from aggregator.store.transfer.backup import dated_backups, rotate
from aggregator.store.transfer.table_rows import moved_tables
from gedi.cli import main
from tests.clock import now
from tests.conftest import DATABASES
from tests.gedi.processes import environ
from tests.web.moving import fill_every_table

pytestmark = [pytest.mark.timeout(300), pytest.mark.clock(every=0)]
LEASES = {"sources", "pushes", "subscribers", "source_lists", "notify_targets", "index_services"}  # released in copies


class Place:
    """A database, and the commands with its config."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        folder.mkdir(exist_ok=True)
        self.config = folder / "config.toml"
        self.config.write_text(f'[database]\nurl = "{url}"\n')

    def __call__(self, *words: str) -> Result:
        command = [*words, "--config", str(self.config)]
        return CliRunner().invoke(main, command, catch_exceptions=False, obj=now)

    def json(self, *words: str) -> dict[str, Any]:
        answer = self(*words, "--json")
        assert answer.exit_code == 0, answer.output
        found: dict[str, Any] = json.loads(answer.stdout)
        return found

    @property
    def file(self) -> Path:
        return Path(self.url.removeprefix("sqlite:///"))

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        with closing(Store.open(self.url)) as store, store._read_transaction() as connection:
            return {table.name: table.between(connection, None, None) for table in moved_tables()}

    def lose_items(self) -> None:
        with closing(Store.open(self.url)) as store, store._write_transaction() as connection:
            newest = select(items.c.id).order_by(items.c.id.desc()).limit(3)
            connection.execute(delete(items).where(items.c.id.in_(newest)))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """Return an SQLite database with rows in every table."""
    path = tmp_path_factory.mktemp("filled") / "gedi.db"
    shutil.copyfile(sqlite_template, path)
    with closing(Store.open(f"sqlite:///{path}")) as store:
        fill_every_table(store)
    return path


@pytest.fixture
def place(new_sqlite: str, filled: Path, tmp_path: Path) -> Place:
    shutil.copyfile(filled, new_sqlite.removeprefix("sqlite:///"))
    return Place(new_sqlite, tmp_path / "sqlite")


@pytest.fixture
def postgres(new_postgres: str, tmp_path: Path) -> Place:
    return Place(new_postgres, tmp_path / "postgresql")


def test_a_backup_of_either_database_is_restored_into_the_other(place: Place, postgres: Place, tmp_path: Path) -> None:
    """From SQLite to PostgreSQL and back, after rows were lost."""
    before = place.contents()
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    facts = place.json("backup", str(first))
    assert facts["items"] == len(before["items"])
    assert (first.stat().st_mode & 0o777, facts["bytes"]) == (0o600, first.stat().st_size)
    assert subprocess.run(["sha256sum", "-c", f"{first}.sha256"], cwd=tmp_path, check=False).returncode == 0
    kept = postgres.json("restore", str(first), "--yes")["kept"]
    with psycopg.connect(postgres.url) as connection:
        schema = kept.removeprefix("schema ")
        assert connection.execute(f"SELECT count(*) FROM {schema}.items".encode()).fetchall() == [(0,)]
    assert different(before, postgres.contents()) <= LEASES
    assert postgres.json("backup", str(second))["items"] == facts["items"]
    place.lose_items()
    lost = place.contents()
    assert "would be put in place" in place("restore", str(second), "--dry-run").stdout
    assert different(lost, place.contents()) == set()
    kept = place.json("restore", str(second))["kept"]
    assert different(before, place.contents()) <= LEASES
    assert different(lost, Place(f"sqlite:///{kept}", tmp_path / "kept").contents()) == set()


def different(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


DAMAGE = ("changed", "changed, without a hash", "cut off", "no database", "newer")


def damage(name: str, path: Path) -> None:
    if name.startswith("changed"):
        overwrite(path, 200_000)
    elif name == "cut off":
        os.truncate(path, path.stat().st_size // 2)
    elif name == "no database":
        path.write_text("<html>404</html>")
    else:
        execute(path, "UPDATE alembic_version SET version_num = '9999'")
    if name != "changed":
        hash_of(path).unlink()


def overwrite(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 5000)


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def hash_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def test_a_damaged_backup_is_refused_and_changes_nothing(place: Place, tmp_path: Path) -> None:
    place.json("backup", str(tmp_path / "good.db"))
    before = place.contents()
    for name in DAMAGE:
        bad = tmp_path / f"{name}.db"
        shutil.copyfile(tmp_path / "good.db", bad)
        hash_of(bad).write_text(hash_of(tmp_path / "good.db").read_text())
        damage(name, bad)
        answer = place("restore", str(bad), "--yes")
        assert answer.exit_code == 1, name
        assert "newer version" in answer.stderr or "damaged" in answer.stderr, answer.stderr
        assert "Traceback" not in answer.stderr
    assert different(before, place.contents()) == set()
    assert sorted(path.name for path in place.file.parent.glob("gedi.db*restor*")) == []
    assert place("restore", str(tmp_path / "missing.db")).exit_code == 2


KILLS = {
    "before the file has its name": "type(r.Path()).replace = lambda *_: die()",
    "after the log is gone": "r.sync = lambda path: die() if 'before-restore' in path.name else None",
    "in the transaction": "r.synchronize_tables = lambda *_: die()",
}
SCRIPT = """
import os, shutil, signal, sys
from aggregator.store.transfer import restore as r
from gedi.cli import main
def die(): os.kill(os.getpid(), signal.SIGKILL)
backup, *kills = sys.argv[1:]
for config, patch in zip(kills[::2], kills[1::2]):
    if not (child := os.fork()):
        exec(patch)
        main(["restore", backup, "--config", config])
    print(os.waitpid(child, 0)[1])
"""


def test_a_killed_restore_loses_nothing(place: Place, postgres: Place, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    place.json("backup", str(backup))
    place.lose_items()
    before = [target.contents() for target in (place, postgres)]
    words = [sys.executable, "-c", SCRIPT, str(backup)]
    for moment, patch in KILLS.items():
        words += [str((postgres if moment == "in the transaction" else place).config), patch]
    ended = subprocess.run(words, env=environ(), capture_output=True, check=True, stdin=subprocess.DEVNULL)
    assert ended.stdout.split() == [str(signal.SIGKILL.value).encode()] * len(KILLS), ended.stderr.decode()
    assert [different(*each) for each in zip(before, (place.contents(), postgres.contents()), strict=True)] == [
        set()
    ] * 2
    place.json("restore", str(backup))
    assert len(place.contents()["items"]) == len(before[0]["items"]) + 3


@pytest.fixture(params=DATABASES)
def used(request: pytest.FixtureRequest, place: Place) -> Iterator[tuple[Place, str]]:
    """Yield a place whose database another process uses, and how this process is named."""
    if request.param == "sqlite":
        script = (
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM items'); "
            "print(flush=True); input()"
        )
        command, pipe = [sys.executable, "-c", script, str(place.file)], subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            process.stdout.readline()  # it has the file open now
            yield place, f"process {process.pid} (python"
            process.kill()
    else:
        target: Place = request.getfixturevalue("postgres")
        with psycopg.connect(target.url) as connection:
            yield target, f"session {connection.info.backend_pid} from"


def test_a_database_in_use_is_not_replaced(used: tuple[Place, str], place: Place, tmp_path: Path) -> None:
    target, who = used
    place.json("backup", str(tmp_path / "backup.db"))
    before = target.contents()
    answer = target("restore", str(tmp_path / "backup.db"), "--yes")
    assert answer.exit_code == 1
    assert who in answer.stderr
    assert "stop the service first" in answer.stderr
    assert different(before, target.contents()) == set()


def test_a_damaged_database_is_put_aside_with_its_log(place: Place, tmp_path: Path) -> None:
    place.json("backup", str(tmp_path / "backup.db"))
    overwrite(place.file, 0)
    assert place("stats").exit_code == 2
    place.file.with_name("gedi.db-wal").write_bytes(b"what was written last")
    kept = Path(place.json("restore", str(tmp_path / "backup.db"))["kept"])
    assert kept.read_bytes()[:9] == b"\xff" * 9
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"what was written last"
    assert place("stats").exit_code == 0


def test_a_backup_of_an_older_version_is_restored(tmp_path: Path, postgres: Place) -> None:
    """Made of an older schema without upgrading it, and restored into PostgreSQL with the present one."""
    from tests.aggregator.store import stored_database

    old = Place(f"sqlite:///{tmp_path / 'old.db'}", tmp_path / "old")
    stored_database.make_sqlite(old.file)
    for table, column in (("items", "id"), ("texts", "item_id"), ("stories", "id"), ("articles", "item_id")):
        execute(old.file, f"DELETE FROM {table} WHERE {column} > 20")
    facts = old.json("backup", str(tmp_path / "backup.db"))
    assert (facts["schema"], facts["items"]) == ("0011", 20)
    postgres.json("restore", str(tmp_path / "backup.db"))
    assert len(postgres.contents()["items"]) == 20
    with closing(Store.open(postgres.url)) as store:
        assert store.unconverted_items() is None
        with store._read_transaction() as connection:
            shown = text("SELECT count(*) FROM items WHERE removed IS NULL")
            found = connection.execute(text("SELECT count(*) FROM search")).scalar_one()
            assert found == connection.execute(shown).scalar_one()


def test_the_newest_backups_of_a_folder_are_kept(tmp_path: Path) -> None:
    names = [f"gedi-2026050{day}T030000Z.db" for day in range(1, 6)]
    for name in (*names, "gedi-mine.db", "gedi.db"):
        (tmp_path / name).touch()
        hash_of(tmp_path / name).touch()
    assert [path.name for path in rotate(tmp_path, 2)] == names[:3]
    assert [path.name for path in dated_backups(tmp_path)] == names[3:]
    assert sorted(path.name for path in tmp_path.glob("*.db")) == [*names[3:], "gedi-mine.db", "gedi.db"]
    assert len(list(tmp_path.glob("*.sha256"))) == 4
    assert rotate(tmp_path, 2) == []
