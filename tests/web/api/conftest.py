"""Fixtures of the API tests: the fixture site behind a client that validates every response."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from aggregator.store import Store
from tests.aggregator.store.factories import copy_database
from tests.web import fixture_site
from tests.web.api.checked_client import Checked
from tests.web.fixture_site import NOW, World
from web import create_app


@pytest.fixture
def world(store: Store) -> World:
    return fixture_site.build(store)


@pytest.fixture
def api(world: World) -> Iterator[Checked]:
    with _app(world.store).test_client() as client:
        yield Checked(client)


@pytest.fixture(scope="module")
def readonly_url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of the database of ``readonly_world``."""
    return copy_database(sqlite_template, tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def readonly_world(readonly_url: str) -> Iterator[World]:
    """Return a fixture site that is built once, for read-only tests."""
    store = Store.open(readonly_url, migrate=False)
    yield fixture_site.build(store)
    store.close()


@pytest.fixture(scope="module")
def client(readonly_world: World) -> FlaskClient:
    client: FlaskClient = _app(readonly_world.store).test_client()
    return client


@pytest.fixture(scope="module")
def readonly_api(client: FlaskClient) -> Checked:
    return Checked(client)


def _app(store: Store):  # type: ignore[no-untyped-def]
    return create_app(store, fixture_site.config(), clock=lambda: NOW)
