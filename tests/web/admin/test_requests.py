"""Correction requests on /admin."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from aggregator.model.correction_requests import RequestText
from aggregator.store import Store
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from tests.web.html_checks import page_of, words_of
from web import create_app
from web.admin import requests

TOKEN = "a token of some length"


@pytest.fixture
def world(store: Store) -> World:
    return fixture_site.build(store, fixture_site.config(f'[web]\nadmin_token = "{TOKEN}"\n'))


@pytest.fixture
def admin(world: World) -> FlaskClient:
    client = create_app(world.store, world.config, clock=lambda: NOW).test_client()
    assert client.post("/admin/login", data={"token": TOKEN}).status_code == 303
    return client


def add(world: World, about: str, **more: object) -> int:
    number = world.store.add_correction_request(RequestText(about, "日期错了\n应为五月", **more), NOW)  # type: ignore[arg-type]
    assert number is not None
    return number


def mark(client: FlaskClient, number: int, action: str) -> TestResponse:
    match = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/admin").text)
    assert match
    return client.post(f"/admin/request/{number}", data={"csrf": match[1], "do": action})


def test_open_requests_are_listed_newest_first_with_a_link(admin: FlaskClient, world: World) -> None:
    item = world["event0"]
    add(world, "某条新闻")
    add(world, f"https://gedi.example/item/{item}", item_id=item, name="读者", email="r@mail.example")
    add(world, f"https://gedi.example/story/{world.story}")
    page = page_of(admin, "/admin")
    rows = page.xpath("//section[@aria-labelledby='requests']/ul/li")
    assert [row.xpath("p/a/@href") for row in rows] == [[f"/story/{world.story}"], [f"/item/{item}"], []]
    title = world.store.item_cards([item])[item].title
    assert title in words_of(rows[1])
    assert "日期错了" in words_of(rows[1])
    assert rows[1].xpath(".//a[starts-with(@href, 'mailto:r@mail.example?subject=')]")
    assert "3件申请" in words_of(page.xpath("//footer")[0])


def test_a_request_is_marked_as_done_and_reopened(
    admin: FlaskClient, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    number = add(world, "某条新闻")
    with caplog.at_level("INFO"):
        response = mark(admin, number, "done")
    assert response.headers["Location"] == "/admin?done=request-done"
    assert f"admin_action action=request-done subject={number} address=127.0.0.1" in caplog.text
    page = page_of(admin, response.headers["Location"])
    assert "申请已标为处理完毕" in words_of(page)
    assert "没有待处理的申请" in words_of(page)
    assert "件申请" not in words_of(page.xpath("//footer")[0])
    assert "某条新闻" in words_of(page.xpath("//section[@aria-labelledby='requests']/details")[0])
    assert mark(admin, number, "done").headers["Location"] == "/admin?done=no-request"
    assert mark(admin, number, "reopen").headers["Location"] == "/admin?done=request-reopen"
    assert world.store.count_open_correction_requests() == 1
    assert mark(admin, number, "dance").status_code == 400
    assert mark(admin, 10**30, "done").status_code == 404


def test_a_long_list_says_how_many_are_missing(
    admin: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MAX_OPEN", 2)
    for _ in range(5):
        add(world, "某条新闻")
    assert "还有更早的3件没有列出" in words_of(page_of(admin, "/admin"))


@pytest.mark.parametrize(
    "about",
    ['"><script>alert(1)</script>', "javascript:alert(1)", "https://gedi.example//evil.example", "/\\evil.example"],
)
def test_what_readers_write_cannot_lead_the_admin_astray(admin: FlaskClient, world: World, about: str) -> None:
    add(world, about, name=about, email=about)
    page = page_of(admin, "/admin")
    links = page.xpath("//section[@aria-labelledby='requests']//a/@href")
    assert all(link.startswith("mailto:") for link in links)
    assert "<script>alert" not in admin.get("/admin").text


def test_an_error_page_for_the_admin_does_not_read_the_store(
    admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is gone")

    admin.application.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(Store, "_read_transaction", fail)
    response = admin.get("/latest")
    assert response.status_code == 500
    assert "服务出错了" in response.text


def test_requests_are_for_the_admin_only(world: World) -> None:
    number = add(world, "某条新闻")
    client = create_app(world.store, world.config, clock=lambda: NOW).test_client()
    assert client.get("/admin").status_code == 303
    assert client.post(f"/admin/request/{number}", data={"do": "done"}).status_code == 404
    assert "件申请" not in client.get("/about").text
    assert client.post("/admin/login", data={"token": TOKEN}).status_code == 303
    assert client.post(f"/admin/request/{number}", data={"do": "done"}).status_code == 403
    assert world.store.count_open_correction_requests() == 1
