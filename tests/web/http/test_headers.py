"""Tests of page headers: security headers, caching, framing, compression and the preferences cookie."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import brotli
import pytest
from flask.testing import FlaskClient

from aggregator.store import Store
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import create_app

PATHS = ("/", "/latest", "/status.json", "/healthz", "/opml", "/robots.txt", "/opensearch.xml", "/nothing", "/about")


@pytest.fixture
def client(store: Store) -> Iterator[FlaskClient]:
    fixture_site.build(store)
    with create_app(store, fixture_site.config(), clock=lambda: NOW).test_client() as client:
        yield client


def test_every_page_has_the_security_headers(client: FlaskClient) -> None:
    for path in PATHS:
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "script-src 'self'" in policy, path
        assert "base-uri 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "no-referrer", path
        assert "Server" not in headers, path
        assert "Set-Cookie" not in headers, path


def test_only_the_widget_may_be_framed(client: FlaskClient) -> None:
    response = client.get("/widget")
    assert "frame-ancestors *" in response.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in response.headers
    assert "<script" not in response.text
    assert "max-age=60" in response.headers["Cache-Control"]


def test_pages_are_compressed_if_accepted(client: FlaskClient) -> None:
    plain = client.get("/")
    packed = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    smallest = client.get("/", headers={"Accept-Encoding": "gzip, br, zstd"})
    assert smallest.headers["Content-Encoding"] == "br"
    assert brotli.decompress(smallest.data) == plain.data
    assert len(smallest.data) < len(packed.data)
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Cookie, Accept-Language, Accept-Encoding"
    assert "Content-Encoding" not in client.get("/", headers={"Accept-Encoding": "gzip;q=0"}).headers


def test_versioned_static_files_are_immutable(client: FlaskClient) -> None:
    page = client.get("/").text
    path = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert path.startswith("/static/style.css?v=")
    response = client.get(path)
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "immutable" not in client.get("/static/style.css?v=old").headers["Cache-Control"]
    again = client.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["ETag"] != response.headers["ETag"]
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.data) == response.data
    smallest = client.get(path, headers={"Accept-Encoding": "br"})
    assert brotli.decompress(smallest.data) == response.data
    assert b"/*" not in response.data
    for name in ("enhance.js", "icon-512.png", "icon.svg"):
        assert client.get(f"/static/{name}").status_code == 200
    assert client.get("/static/..%2f__init__.py").status_code == 404


def test_icons_are_served_where_browsers_look_for_them(client: FlaskClient) -> None:
    for path, type, start in (
        ("/favicon.ico", "image/vnd.microsoft.icon", b"\0\0\1\0\3\0"),
        ("/apple-touch-icon.png", "image/png", b"\x89PNG"),
    ):
        response = client.get(path)
        assert (response.status_code, response.content_type) == (200, type)
        assert response.data.startswith(start)
        assert response.headers["Cache-Control"] == "public, max-age=86400"
        assert client.get(path, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
        assert client.get(f"/static{path}").status_code == 200
    link = client.get("/").text.split('rel="apple-touch-icon" href="')[1].split('"')[0]
    assert client.get(link).headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_preferences_are_stored_in_one_cookie(client: FlaskClient) -> None:
    response = client.post("/prefs", data={"theme": "dark", "back": "/category/society?region=370000"})
    assert (response.status_code, response.headers["Location"]) == (303, "/category/society?region=370000")
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    client.post("/prefs", data={"text": "large", "back": "//evil.example"})
    page = client.get("/").text
    assert '<html lang="zh-CN" data-theme="dark" data-text="large">' in page
    client.post("/prefs", data={"theme": "auto", "text": "normal"})
    assert '<html lang="zh-CN">' in client.get("/").text
    assert client.get("/prefs").status_code == 405


def test_preferences_cookie_is_secure_over_https(client: FlaskClient) -> None:
    response = client.post("/prefs", data={"theme": "dark"}, base_url="https://gedi.example")
    assert "Secure" in response.headers["Set-Cookie"]


def test_form_redirects_to_its_page(client: FlaskClient) -> None:
    page = client.get("/search?q=%E8%BF%90%E6%B2%B3&sort=rel").text
    assert 'name="back" value="/search?q=%E8%BF%90%E6%B2%B3&amp;sort=rel"' in page


def test_oversized_forms_are_rejected(client: FlaskClient) -> None:
    assert client.post("/prefs", data={"back": "/" + "x" * 20_000}).status_code == 413
