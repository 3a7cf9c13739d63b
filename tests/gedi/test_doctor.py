"""``gedi doctor``: what it finds, how it says so, and what ``--fix`` mends."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, func, insert, make_url, select, text, update

from aggregator.diagnosis import surroundings
from aggregator.store import Store, consistency
from aggregator.store.schema.tables import items, moves, sources, stories, story_listings, subscriptions, workers
from aggregator.store.sql import dialect
from aggregator.store.sql.dialect import is_sqlite
from gedi.cli import main
from gedi.wide_text import width_of
from tests.clock import now
from tests.gedi.processes import free_port
from tests.gedi.test_language import ENGLISH_SENTENCE
from tests.servers import Server, reply
from tests.web import fixture_site

pytestmark = [pytest.mark.timeout(300), pytest.mark.clock(every=0)]


class Patient:
    """A database, its config, and ``gedi doctor`` for it."""

    def __init__(self, url: str, folder: Path, more: str = "") -> None:
        self.url, self.folder = url, folder
        self.config = folder / "doctor.toml"
        self.config.write_text(f'[database]\nurl = "{url}"\n{more}')

    def __call__(self, *words: str, language: str = "en") -> Result:
        command = ["doctor", *words, "--config", str(self.config)]
        return CliRunner().invoke(main, command, catch_exceptions=False, obj=now, env={"GEDI_LANG": language})

    def findings(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self("--json", *words).stdout.splitlines()]

    @property
    def file(self) -> Path:
        return Path(self.url.removeprefix("sqlite:///"))


@pytest.fixture
def patient(database_url: str, tmp_path: Path) -> Patient:
    with closing(Store.open(database_url, migrate=False)) as store:
        fixture_site.build(store)
        with store._write_transaction() as connection:  # the site is of another time
            connection.execute(update(sources).values(next_poll=now(), last_poll=now()))
    return Patient(database_url, tmp_path)


def test_what_is_broken_is_found_and_mended(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    if not patient.file.exists():  # the server has the real time
        assert "clock of the database's machine differs" in patient.findings()[0]["text"]
    monkeypatch.setattr(consistency, "clock_difference", lambda *_: timedelta(0))
    healthy = patient()
    assert (healthy.exit_code, healthy.stdout.splitlines()[-1]) == (0, "nothing is wrong"), healthy.stdout
    with closing(Store.open(patient.url)) as store:
        before = figures(store)
        found = [card.id for card in store.search_items("枣庄", 50)]
        assert found
        with store._write_transaction() as connection:
            story = connection.execute(select(stories.c.id).where(stories.c.outlets >= 2).limit(1)).scalar_one()
            connection.execute(delete(stories).where(stories.c.id == story))
            listing = {"story_id": 999_999, "listing": "society", "item_id": 1, "heat_day": 1.0, "heat_week": 1.0}
            connection.execute(insert(story_listings).values(listing))
            connection.execute(update(sources).where(sources.c.id == 1).values(item_count=77))
            times = {"last_poll": now() + timedelta(days=400), "lease_owner": "a:b:1:2:3", "leased_until": now()}
            connection.execute(update(sources).where(sources.c.id == 2).values(times))
            connection.execute(insert(workers).values(owner="host:x:4711:1:aa", seen=1))
            if is_sqlite(connection):
                connection.execute(text("INSERT INTO search_tokens (search_tokens) VALUES ('delete-all')"))
            else:
                connection.execute(text("DELETE FROM search"))
    told = patient()
    assert told.exit_code == 1
    assert max(map(len, told.stdout.splitlines())) <= 80
    checks = [finding["check"] for finding in patient.findings()]
    assert sorted(checks) == ["clock", "consistency", "consistency", "consistency", "consistency", "workers", "workers"]
    assert all(finding["fix"] and finding["remedy"] for finding in patient.findings())
    assert "host process 4711" in told.stdout
    mended = patient("--fix")
    assert (mended.exit_code, mended.stdout.splitlines()[-1]) == (0, "nothing is wrong"), mended.stdout
    with closing(Store.open(patient.url)) as store:
        assert figures(store) == before
        assert [card.id for card in store.search_items("枣庄", 50)] == found
    assert patient.findings() == []


def figures(store: Store) -> tuple[Any, ...]:
    columns = (stories.c.id, stories.c.item_count, stories.c.outlets, stories.c.lead_id)
    with store._read_transaction() as connection:
        rows = tuple(connection.execute(select(*columns).order_by(stories.c.id)).all())
        return rows, connection.execute(select(func.sum(sources.c.item_count))).scalar_one()


# ---------------------------------------------------------------- databases that cannot be opened
def _missing(path: Path) -> None:
    path.unlink()


def _damaged(path: Path) -> None:
    path.write_bytes(b"\0" * 5000)


def _cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def _moved(path: Path) -> None:
    with closing(Store.open(f"sqlite:///{path}")) as store, store._write_transaction() as connection:
        connection.execute(insert(moves).values(name="moved to", value="postgresql://db.example/gedi"))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_missing, "there is no file"),
        (_damaged, "is damaged"),
        (_cut_off, "damaged"),
        (_newer, "newer version"),
        (_moved, "was moved to postgresql://db.example/gedi"),
    ],
)
def test_a_database_that_cannot_be_used_is_described(harm: Any, said: str, new_sqlite: str, tmp_path: Path) -> None:
    patient = Patient(new_sqlite, tmp_path)
    harm(patient.file)
    there = patient.file.exists()
    answer = patient("--fix")
    assert answer.exit_code == 1
    assert said in " ".join(answer.stdout.split())
    assert "remedy:" in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 80
    assert patient.file.exists() is there


def test_a_locked_database_is_described(new_sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "PATIENCE", timedelta(seconds=0.1))
    patient = Patient(new_sqlite, tmp_path)
    with closing(sqlite3.connect(patient.file, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        (finding,) = patient.findings()
    assert "is locked by" in finding["text"]


def test_a_server_that_does_not_answer_is_described(tmp_path: Path) -> None:
    patient = Patient(f"postgresql://gedi:geheim@127.0.0.1:{free_port()}/gedi", tmp_path)
    (finding,) = patient.findings()
    assert "does not answer" in finding["text"]
    assert "geheim" not in str(finding)


def test_a_server_that_refuses_is_described(new_postgres: str, tmp_path: Path) -> None:
    stranger = make_url(new_postgres).set(username="a-stranger", password="geheim")
    (finding,) = Patient(stranger.render_as_string(hide_password=False), tmp_path).findings()
    assert "refuses the connection" in finding["text"]
    assert "geheim" not in str(finding)


# ---------------------------------------------------------------- around it
def test_a_file_of_somebody_else_is_named_with_its_owner(new_sqlite: str, tmp_path: Path, monkeypatch: Any) -> None:
    patient = Patient(new_sqlite, tmp_path)
    (tmp_path / ".env").touch(0o644)

    def refuse(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    owner = Path.home().owner()
    findings = {finding["text"]: finding for finding in patient.findings("--fix")}
    (failed,) = [each["fix_failed"] for each in findings.values() if each["fix_failed"]]
    assert f".env belongs to {owner}" in failed
    assert any(f"chown {owner} {patient.file}" in finding["remedy"] for finding in findings.values())


def test_surroundings(new_sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = Patient(new_sqlite, tmp_path)
    secret, forgotten, recent = (tmp_path / name for name in (".env", "old.db.unfinished", "new.db.unfinished"))
    for path in (secret, forgotten, recent):
        path.touch(0o644)
    two_days_ago = now().timestamp() - 200_000
    os.utime(forgotten, (two_days_ago, two_days_ago))
    os.utime(recent, (now().timestamp(), now().timestamp()))
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 1000))
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))
    monkeypatch.setattr(surroundings, "MAX_LOG_BYTES", -1)
    texts = [finding["text"] for finding in patient.findings()]
    assert len(texts) == 5, texts
    for said in ("1,000 bytes are free", "256 files", "old.db.unfinished", "can be read by every user", "write-ahead"):
        assert any(said in line for line in texts), said
    chinese = patient(language="zh").stdout.splitlines()
    assert max(map(width_of, chinese)) <= 80
    assert "1,000字节可用" in "".join("".join(chinese).split())  # wrapped where the path ends
    assert not [line for line in chinese if ENGLISH_SENTENCE.search(line)]
    assert [json.loads(line)["text"] for line in patient("--json", language="zh").stdout.splitlines()] == texts
    fixed = {finding["text"]: finding["fixed"] for finding in patient.findings("--fix")}
    assert sorted(fixed.values()) == [False, False, True, True, True]
    assert secret.stat().st_mode & 0o007 == 0
    assert (forgotten.exists(), recent.exists()) == (False, True)


@pytest.fixture
def subscribed(new_sqlite: str, server: Server, tmp_path: Path) -> Patient:
    """Return a patient with subscriptions at a hub that answers and at one that does not."""
    server.route("/hub", reply(404))
    patient = Patient(new_sqlite, tmp_path, '[polling]\nallow = ["127.0.0.0/8"]\n')
    with closing(Store.open(new_sqlite)) as store:
        fixture_site.build(store)
        with store._write_transaction() as connection:
            for number, hub in ((1, server.url("/hub")), (2, f"http://127.0.0.1:{free_port()}/hub")):
                connection.execute(insert(subscriptions).values(_subscription(number, hub)))
            connection.execute(update(sources).values(next_poll=now(), last_poll=now()))
            assert connection.execute(select(func.count()).select_from(items)).scalar_one()
    return patient


def _subscription(number: int, hub: str) -> dict[str, Any]:
    names = ("topic", "token", "callback", "secret")
    counts = dict.fromkeys(("failures", "strikes", "drops", "pushes", "ignored"), 0)
    texts = {name: f"{name} {number}" for name in names}
    return {"source_id": number, "hub": hub, "standing": "active", "current": True, "next_at": now(), **counts, **texts}


def test_hubs_that_do_not_answer(subscribed: Patient) -> None:
    (finding,) = subscribed.findings()
    assert finding["check"] == "hubs"
    assert "of 1 source does not answer" in finding["text"]
    assert subscribed.findings("--offline") == []
