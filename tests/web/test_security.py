"""Every answer of the site carries the headers that keep strangers' texts harmless: pages, feeds, errors, redirects."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from aggregator.store import Store
from tests.web import world
from tests.web.world import NOW
from web import create_wsgi

PATHS = ("/", "/nothing", "/feeds/all.atom", "/feeds/nothing.atom", "/feeds/all.rss?x=1", "/feeds/source/shiqiao.json",
         "/static/style.css", "/static/nothing", "/opml", "/item/999999", "/api/items", "/widget", "/robots.txt",
         "/admin", "/feeds/search.atom", "/oembed", "/%00", "/category/nothing")  # fmt: skip


@pytest.fixture
def client(store: Store) -> Client:
    world.build(store)
    return Client(create_wsgi(store, world.config(), clock=lambda: NOW))


def test_every_answer_says_that_nothing_is_to_be_guessed_or_run(client: Client) -> None:
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
