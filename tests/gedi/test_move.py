"""``gedi move-to``: another database has everything, and subscribers notice nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, func, insert, select, text, update

from aggregator.store import Store
from aggregator.store.api.connection import MovedDatabaseError
from aggregator.store.schema.tables import items, metadata, moves, sources, texts
from aggregator.store.transfer import table_sync
from aggregator.store.transfer.move import MoveError, Progress
from aggregator.store.transfer.table_rows import moved_tables
from gedi.cli import main
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from tests.web.moving import fill_every_table, responses, rows_of

pytestmark = [pytest.mark.timeout(300), pytest.mark.clock(every=0)]

DIRECTIONS = ("to PostgreSQL", "to SQLite")


class Places:
    """An original with rows in every table, and the address of an empty database of the other kind."""

    def __init__(self, original: str, target: str, folder: Path) -> None:
        self.original, self.target, self.folder = original, target, folder
        self.config = folder / "old.toml"
        self.config.write_text(f'[database]\nurl = "{original}"\n')

    def run(self, *arguments: str) -> Result:
        command = ["move-to", *arguments, "--config", str(self.config)]
        return CliRunner().invoke(main, command, catch_exceptions=False)


@pytest.fixture(params=DIRECTIONS)
def places(request: pytest.FixtureRequest, new_sqlite: str, emptied_postgres: str, tmp_path: Path) -> Iterator[Places]:
    urls = (new_sqlite, emptied_postgres)
    original, target = urls if request.param == DIRECTIONS[0] else urls[::-1]
    with closing(Store.open(original)) as store:
        fill_every_table(store)
    yield Places(original, target, tmp_path)
    for url in urls:  # the server's database is used again
        with closing(Store.open(url)) as store:
            store.cancel_move()
            with store._write_transaction() as connection:
                connection.execute(delete(moves))


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    with store._read_transaction() as connection:
        return {table.name: table.between(connection, None, None) for table in moved_tables()}


def test_everything_is_moved_and_served_alike(places: Places) -> None:
    with closing(Store.open(places.original)) as store:
        with store._read_transaction() as connection:
            empty = [
                table.name for table in metadata.sorted_tables if table is not moves and not rows_of(connection, table)
            ]
        assert empty == []
        responses(store)  # renders documents
        before, answers = contents(store), responses(store)
    answer = places.run(places.target)
    assert answer.exit_code == 0, answer.output
    assert "equal by count and digest" in answer.stdout
    with closing(Store.open(places.target)) as copy:
        copy.check_in_use()
        after = contents(copy)
        assert after.keys() == before.keys()
        assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
        assert {path: each for path, each in responses(copy).items() if each != answers[path]} == {}
        assert answers["/feeds/all.atom"][0] == 200
        assert answers["/search?q=%E5%AD%A6%E6%A0%A1"][0] == 200


def test_ids_go_on_and_items_are_found(places: Places) -> None:
    with closing(Store.open(places.original)) as store, store._write_transaction() as connection:
        newest = connection.execute(select(items.c.id).order_by(items.c.id.desc()).limit(1)).scalar_one()
        last = store_ids(store, connection)
    assert last > newest
    assert places.run(places.target).exit_code == 0
    with closing(Store.open(places.target)) as copy:
        with copy._write_transaction() as connection:
            assert store_ids(copy, connection) > last
            for table in ("corrections", "admin_actions", "troubles", "correction_requests", "polls", "subscribers"):
                moved = metadata.tables[table]
                row = dict(connection.execute(select(moved).limit(1)).mappings().one())
                del row["id"]
                if table == "subscribers":
                    row["callback"] = "https://other.example/"
                highest = connection.execute(select(func.max(moved.c.id))).scalar_one()
                new = connection.execute(insert(moved).values(row).returning(moved.c.id)).scalar_one()
                assert new > highest, table
        slug, number = next(iter(copy.sync_sources(fixture_site.sources(), NOW, NOW - NOW).items()))
        fixture_site.insert(copy, number, [fixture_site.draft(slug, "全新的消息刚刚发生")])


def store_ids(store: Store, connection: Any) -> int:
    from aggregator.store.sql.dialect import reserve_item_ids

    return reserve_item_ids(connection, 3)[-1]


def test_the_old_database_serves_but_takes_no_writes_until_it_is_taken_back(places: Places) -> None:
    assert places.run(places.target).exit_code == 0
    with closing(Store.open(places.original)) as store:
        for statement in (update(items).values(title="x"), delete(texts), update(sources).values(title="x")):
            with pytest.raises(MovedDatabaseError, match="takes no writes"), store._write_transaction() as connection:
                connection.execute(statement)
        assert all(answer[0] in (200, 304) for answer in responses(store).values())
        with pytest.raises(MovedDatabaseError, match="moved to"):
            store.check_in_use()
    refused = CliRunner().invoke(main, ["stats", "--config", str(places.config)])
    assert refused.exit_code == 2
    assert "set [database] url to the new one" in refused.stderr
    again = places.run(places.target)
    assert again.exit_code == 1
    assert "finished copy" in again.stderr
    assert json.loads(places.run("--cancel", "--json").stdout) == {"cancelled": True}
    assert "not moved" in places.run("--cancel").stdout
    assert CliRunner().invoke(main, ["stats", "--config", str(places.config)]).exit_code == 0


def test_what_changes_during_the_copy_is_caught_up(places: Places) -> None:
    """Rows are added, changed, swapped and deleted while others are copied."""
    with closing(Store.open(places.original)) as store, closing(Store.open(places.target)) as copy:
        changed: list[str] = []

        def report(step: Progress) -> None:
            name = f"{step.phase} {step.table}"
            if name in ("copy texts", "catch up items") and name not in changed:
                changed.append(name)
                _disturb(store, len(changed))

        results = store.move_to(copy, report)
        assert len(changed) == 2
        assert all(result.is_equal for result in results)
        before, after = contents(store), contents(copy)
        assert {name for name in before if before[name] != after[name]} <= {"sources"}  # whose leases are released
        assert responses(copy)["/search?q=%E5%AD%A6%E6%A0%A1"] == responses(store)["/search?q=%E5%AD%A6%E6%A0%A1"]


def _disturb(store: Store, number: int) -> None:
    slug, source_id = next(iter(store.sync_sources(fixture_site.sources(), NOW, NOW - NOW).items()))
    fixture_site.insert(store, source_id, [fixture_site.draft(slug, f"又来的第{number}条消息", minutes=number)])
    with store._write_transaction() as connection:
        ids = connection.execute(select(items.c.id).order_by(items.c.id).limit(5)).scalars().all()
        connection.execute(update(items).where(items.c.id == ids[1]).values(removed=NOW, removed_why="x"))
        connection.execute(delete(texts).where(texts.c.item_id == ids[2 + number]))
        connection.execute(text("UPDATE sources SET slug = '~' || slug WHERE id IN (1, 2)"))
        slugs = dict(connection.execute(select(sources.c.id, sources.c.slug).where(sources.c.id.in_((1, 2)))).all())
        connection.execute(text("UPDATE sources SET slug = '-' || id WHERE id IN (1, 2)"))
        for source, other in ((1, 2), (2, 1)):
            statement = update(sources).where(sources.c.id == source)
            connection.execute(statement.values(slug=slugs[other].removeprefix("~")))


def test_a_killed_move_goes_on(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed with SIGKILL in the middle of each phase, and started again."""
    with closing(Store.open(places.original)) as store:
        before = contents(store)
    for line in ("copy items", "copy texts", "catch up stories", "finish items"):
        _kill_at(places, line)
        with closing(Store.open(places.original)) as store:
            store.check_in_use()
        refused = CliRunner().invoke(main, ["stats", "--config", str(_config(places, places.target))])
        assert "not finished" in refused.stderr
    answer = places.run(places.target, "--json")
    assert answer.exit_code == 0, answer.output
    *steps, last = map(json.loads, answer.stdout.splitlines())
    assert last["tables"] == len(before)
    verified = [step for step in steps if step["phase"] == "finish" and "equal" in step]
    assert len(verified) == len(before)
    assert all(step["equal"] and not step["changed"] for step in verified)
    with closing(Store.open(places.target)) as copy:
        after = contents(copy)
        assert {name for name in before if before[name] != after[name]} == set()


def _kill_at(places: Places, moment: str) -> None:
    """Run the command in small batches, and kill it when it reports this."""
    script = (
        "import sys\nfrom aggregator.store.transfer.table_rows import TableRows\n"
        "TableRows.batch = 2\nfrom gedi.cli import main\nmain(sys.argv[1:])"
    )
    command = [sys.executable, "-c", script, "move-to", places.target, "--json", "--config", str(places.config)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            step = json.loads(line)
            if f"{step.get('phase')} {step.get('table')}" == moment:
                break
        else:
            raise AssertionError(f"the move ended before {moment}")
        time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()


def _config(places: Places, url: str) -> Path:
    path = places.folder / "new.toml"
    path.write_text(f'[database]\nurl = "{url}"\n')
    return path


def test_a_difference_is_found(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that does not keep what is written is not taken for one."""
    adjust = table_sync._adjust

    def lose_a_row(table: Any, connection: Any, rows: Any, present: Any) -> int:
        kept = rows[:-1] if table.name == "corrections" else rows
        return adjust(table, connection, kept, present)

    monkeypatch.setattr(table_sync, "append_rows", lambda *_: iter(()))
    monkeypatch.setattr("aggregator.store.transfer.move.append_rows", lambda *_: iter(()))
    monkeypatch.setattr(table_sync, "_adjust", lose_a_row)
    with (
        closing(Store.open(places.original)) as store,
        closing(Store.open(places.target)) as copy,
        pytest.raises(MoveError, match="differs in corrections"),
    ):
        store.move_to(copy, lambda step: None)
    with closing(Store.open(places.original)) as store:
        store.check_in_use()


def test_only_an_empty_database_or_the_same_copy_is_a_target(places: Places, tmp_path: Path) -> None:
    with closing(Store.open(places.target)) as other:
        fixture_site.build(other)
    answer = places.run(places.target)
    assert answer.exit_code == 1
    assert "holds another store; name an empty database" in answer.stderr
    assert places.run(places.original).exit_code == 2
    assert places.run("mysql://localhost/x").exit_code == 2
    assert places.run().exit_code == 2
    unreachable = places.run("postgresql://gedi:geheim@127.0.0.1:1/none")
    assert unreachable.exit_code == 2
    assert "geheim" not in unreachable.stderr
    half = f"sqlite:///{tmp_path / 'half.db'}"
    with closing(Store.open(half)) as store, store._write_transaction() as connection:
        connection.execute(insert(moves).values(name="copy of", value="0"))
    assert "half-finished copy of another store" in places.run(half).stderr
