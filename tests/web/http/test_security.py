"""Tests that every response has the security headers: pages, feeds, errors and redirects."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import Client

from aggregator.store import Store
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import create_wsgi

PATHS = ("/", "/nothing", "/feeds/all.atom", "/feeds/nothing.atom", "/feeds/all.rss?x=1", "/feeds/source/shiqiao.json",
         "/static/style.css", "/static/nothing", "/opml", "/item/999999", "/api/items", "/widget", "/robots.txt",
         "/admin", "/feeds/search.atom", "/oembed", "/%00", "/category/nothing")  # fmt: skip


@pytest.fixture
def client(store: Store) -> Client:
    fixture_site.build(store)
    return Client(create_wsgi(store, fixture_site.config(), clock=lambda: NOW))


def test_every_response_has_nosniff_and_a_content_policy(client: Client) -> None:
    bare = []
    for path in PATHS:
        for method in ("GET", "HEAD", "POST"):
            headers = client.open(path, method=method).headers
            policy = headers.get("Content-Security-Policy", "")
            if headers.get("X-Content-Type-Options") != "nosniff" or "default-src 'none'" not in policy:
                bare.append((method, path))
            assert "Server" not in headers
            assert "X-Powered-By" not in headers
    assert bare == []


def test_redirects_of_renamed_sources_have_security_headers(store: Store) -> None:
    world = fixture_site.build(store)
    renamed = [
        replace(source, slug="shiqiao-wanbao") if source.slug == "shiqiao" else source
        for source in fixture_site.sources()
    ]
    store.sync_sources(renamed, NOW, timedelta(0))
    client = Client(create_wsgi(store, world.config, clock=lambda: NOW))
    for path in ("/source/shiqiao", "/feeds/source/shiqiao.atom"):
        response = client.get(path)
        assert (response.status_code, response.headers["Location"]) == (301, path.replace("shiqiao", "shiqiao-wanbao"))
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_json_paths_return_json_errors(store: Store) -> None:
    world = fixture_site.build(store)
    client = Client(create_wsgi(store, world.config, clock=lambda: NOW))
    for number, status in ((world["gone"], 410), (999_999, 404)):
        response = client.get(f"/item/{number}.json")
        assert (response.status_code, response.mimetype) == (status, "application/json")
        assert set(response.get_json()) >= {"error"}
