"""Tests that the HTML standard's parser finds no error in any page (HTML 13.2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from html5lib.constants import E

from aggregator.model.moderation import QUEUES
from tests.aggregator.store.factories import copy_database, open_store
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from web import create_app

TOKEN = "a token of some length"
PAGES = (
    *("/", "/?lang=en", "/latest", "/hot", "/category/livelihood", "/category/livelihood?region=370400&multi=1"),
    *("/region", "/region?q=鼓楼区", "/region?q=火星", "/region/370000", "/region/370400", "/region/640100"),
    *("/source/shiqiao", "/sources", "/search", "/search?q=运河", "/search?q=xyzzy", "/feeds", "/feeds?q=供暖"),
    *("/status", "/status?source=jiuzhan", "/about", "/corrections", "/corrections/sent"),
    *("/api", "/widget", "/nothing", "/admin/login"),
)


@pytest.fixture
def world(sqlite_template: Path, tmp_path: Path) -> Iterator[World]:
    """Return the fixture site on SQLite only: pages are rendered from the same values with both databases."""
    with open_store(copy_database(sqlite_template, tmp_path)) as store:
        yield fixture_site.build(store, fixture_site.config(f'[web]\nadmin_token = "{TOKEN}"\n'))


def errors_in(page: bytes) -> list[str]:
    parser = html5lib.HTMLParser()
    parser.parse(page, transport_encoding="utf-8")
    return [f"{place}: {E[code] % values}" for place, code, values in parser.errors]


def test_pages_are_valid_html(world: World) -> None:
    client = create_app(world.store, world.config, clock=lambda: NOW).test_client()
    assert errors_in(b"<!DOCTYPE html><title>a</title><p></b>")  # the parser does report errors
    own = [f"/item/{world['event0']}", f"/item/{world['hostile']}", f"/item/{world['gone']}", f"/story/{world.story}"]
    for path in (*PAGES, *own):
        assert errors_in(client.get(path).data) == [], path
    client.post("/admin/login", data={"token": TOKEN})
    for path in (*own, "/status", "/admin", *(f"/admin/queue/{name}" for name in QUEUES)):
        assert errors_in(client.get(path).data) == [], path
