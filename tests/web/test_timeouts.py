"""A statement that takes too long: 503 with Retry-After, in words of the reader, for pages, API and feeds."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from sqlalchemy import text
from werkzeug.test import Client

from aggregator.store import Store
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import create_wsgi


def test_busy_database(emptied_postgres: str, caplog: pytest.LogCaptureFixture) -> None:
    store = Store.open(emptied_postgres, migrate=False, timeout=timedelta(milliseconds=200))
    world = fixture_site.build(store)
    client = Client(create_wsgi(store, world.config, clock=lambda: NOW))
    item = f"/item/{world.ids['event0']}"
    with store._engine.connect() as connection, connection.begin(), caplog.at_level(logging.WARNING):
        connection.execute(text("BEGIN; LOCK TABLE items, documents"))
        page, english = client.get(item), client.get(item, headers={"Accept-Language": "en"})
        api, feed = client.get(f"/api/items/{world.ids['event0']}"), client.get("/feeds/all.atom")
    for answer in (page, english, api, feed):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "数据库现在很忙" in page.get_data(as_text=True)
    assert "The database is busy" in english.get_data(as_text=True)
    assert "数据库现在很忙" in api.get_json()["error"]
    assert "Traceback" not in caplog.text
    assert client.get(item).status_code == 200
    store.close()
