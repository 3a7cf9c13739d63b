"""The limits of searches and of costly pages: what one count by client comprises and leaves alone; its texts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from tests.aggregator.store.factories import copy_database, open_store
from tests.web import fixture_site
from tests.web.api.checked_client import Checked
from tests.web.fixture_site import NOW, World
from tests.web.monotonic_clock import MonotonicClock
from web import create_app, create_wsgi
from web.request_limit import RequestLimit

LIMIT = '[web]\nsearches_per_minute = 3\ncostly_per_minute = 2\ntrusted_proxies = ["10.0.0.0/8"]\n'
PAGE, API, FEED = "/search?q=%E5%AD%A6%E6%A0%A1", "/api/search?q=x", "/feeds/search.atom?q=y"


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_store(copy_database(sqlite_template, tmp_path_factory.mktemp("world"))) as store:
        yield fixture_site.build(store, fixture_site.config(LIMIT))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> MonotonicClock:
    return MonotonicClock.install(monkeypatch)


@pytest.fixture
def client(world: World, clock: MonotonicClock) -> Client:
    return Client(create_wsgi(world.store, world.config, clock=lambda: NOW), TestResponse)


def test_costly_pages_share_another_count(client: Client, world: World, clock: MonotonicClock) -> None:
    why = f"/item/{world['event0']}/why"
    assert [ask(client, path).status_code for path in (why, "/admin")] == [200, 404]  # without a token
    refused = [ask(client, path) for path in (why, "/api/admin/queues", "/admin/login")]
    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in refused] == [(429, "30")] * 3
    assert [ask(client, path).status_code for path in (PAGE, f"/item/{world['event0']}")] == [200] * 2
    assert ask(client, why, "9.9.9.8").status_code == 200
    clock.seconds += 30
    assert ask(client, why).status_code == 200


def ask(client: Client, path: str, peer: str = "9.9.9.7", **headers: str) -> TestResponse:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, environ_base={"REMOTE_ADDR": peer}, headers=fields)


def test_pages_api_and_feeds_share_the_count_of_a_client(client: Client, clock: MonotonicClock) -> None:
    assert [ask(client, path).status_code for path in (PAGE, API, FEED)] == [200] * 3
    for path in (PAGE, API, "/feeds/search.atom?q=z"):
        refused = ask(client, path)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "20")
        assert refused.headers["Cache-Control"] in ("no-store", "no-cache")
    assert ask(client, "/api/items?q=x").status_code == 429
    assert [ask(client, path).status_code for path in ("/", "/search", "/api/items", FEED)] == [200] * 4
    assert ask(client, PAGE, "9.9.9.8").status_code == 200
    assert ask(client, PAGE, "10.0.0.1", X_Forwarded_For="9.9.9.7").status_code == 429
    assert ask(client, PAGE, "10.0.0.1", X_Forwarded_For="9.9.9.9").status_code == 200
    assert ask(client, PAGE, X_Forwarded_For="9.9.9.10").status_code == 429  # forged
    clock.seconds += 20
    assert ask(client, PAGE).status_code == 200


def test_the_refusal_is_in_the_language_of_the_reader(client: Client) -> None:
    for _ in range(3):
        ask(client, PAGE)
    texts = {"zh-CN": "请求太频繁", "zh-TW": "請求太頻繁", "en": "Too many requests"}
    for language, text in texts.items():
        assert text in ask(client, PAGE, Accept_Language=language).text
    assert ask(client, "/feeds/search.atom?q=z", Accept_Language="en").text.startswith("Too many searches")
    assert set(ask(client, API).get_json()) == {"error", "hint"}


def test_the_document_of_the_api_describes_the_refusal(world: World, clock: MonotonicClock) -> None:
    api = Checked(create_app(world.store, world.config, clock=lambda: NOW).test_client())
    for _ in range(3):
        api.get(API)
    api.get(API, 429)


def test_a_proxy_that_is_not_trusted_does_not_share_its_limit_among_readers(caplog: pytest.LogCaptureFixture) -> None:
    limit = RequestLimit(1)
    behind = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "9.9.9.7"}
    with caplog.at_level(logging.WARNING):
        assert [limit.seconds_to_wait(behind) for _ in range(3)] == [0, 0, 0]
    assert len(caplog.records) == 1
    assert "trusted_proxies" in caplog.text
    assert [bool(limit.seconds_to_wait({"REMOTE_ADDR": "127.0.0.1"})) for _ in range(2)] == [False, True]
    assert [bool(limit.seconds_to_wait(behind | {"REMOTE_ADDR": "9.9.9.9"})) for _ in range(2)] == [False, True]
    assert [RequestLimit(0).seconds_to_wait({"REMOTE_ADDR": "9.9.9.9"}) for _ in range(2)] == [0, 0]
