"""Tests of the feed application: bodies, ETags, codings, conditional requests and failures."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import brotli
import pytest
import zstandard
from werkzeug.test import Client, TestResponse

from aggregator.publishing import render
from aggregator.store import Store
from tests.web import fixture_site, reports
from tests.web.fixture_site import NOW, World
from web import create_wsgi
from web.feeds.document_cache import CHECK_EVERY, DocumentCache

FEED = "/feeds/livelihood.atom"


@pytest.fixture
def world(store: Store) -> World:
    return fixture_site.build(store)


@pytest.fixture
def client(world: World) -> Client:
    return Client(create_wsgi(world.store, world.config, clock=lambda: NOW))


def get(client: Client, path: str = FEED, **headers: str) -> TestResponse:
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("suffix", "type"),
    [
        ("atom", "application/atom+xml; charset=utf-8"),
        ("rss", "application/rss+xml; charset=utf-8"),
        ("json", "application/feed+json; charset=utf-8"),
    ],
)
def test_feed_of_each_format(client: Client, suffix: str, type: str) -> None:
    response = get(client, f"/feeds/livelihood.{suffix}")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == type
    assert reports.EVENT[0][4] in response.get_data(as_text=True)
    assert response.headers["Cache-Control"] == "public, max-age=60, stale-if-error=86400"
    assert response.headers["Vary"] == "Accept-Encoding, Sec-Fetch-Dest, A-IM"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in response.headers["Access-Control-Expose-Headers"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert f'<https://gedi.example/feeds/livelihood.{suffix}>; rel="self"' in response.headers["Link"]
    assert "Set-Cookie" not in response.headers
    assert parsedate_to_datetime(response.headers["Last-Modified"]) <= NOW


def test_feed_urls(client: Client, world: World) -> None:
    for path in (
        "/feeds/all.atom",
        "/feeds/emotion/story.json",
        "/feeds/all/370400.rss",
        "/feeds/livelihood/370400.atom",
        "/feeds/source/shiqiao.atom",
        f"/feeds/story/{world.story}.atom",
        "/feeds/hot.atom",
        "/feeds/search.atom?q=%E8%BF%90%E6%B2%B3",
    ):
        assert get(client, path).status_code == 200, path


@pytest.mark.parametrize(
    ("coding", "suffix", "unpack"),
    [
        ("gzip", "-gz", gzip.decompress),
        ("br", "-br", brotli.decompress),
        ("zstd", "-zst", lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body)),
        ("identity", "", bytes),
    ],
)
def test_each_coding_has_its_own_strong_etag(client: Client, coding: str, suffix: str, unpack: Any) -> None:
    plain = get(client, Accept_Encoding="identity")
    etag = plain.headers["ETag"].strip('"')
    response = get(client, Accept_Encoding=coding)
    assert response.headers.get("Content-Encoding", "identity") == coding
    assert response.headers["ETag"] == f'"{etag}{suffix}"'
    assert unpack(response.data) == plain.data
    assert int(response.headers["Content-Length"]) == len(response.data)
    unchanged = get(client, Accept_Encoding=coding, If_None_Match=f'"other", W/"{etag}{suffix}"')
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["ETag"] == f'"{etag}{suffix}"'
    assert unchanged.headers["Cache-Control"] == response.headers["Cache-Control"]
    assert unchanged.headers["Vary"] == response.headers["Vary"]
    assert "Content-Type" not in unchanged.headers


def test_conditional_requests(client: Client) -> None:
    first = get(client)
    modified = parsedate_to_datetime(first.headers["Last-Modified"])
    later, earlier = (format_datetime(modified + timedelta(hours=n), usegmt=True) for n in (1, -1))
    assert get(client, If_None_Match="*").status_code == 304
    assert get(client, If_None_Match='"other"').status_code == 200
    assert get(client, If_Modified_Since=first.headers["Last-Modified"]).status_code == 304
    assert get(client, If_Modified_Since=earlier).status_code == 200
    assert get(client, If_Modified_Since="no date").status_code == 200
    assert get(client, If_None_Match='"other"', If_Modified_Since=later).status_code == 200


def test_head_equals_get_without_a_body(client: Client) -> None:
    response, head = get(client), client.head(FEED)
    assert head.data == b""
    assert dict(head.headers) == dict(response.headers)
    assert client.head(FEED, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_invalid_feed_requests(client: Client) -> None:
    missing = get(client, "/feeds/nothing.atom")
    assert (missing.status_code, missing.mimetype) == (404, "text/plain")
    assert get(client, "/feeds/all/999999.atom").status_code == 404
    assert get(client, "/feeds/story/0021.atom").status_code == 404
    assert get(client, "/feeds/../etc/passwd.atom").status_code == 404
    assert get(client, "/feeds/x.xml").status_code == 404
    rejected = client.post(FEED)
    assert (rejected.status_code, rejected.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    preflight = client.options(FEED)
    assert preflight.status_code == 204
    assert "If-None-Match" in preflight.headers["Access-Control-Allow-Headers"]
    for path in ("/feeds/search.atom", "/feeds/search.atom?q=", "/feeds/search.atom?q=%20%20"):
        without_terms = get(client, path)
        assert without_terms.status_code == 400, path
        assert "q=" in without_terms.get_data(as_text=True)


def test_every_search_has_a_feed(client: Client) -> None:
    for query in ("%00x", "%FF", "x%00y", "a" * 3000, "%ED%A0%80b", "'", "%E2%80%AEx", "x&q=y", "x" + "&a=1" * 400):
        assert get(client, f"/feeds/search.atom?q={query}").status_code == 200, query
    raw = client.get("/feeds/search.json", query_string="q=运河").get_json()
    assert len(raw["items"]) >= 3


def test_other_paths_go_to_the_pages(client: Client) -> None:
    assert get(client, "/feeds").mimetype == "text/html"
    assert get(client, "/about").status_code == 200


def test_feed_is_rendered_once_for_all_processes(client: Client, world: World) -> None:
    body = get(client).data
    source = world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0))["nantang"]
    fixture_site.insert(world.store, source, [fixture_site.draft("nantang", "刚到的消息", category="livelihood")])
    another_process = Client(create_wsgi(world.store, world.config, clock=lambda: NOW))
    assert get(another_process).data == body  # the stored document, until the publisher renders it again
    assert get(another_process, "/feeds/all.json").get_json()["items"][0]["title"] == "刚到的消息"


class Ticks:
    """A monotonic clock for the cache that tests can move."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_new_document_is_served_within_a_second(world: World) -> None:
    ticks = Ticks()
    documents = DocumentCache(world.store, world.config, lambda: NOW, ticks)
    first = documents.get(FEED)
    assert first is not None
    source = world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0))["nantang"]
    fixture_site.insert(world.store, source, [fixture_site.draft("nantang", "刚到的消息", category="livelihood")])
    rendered = render.render(world.store, world.config, FEED, NOW)
    assert rendered is not None
    world.store.put_documents([rendered], NOW)
    assert documents.get(FEED) is first
    ticks.now += CHECK_EVERY
    second = documents.get(FEED)
    assert second is not None
    assert second.document.etag == rendered.etag != first.document.etag
    assert "刚到的消息".encode() in second.document.body


@pytest.fixture
def breakable_site(new_sqlite: str) -> Iterator[tuple[World, Any]]:
    """Yield a fixture site and a function that renames its documents table while the store is open."""
    store = Store.open(new_sqlite, migrate=False)

    def break_store() -> None:
        with sqlite3.connect(new_sqlite.removeprefix("sqlite:///"), isolation_level=None) as connection:
            connection.execute("ALTER TABLE documents RENAME TO elsewhere")
        connection.close()

    yield fixture_site.build(store), break_store
    store.close()


def test_last_good_feed_is_served_while_the_store_fails(breakable_site: tuple[World, Any]) -> None:
    world, break_store = breakable_site
    ticks = Ticks()
    documents = DocumentCache(world.store, world.config, lambda: NOW, ticks)
    cached = documents.get(FEED)
    search_feed = documents.get_search(render.SearchFeedQuery("运河"), "atom")
    break_store()
    ticks.now += 100
    assert documents.get(FEED) is cached
    assert documents.get_search(render.SearchFeedQuery("运河"), "atom").document.body == search_feed.document.body


def test_feed_that_cannot_be_rendered_returns_503(breakable_site: tuple[World, Any]) -> None:
    world, break_store = breakable_site
    break_store()
    response = get(Client(create_wsgi(world.store, world.config, clock=lambda: NOW)))
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "60"
    assert response.headers["Cache-Control"] == "no-store"
    assert "elsewhere" not in response.get_data(as_text=True)
    assert "SQL" not in response.get_data(as_text=True)


def test_document_cache_memory_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache evicts the least recently used documents, but keeps at least one of any size."""
    monkeypatch.setattr("web.feeds.document_cache.MAX_MEMORY", 40_000)
    documents = DocumentCache(world.store, world.config, lambda: NOW, Ticks())
    paths = [f"/feeds/{category.path}.atom" for category in world.config.category_tree.top_level()]
    documents_by_path = {path: documents.get(path) for path in paths}
    sizes = {path: held.size for path, held in documents_by_path.items() if held is not None}
    assert len(sizes) == len(paths)
    kept: list[str] = []
    for path in reversed(paths):  # a document that is not in memory is another object
        if documents.get(path) is not documents_by_path[path]:
            break
        kept.insert(0, path)
    assert 1 <= len(kept) < len(paths)
    assert sum(sizes[path] for path in kept) <= 40_000 < sum(sizes[path] for path in paths[-len(kept) - 1 :])
