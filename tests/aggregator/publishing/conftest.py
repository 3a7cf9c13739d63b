"""One nasty site for all who only read it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from aggregator.store import Store
from tests.aggregator.publishing.hostile_items import nasty


@pytest.fixture(scope="session")
def client(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path = tmp_path_factory.mktemp("nasty") / "gedi.db"
    shutil.copyfile(sqlite_template, path)
    store = Store.open(f"sqlite:///{path}", migrate=False)
    yield nasty(store)
    store.close()
