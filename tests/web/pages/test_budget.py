"""No page asks the database more often when there is more in it, and shared lists are asked for once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from aggregator.store import Store
from tests.aggregator.store.statements import recorded
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from web import create_app

COLD = 26  # statements of a page in a process that has shown nothing yet
WARM = 10  # ... whose shared lists are known


@pytest.fixture
def built(store: Store) -> World:
    return fixture_site.build(store)


def paths(built: World) -> list[str]:
    return [
        "/",
        "/category/livelihood",
        "/category/livelihood?region=370400",
        "/latest",
        "/hot",
        f"/item/{built['event0']}",
        f"/item/{built['event0']}.json",
        f"/story/{built.story}",
        "/region",
        "/region/370000",
        "/region/370406",
        "/source/shiqiao",
        "/sources",
        "/search?q=运河",
        "/search?q=运河&category=livelihood&region=370400&sort=rel",
        "/feeds",
        "/status",
        "/widget",
    ]


def asked(app: Flask, path: str) -> int:
    """Return how many queries a page costs."""
    with recorded() as statements:
        assert app.test_client().get(path).status_code == 200, path
    return sum(statement.reads for statement in statements)


def asked_cold(app: Flask, path: str) -> int:
    app.extensions["site"].cache.clear()
    return asked(app, path)


def test_pages_ask_the_database_a_bounded_number_of_times(built: World) -> None:
    app = create_app(built.store, built.config, clock=lambda: NOW)
    before = {}
    for path in paths(built):
        cold, warm = asked_cold(app, path), asked(app, path)
        assert cold <= COLD, (path, cold)
        assert warm <= WARM, (path, warm)
        before[path] = cold
    known = built.store.sync_sources(fixture_site.sources(), NOW, timedelta(0))
    for slug, number in known.items():
        more = [
            fixture_site.draft(slug, f"第{each}则{slug}", "摘要", minutes=each, category="livelihood", region="370400")
            for each in range(40)
        ]
        fixture_site.insert(built.store, number, more)
    for path, cold in before.items():
        assert asked_cold(app, path) == cold, path
