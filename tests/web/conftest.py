"""Fixtures of the web tests: the fixture site on both databases, and once per module on SQLite for read-only tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from aggregator.store import Store
from tests.aggregator.store.factories import copy_database, open_store
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from web import create_app


@pytest.fixture
def world(store: Store) -> World:
    return fixture_site.build(store)


@pytest.fixture
def client(world: World) -> Iterator[FlaskClient]:
    app = create_app(world.store, world.config, clock=lambda: NOW)
    with app.test_client() as client:
        yield client


@pytest.fixture
def empty(store: Store) -> FlaskClient:
    return create_app(store, fixture_site.config(), clock=lambda: NOW).test_client()


@pytest.fixture(scope="module")
def readonly_client(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Yield a client of a fixture site on SQLite that is built once, for read-only tests."""
    yield from _client_of(sqlite_template, tmp_path_factory, filled=True)


@pytest.fixture(scope="module")
def readonly_empty_client(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    yield from _client_of(sqlite_template, tmp_path_factory, filled=False)


def _client_of(template: Path, folders: pytest.TempPathFactory, *, filled: bool) -> Iterator[FlaskClient]:
    with open_store(copy_database(template, folders.mktemp("world"))) as store:
        if filled:
            fixture_site.build(store)
        yield create_app(store, fixture_site.config(), clock=lambda: NOW).test_client()
