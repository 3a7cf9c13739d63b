"""Why a database cannot be used, and that nobody waits for it in vain."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from aggregator.store import DatabaseUnavailableError, Store
from aggregator.store.availability import CALM, RETRY_EVERY, Availability, Kind, kind_of
from aggregator.store.sql import dialect, impatient
from tests.aggregator.store.factories import NOW
from tests.database_proxy import DatabaseProxy


def test_one_caller_a_second_tries_again_and_the_others_fail_at_once(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    availability = Availability(lambda: now)
    availability.check(writes=True)
    for _ in range(3):
        availability.note_failure(DatabaseUnavailableError("readonly", "read-only"))
    availability.check(writes=False)  # reading works
    availability.note_success(writes=False)
    with pytest.raises(DatabaseUnavailableError, match="can be read but not written"):
        availability.check(writes=True)
    now = RETRY_EVERY
    availability.check(writes=True)
    with pytest.raises(DatabaseUnavailableError):
        availability.check(writes=True)
    assert availability.take_over() is None
    availability.note_success(writes=True)
    availability.check(writes=True)
    over = availability.take_over()
    assert over is not None
    assert over[1] == RETRY_EVERY
    assert [(record.levelno, record.message.split()[0]) for record in caplog.records] == [
        (logging.ERROR, "database_unavailable"),
        (logging.WARNING, "database_available"),
    ]


def test_a_full_disk_is_one_outage_while_empty_transactions_succeed(caplog: pytest.LogCaptureFixture) -> None:
    """A transaction that finds nothing to write needs no space, so it says nothing about the disk."""
    now = 0.0
    availability = Availability(lambda: now)
    for _ in range(3):
        availability.check(writes=True)
        availability.note_failure(DatabaseUnavailableError("full", "disk full"))
        now += RETRY_EVERY
        availability.check(writes=True)
        availability.note_success(writes=True)
    assert availability.take_over() is None
    now += CALM
    for _ in range(2):
        availability.check(writes=True)
        availability.note_success(writes=True)
    over = availability.take_over()
    assert over is not None
    assert over[1] == now
    assert [record.message.split()[0] for record in caplog.records] == ["database_unavailable", "database_available"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.DiskFull("x"), "full"),
        (psycopg.errors.ReadOnlySqlTransaction("x"), "readonly"),
        (psycopg.errors.TooManyConnections("x"), "unreachable"),
        (psycopg.errors.AdminShutdown("x"), "unreachable"),
        (psycopg.errors.ConnectionTimeout("x"), "unreachable"),
        (psycopg.errors.UniqueViolation("x"), None),
        (psycopg.errors.DeadlockDetected("x"), None),
    ],
)
def test_errors_of_postgresql_are_told_apart(error: psycopg.Error, kind: Kind | None) -> None:
    assert kind_of(OperationalError("SELECT 1", {}, error)) == kind


def test_a_locked_file_is_not_waited_for_longer_than_allowed(new_sqlite: str) -> None:
    store = Store.open(new_sqlite, migrate=False, timeout=timedelta(milliseconds=50))
    other = sqlite3.connect(new_sqlite.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseUnavailableError, match="Another program holds the database locked"):
        store.record_heartbeat(NOW)
    assert store.last_heartbeat() is None  # reads go on
    other.close()
    time.sleep(RETRY_EVERY)
    store.record_heartbeat(NOW)
    store.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a file immutable")
def test_a_file_that_could_only_be_read_is_written_again(new_sqlite: str) -> None:
    files = list(Path(new_sqlite.removeprefix("sqlite:///")).parent.glob("gedi.db*"))
    if subprocess.run(["chattr", "+i", *files], capture_output=True, check=False).returncode:
        pytest.skip("the file system has no immutable files")
    store = Store.open(new_sqlite, migrate=False)
    try:
        with pytest.raises(DatabaseUnavailableError, match=r"mounted read-only|cannot be opened"):
            store.record_heartbeat(NOW)
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)
    time.sleep(RETRY_EVERY)
    store.record_heartbeat(NOW)
    assert store.last_heartbeat() == NOW
    store.close()


def test_a_server_that_stands_still_is_given_up(new_postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "GIVE_UP_AFTER", 0.3)
    monkeypatch.setattr(impatient, "PING_SECONDS", 0.3)
    proxy = DatabaseProxy(new_postgres)
    store = Store.open(f"{proxy.url}?connect_timeout=2", migrate=False, timeout=timedelta(milliseconds=300))
    assert store.last_heartbeat() is None
    with proxy.hanging():
        begun = time.monotonic()
        with pytest.raises(DatabaseUnavailableError, match="does not respond"):
            store.last_heartbeat()
        assert time.monotonic() - begun < 10
        begun = time.monotonic()
        with pytest.raises(DatabaseUnavailableError):
            store.last_heartbeat()
        assert time.monotonic() - begun < 0.5
    time.sleep(RETRY_EVERY)
    assert store.last_heartbeat() is None
    store.close()
    proxy.close()
