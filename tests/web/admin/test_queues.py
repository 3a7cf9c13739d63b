"""The queues of /admin, the log with undo, several admins, and the same for programs."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from aggregator.messages import decisions
from aggregator.model import CategoryDecision
from aggregator.model.correction_requests import RequestText
from aggregator.model.filters import FilteredEntry, FilterReason
from aggregator.model.moderation import QUEUES
from aggregator.store import Store
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from tests.web.html_checks import page_of, words_of
from web import create_app

TOKENS = {"admin": "a token of some length", "li": "the token of li, quite long", "wang": "the token of wang, as long"}
CONFIG = f"""[web]
admin_token = "{TOKENS["admin"]}"
admins = [{{ name = "li", token = "{TOKENS["li"]}" }}, {{ name = "wang", token = "{TOKENS["wang"]}" }}]
"""


@pytest.fixture
def world(store: Store) -> World:
    return fixture_site.build(store, fixture_site.config(CONFIG))


@pytest.fixture
def visitor(world: World) -> FlaskClient:
    return create_app(world.store, world.config, clock=lambda: NOW).test_client()


@pytest.fixture
def li(visitor: FlaskClient) -> FlaskClient:
    assert visitor.post("/admin/login", data={"token": TOKENS["li"]}).status_code == 303
    return visitor


def send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    match = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/admin").text)
    assert match
    return client.post(path, data={"csrf": match[1], **form})


def add_uncategorized(world: World, title: str = "一条没有分类的消息") -> int:
    source = next(each.id for each in world.store.sources() if each.slug == "shiqiao")
    one = fixture_site.draft("shiqiao", title, "摘要", minutes=3)
    assert one.decision == CategoryDecision()
    return fixture_site.insert(world.store, source, [one])[one.uid]


def test_each_admin_has_a_token_and_a_name(world: World) -> None:
    for name, token in TOKENS.items():
        client = create_app(world.store, world.config, clock=lambda: NOW).test_client()
        assert client.post("/admin/login", data={"token": token + "x"}).status_code == 403
        assert client.post("/admin/login", data={"token": token}).status_code == 303
        send(client, "/admin/source/jiuzhan", do="retry")
        action = world.store.admin_actions(1)[0]
        assert (action.who, action.via, action.action, action.subject) == (name, "site", "retry", "source/jiuzhan")
        assert f"{name} 立即抓取" in words_of(page_of(client, "/admin"))
        assert not any(each in client.get("/admin").text for each in TOKENS.values())


def test_a_removed_admin_is_logged_out(world: World, li: FlaskClient) -> None:
    cookie = li.get_cookie("gedi_admin")
    assert cookie is not None
    fewer = fixture_site.config(CONFIG.replace('{ name = "li", token = "' + TOKENS["li"] + '" }, ', ""))
    client = create_app(world.store, fewer, clock=lambda: NOW).test_client()
    client.set_cookie("gedi_admin", cookie.value)
    assert client.get("/admin").status_code == 303
    client.post("/admin/login", data={"token": TOKENS["wang"]})
    assert client.get("/admin").status_code == 200


@pytest.mark.parametrize("name", QUEUES)
def test_queues_are_for_admins(visitor: FlaskClient, name: str) -> None:
    response = visitor.get(f"/admin/queue/{name}")
    assert (response.status_code, response.headers["Location"]) == (303, f"/admin/login?back=%2Fadmin%2Fqueue%2F{name}")
    assert visitor.post(f"/admin/queue/{name}", data={"subject": "1", "do": "leave"}).status_code == 404
    assert visitor.post("/admin/undo/1").status_code == 404
    assert visitor.get("/admin/queue/nothing").status_code == 404
    assert 'href="/admin' not in visitor.get("/status").text


def test_without_admins_there_are_no_queues(store: Store) -> None:
    client = create_app(store, fixture_site.config(), clock=lambda: NOW).test_client()
    for path in ("/admin/queue/failing", "/api/admin/queues", "/api/admin/openapi.json"):
        assert client.get(path, headers={"Authorization": "Bearer "}).status_code == 404


def test_the_tile_leads_to_items_without_a_category(world: World, li: FlaskClient) -> None:
    item = add_uncategorized(world)
    (link,) = page_of(li, "/status").xpath("//dl[@class='tiles']//a[text()='未能分类']/@href")
    page = page_of(li, link)
    rows = page.xpath("//ul[@class='queue']/li")
    assert str(item) in [row.xpath("form/input[@name='subject']/@value")[0] for row in rows]
    keys = [button.get("aria-keyshortcuts") for button in rows[0].xpath("form/button[@aria-keyshortcuts]")]
    assert keys == [*"123456789", "0"]
    assert page.xpath("//script/@src")[0].startswith("/static/desk.js")
    response = send(li, link, subject=str(item), do="society")
    assert response.headers["Location"] == "/admin/queue/uncategorized?done=decided"
    assert world.store.item_cards([item])[item].category == "society"
    page = page_of(li, response.headers["Location"])
    assert "已照办，可以撤销" in words_of(page)
    (undo,) = page.xpath("//form[@class='undo']/@action")
    response = send(li, undo, back="/admin/queue/uncategorized")
    assert response.headers["Location"] == "/admin/queue/uncategorized?done=undone"
    assert world.store.item_cards([item])[item].category is None
    assert send(li, undo).headers["Location"] == "/admin?done=not-undone-done"
    assert "它已经撤销过了" in words_of(page_of(li, "/admin?done=not-undone-done"))
    send(li, link, subject=str(item), do="other", other="emotion")
    assert world.store.item_cards([item])[item].category == "emotion"
    for subject, choice in (("x", "society"), (str(item), "no/such"), (str(item), "")):
        assert send(li, link, subject=subject, do=choice).headers["Location"].endswith("done=no-decision")


def test_every_queue_is_decided_on_its_page(world: World, li: FlaskClient) -> None:
    reason = FilterReason("exclude", decisions.EXCLUDED_IN_TITLE(rule="推广"))
    source = next(each.id for each in world.store.sources() if each.slug == "shiqiao")
    with world.store.write_transaction() as writer:
        writer.record_filtered_entries(source, [FilteredEntry("u", '<b>推广"', "https://a.example/", reason)], NOW)
    world.store.add_correction_request(RequestText("某条新闻", "日期错了", "读者", ""), NOW)
    add_uncategorized(world)
    for name in QUEUES:
        page = page_of(li, f"/admin/queue/{name}")
        rows = page.xpath("//ul[@class='queue']/li")
        if name == "merges" and not rows:
            continue
        form = rows[0].xpath("form")[0]
        subject = form.xpath("input[@name='subject']/@value")[0]
        choice = form.xpath("button/@value")[-3 if name == "uncategorized" else 0]
        response = send(li, form.get("action"), subject=subject, do=choice)
        assert response.headers["Location"].endswith("done=decided"), (name, subject, choice)
    log = words_of(page_of(li, "/admin").xpath("//section[@aria-labelledby='history']")[0])
    for word in ("申请处理完毕", "立即抓取", "维持原状", "li"):
        assert word in log
    assert "UTC" not in log


def test_the_log_speaks_the_language_of_the_admin(world: World, li: FlaskClient) -> None:
    item = world["event0"]
    send(li, f"/admin/item/{item}", do="move", category="tech", region="枣庄")
    assert "改正" in words_of(page_of(li, "/admin"))
    chinese = words_of(page_of(li, f"/item/{item}").xpath("//section[@aria-labelledby='admin']")[0])
    assert "民生 → 科技" in chinese
    english = words_of(page_of(li, "/admin?lang=en").xpath("//section[@aria-labelledby='history']")[0])
    assert "just now li" in english
    assert "Livelihood" in english
    assert "Tech" in english


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[name]}"}


def test_programs_decide_by_the_api(world: World, visitor: FlaskClient) -> None:
    item = add_uncategorized(world)
    assert visitor.get("/api/admin/queues").status_code == 401
    assert visitor.get("/api/admin/queues", headers={"Authorization": "Bearer wrong"}).status_code == 401
    response = visitor.get("/api/admin/queues", headers=bearer("wang"))
    assert {each["name"] for each in response.get_json()["queues"]} == set(QUEUES)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Access-Control-Allow-Origin" not in response.headers
    path = "/api/admin/queues/uncategorized"
    entries = visitor.get(path, headers=bearer("wang")).get_json()["entries"]
    assert str(item) in [entry["subject"] for entry in entries]
    decision = {"subject": str(item), "choice": "society"}
    assert visitor.post(path, json=decision).status_code == 401
    action = visitor.post(path, json=decision, headers=bearer("wang")).get_json()["action"]
    assert (action["who"], action["via"], action["after"]) == ("wang", "api", "society")
    wrong = visitor.post(path, json={"subject": str(item), "choice": "x"}, headers=bearer("wang"))
    assert (wrong.status_code, wrong.get_json()) == (422, {"error": "there is no such choice"})
    undo = f"/api/admin/actions/{action['id']}/undo"
    assert visitor.post(undo, headers=bearer("li")).get_json()["action"]["action"] == "undo"
    assert visitor.post(undo, headers=bearer("li")).status_code == 409
    assert visitor.post("/api/admin/actions/999/undo", headers=bearer("li")).status_code == 404
    listed = visitor.get("/api/admin/actions?limit=1", headers=bearer("li")).get_json()["actions"]
    assert [each["who"] for each in listed] == ["li"]
    assert visitor.get("/api/admin/queues/nothing", headers=bearer("li")).status_code == 404
    document = visitor.get("/api/admin/openapi.json").get_json()
    validate(document)
    rules = {re.sub(r"<(?:int\([^)]*\):)?number>", "{id}", rule.rule).replace("<name>", "{name}")
             for rule in visitor.application.url_map.iter_rules() if rule.rule.startswith("/api/admin")}  # fmt: skip
    assert rules == {*document["paths"], "/api/admin/openapi.json"}


def test_items_without_a_category_are_in_the_public_api(world: World, visitor: FlaskClient) -> None:
    item = add_uncategorized(world)
    found = visitor.get("/api/items?category=none").get_json()["items"]
    assert item in [each["id"] for each in found]
    assert all(each["category"] is None for each in found)
    assert visitor.get("/api/items?category=none&q=x").status_code == 400
    assert visitor.get("/api/stories?category=none").status_code == 400


def test_a_link_may_fill_the_login(visitor: FlaskClient) -> None:
    page = page_of(visitor, '/admin/login?token="><b>x')
    assert page.xpath("//input[@name='token']/@value") == ['"><b>x']
    assert visitor.get("/admin").status_code == 303
