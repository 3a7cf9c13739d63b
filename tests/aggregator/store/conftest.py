"""The stored database of schema 0011 after its upgrade, upgraded once per session and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store import Store
from tests.aggregator.store import stored_database
from tests.conftest import DATABASES, create_postgres, name_of_database


@pytest.fixture(scope="session")
def upgraded_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the upgraded SQLite database, for copying."""
    path = tmp_path_factory.mktemp("upgraded") / "gedi.db"
    stored_database.make_sqlite(path)
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def upgraded_postgres(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the name of the upgraded PostgreSQL database, for copying."""
    with create_postgres(postgres_server, "template1") as url:
        stored_database.make_postgres(url, tmp_path_factory.mktemp("rows"))
        Store.open(url).close()
        yield name_of_database(url)


@pytest.fixture(params=DATABASES)
def upgraded_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a copy of the upgraded database of each kind; its items are not converted yet."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("upgraded_sqlite"), tmp_path / "stored.db")
        yield f"sqlite:///{tmp_path / 'stored.db'}"
    else:
        template = request.getfixturevalue("upgraded_postgres")
        with create_postgres(request.getfixturevalue("postgres_server"), template) as url:
            yield url
