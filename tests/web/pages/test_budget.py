"""Tests of the number of queries per page, which must not grow with the data; shared lists are read once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from aggregator.publishing.daily_selection import find_digests
from aggregator.store import Store
from tests.aggregator.store.statements import recorded
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from web import create_app

COLD = 26  # statements of a page in a process with an empty cache
WARM = 10  # statements of a page whose shared lists are cached


@pytest.fixture
def world(store: Store) -> World:
    built = fixture_site.build(store)
    find_digests(store, built.config, "all", [date(2026, 5, 19)])  # made at the first request
    store.search_items("x", 1)  # the first search of an opened database looks for the former index too
    return built


def paths(world: World) -> list[str]:
    return [
        "/",
        "/category/livelihood",
        "/category/livelihood?region=370400",
        "/latest",
        "/hot",
        "/daily/2026-05-19",
        f"/item/{world['event0']}",
        f"/item/{world['event0']}.json",
        f"/item/{world['event1']}/why",
        f"/story/{world.story}",
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


def query_count(app: Flask, path: str) -> int:
    """Return the number of queries that a page makes."""
    with recorded() as statements:
        assert app.test_client().get(path).status_code == 200, path
    return sum(statement.reads for statement in statements)


def cold_query_count(app: Flask, path: str) -> int:
    app.extensions["site"].cache.clear()
    return query_count(app, path)


def test_pages_make_a_bounded_number_of_queries(world: World) -> None:
    app = create_app(world.store, world.config, clock=lambda: NOW)
    before = {}
    for path in paths(world):
        cold, warm = cold_query_count(app, path), query_count(app, path)
        assert cold <= COLD, (path, cold)
        assert warm <= WARM, (path, warm)
        before[path] = cold
    source_ids = world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0))
    for slug, number in source_ids.items():
        drafts = [
            fixture_site.draft(slug, f"第{n}则{slug}", "摘要", minutes=n, category="livelihood", region="370400")
            for n in range(40)
        ]
        fixture_site.insert(world.store, number, drafts)
    for path, cold in before.items():
        assert cold_query_count(app, path) == cold, path
