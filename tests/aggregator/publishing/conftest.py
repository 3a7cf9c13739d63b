"""A site with hostile items, shared by the tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from tests.aggregator.publishing.hostile_items import build_hostile_site
from tests.aggregator.store.factories import copy_database, open_store


@pytest.fixture(scope="session")
def client(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with open_store(copy_database(sqlite_template, tmp_path_factory.mktemp("nasty"))) as store:
        yield build_hostile_site(store)
