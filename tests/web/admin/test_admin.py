"""Admin pages: no access without the token; with it, corrections only by forms of this site."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from aggregator.model import SourceFilter
from aggregator.store import Store
from tests.web import fixture_site, reports
from tests.web.fixture_site import NOW, World
from tests.web.monotonic_clock import MonotonicClock
from web import create_app, create_wsgi
from web.admin import session
from web.admin.login import MAX_FAILURES, WINDOW

TOKEN = "a token of some length"
EXTRA = f'[web]\nadmin_token = "{TOKEN}"\n'


class MovableClock:
    """A clock that tests can move."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def world(store: Store) -> World:
    return fixture_site.build(store, fixture_site.config(EXTRA))


@pytest.fixture
def visitor(world: World, clock: MovableClock) -> FlaskClient:
    return create_app(world.store, world.config, clock=clock).test_client()


@pytest.fixture
def admin(visitor: FlaskClient) -> FlaskClient:
    assert visitor.post("/admin/login", data={"token": TOKEN}).status_code == 303
    return visitor


def csrf(client: FlaskClient) -> str:
    match = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/admin").text)
    assert match
    return match[1]


def send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    return client.post(path, data={"csrf": csrf(client), **form})


def test_admin_pages_are_404_without_a_configured_token(store: Store) -> None:
    world = fixture_site.build(store)
    client = create_app(world.store, world.config, clock=lambda: NOW).test_client()
    for path in ("/admin", "/admin/login"):
        assert client.get(path).status_code == 404
    for path in ("/admin/login", "/admin/logout", "/admin/source/shiqiao", f"/admin/item/{world['event0']}"):
        assert client.post(path, data={"token": "", "do": "retry"}).status_code == 404
    forged = session.new_cookie("", NOW)
    client.set_cookie(session.COOKIE, forged)
    assert client.get("/admin").status_code == 404


def test_forms_are_hidden_and_rejected_without_a_session(visitor: FlaskClient, world: World) -> None:
    for path in (f"/item/{world['event0']}", f"/story/{world.story}", "/status", "/"):
        page = visitor.get(f"{path}?done=split").text
        assert "/admin" not in page
        assert "已拆成" not in page
    assert visitor.get("/admin").headers["Location"] == "/admin/login"
    assert visitor.post(f"/admin/item/{world['event0']}", data={"do": "split"}).status_code == 404
    assert visitor.post("/admin/source/shiqiao", data={"do": "retry"}).status_code == 404


def test_session_cookie_is_restricted_and_expires(visitor: FlaskClient, clock: MovableClock) -> None:
    response = visitor.post("/admin/login", data={"token": TOKEN, "back": "/status?state=ok"})
    assert (response.status_code, response.headers["Location"]) == (303, "/status?state=ok")
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    page = visitor.get("/admin")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "private, no-store"
    assert visitor.get("/").headers["Cache-Control"] == "private, no-store"
    clock.time += session.LIFETIME
    assert visitor.get("/admin").status_code == 303


def test_session_cookie_is_secure_behind_tls(visitor: FlaskClient) -> None:
    headers = {"X-Forwarded-Proto": "https"}
    assert "Secure" in visitor.post("/admin/login", data={"token": TOKEN}, headers=headers).headers["Set-Cookie"]


def test_altered_and_foreign_cookies_are_rejected() -> None:
    cookie = session.new_cookie(TOKEN, NOW)
    assert session.read_cookie(TOKEN, cookie, NOW) is not None
    for number in range(len(cookie)):
        altered = cookie[:number] + ("A" if cookie[number] != "A" else "B") + cookie[number + 1 :]
        assert session.read_cookie(TOKEN, altered, NOW) is None
    assert session.read_cookie(TOKEN + "x", cookie, NOW) is None
    assert session.read_cookie(TOKEN, "é" * 10, NOW) is None
    assert session.read_cookie(None, cookie, NOW) is None
    assert session.read_cookie(TOKEN, session.new_cookie(TOKEN, NOW), NOW) != session.read_cookie(TOKEN, cookie, NOW)


def test_failed_logins_are_throttled(visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = MonotonicClock.install(monkeypatch)
    for _ in range(MAX_FAILURES):
        assert visitor.post("/admin/login", data={"token": "a wrong token"}).status_code == 403
    response = visitor.post("/admin/login", data={"token": TOKEN})
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) == WINDOW.total_seconds() / MAX_FAILURES
    clock.seconds += WINDOW.total_seconds() / MAX_FAILURES
    assert visitor.post("/admin/login", data={"token": TOKEN}).status_code == 303


def test_logout_ends_the_session(admin: FlaskClient) -> None:
    assert admin.post("/admin/logout").status_code == 403
    assert send(admin, "/admin/logout").status_code == 303
    assert admin.get("/admin").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_cross_site_forms_are_rejected(admin: FlaskClient, world: World, headers: dict[str, str]) -> None:
    form = {"csrf": csrf(admin), "do": "split"}
    path = f"/admin/item/{world['event0']}"
    assert admin.post(path, data=form, headers=headers).status_code == 403
    assert admin.post(path, data={"do": "split"}).status_code == 403
    assert admin.post(path, data={"do": "split", "csrf": "é"}).status_code == 403
    assert world.store.item_cards([world["event0"]])[world["event0"]].story_items > 1


def test_retry_schedules_an_immediate_poll(admin: FlaskClient, world: World) -> None:
    page = admin.get("/status").text
    assert 'action="/admin/source/jiuzhan"' in page
    response = send(admin, "/admin/source/jiuzhan", do="retry", back="/status?state=failing")
    assert response.headers["Location"] == "/status?state=failing&done=retry"
    assert "已安排立即抓取" in admin.get(response.headers["Location"]).text
    health = world.store.source_health(NOW, filters=SourceFilter(query="jiuzhan"))[0]
    assert health.next_poll == NOW
    assert send(admin, "/admin/source/nowhere", do="retry").headers["Location"] == "/status?done=no-source"
    assert send(admin, "/admin/source/jiuzhan", do="dance").status_code == 400


def test_items_leave_a_series_and_a_series_is_dissolved(admin: FlaskClient, world: World) -> None:
    source = world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0))["shiqiao"]
    titles = [f"枣庄6月{day}日天气预报" for day in (1, 2)]
    ids = fixture_site.insert(world.store, source, [fixture_site.draft("shiqiao", title) for title in titles])
    one, _ = ids.values()
    assert send(admin, f"/admin/item/{one}", do="unseries").headers["Location"] == f"/item/{one}?done=unseries"
    assert "编辑认定不属于系列" in admin.get(f"/item/{one}").text
    assert send(admin, f"/admin/item/{one}", do="unseries").headers["Location"].endswith("done=no-series")
    assert 'action="/admin/series/1"' in admin.get("/series/1").text
    assert send(admin, "/admin/series/1", do="dance").status_code == 400
    assert send(admin, "/admin/series/1", do="dissolve").headers["Location"] == "/admin?done=dissolve"
    assert send(admin, "/admin/series/1", do="dissolve").headers["Location"] == "/admin?done=no-series"
    assert admin.get("/series/1").status_code == 404
    log = admin.get("/admin").text
    assert "不算系列" in log
    assert "系列1" in log
    for action in world.store.admin_actions(2):
        send(admin, f"/admin/undo/{action.id}", back="/admin")
    assert admin.get("/series/1").status_code == 200
    assert {card.series for card in world.store.item_cards([*ids.values()]).values()} == {1}


def test_split_and_merge_change_the_story(admin: FlaskClient, world: World) -> None:
    item = world["event1"]
    assert f'action="/admin/item/{item}"' in admin.get(f"/story/{world.story}").text
    response = send(admin, f"/admin/item/{item}", do="split", back=f"/story/{world.story}")
    assert response.headers["Location"] == f"/story/{world.story}?done=split"
    assert world.store.item_cards([item])[item].story_items == 1
    assert send(admin, f"/admin/item/{item}", do="split").headers["Location"].endswith("done=alone")
    response = send(admin, f"/admin/item/{item}", **{"do": "merge", "with": str(world["event0"])})
    assert "done=merge" in response.headers["Location"]
    assert (
        world.store.item_cards([item])[item].story_id
        == world.store.item_cards([world["event0"]])[world["event0"]].story_id
    )
    for reference in (str(item), "99999999", str(world["gone"]), ""):
        response = send(admin, f"/admin/item/{item}", **{"do": "merge", "with": reference})
        assert response.headers["Location"] == f"/item/{item}?done=no-item"


def test_move_and_reset_change_category_and_region(admin: FlaskClient, world: World) -> None:
    item = world[reports.REPORTS[1][4]]
    path = f"/admin/item/{item}"
    response = send(admin, path, do="move", category="tech", region="枣庄")
    assert response.headers["Location"] == f"/item/{item}?done=move"
    card = world.store.item_cards([item])[item]
    assert (card.category, card.place.city) == ("tech", "370400")
    assert "→ 科技" in admin.get(f"/item/{item}").text
    assert send(admin, path, do="move", category="no/such").headers["Location"].endswith("done=no-category")
    assert send(admin, path, do="move", region="朝阳").headers["Location"].endswith("done=no-place")
    assert send(admin, path, do="move").headers["Location"].endswith("done=nothing")
    send(admin, path, do="move", region="none")
    assert world.store.item_cards([item])[item].place.province is None
    assert send(admin, path, do="reset").headers["Location"].endswith("done=reset")
    assert [correction.holds for correction in world.store.corrections(item=item) if correction.verb == "move"] == [
        False
    ] * 3


def test_remove_requires_confirmation(admin: FlaskClient, world: World) -> None:
    item = world["event2"]
    path = f"/admin/item/{item}"
    assert send(admin, path, do="remove").headers["Location"].endswith("done=unconfirmed")
    response = send(admin, path, do="remove", sure="yes", why="the publisher asked")
    assert response.headers["Location"] == "/admin?done=remove"
    assert admin.get(f"/item/{item}").status_code == 410
    assert world.store.removal_reason(item) == "the publisher asked"
    assert send(admin, path, do="remove", sure="yes").status_code == 410
    assert send(admin, "/admin/item/99999999", do="remove", sure="yes").status_code == 404


def test_private_status_requires_the_admin(store: Store) -> None:
    world = fixture_site.build(store, fixture_site.config(EXTRA + "public_status = false\n"))
    client = create_app(world.store, world.config, clock=lambda: NOW).test_client()
    response = client.get("/status?state=ok")
    assert (response.status_code, response.headers["Location"]) == (303, "/admin/login?back=%2Fstatus%3Fstate%3Dok")
    for path in ("/status.json", "/metrics"):
        assert client.get(path).status_code == 404
        assert client.get(path, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert client.get(path, headers={"Authorization": "Bearer something else"}).status_code == 404
    assert client.get("/healthz").status_code == 200
    assert '<li><a href="/status">' not in client.get("/about").text
    feeds = Client(create_wsgi(world.store, world.config, clock=lambda: NOW))
    assert feeds.get("/feeds/status.atom").status_code == 404
    client.post("/admin/login", data={"token": TOKEN})
    assert client.get("/status").status_code == 200


def test_short_tokens_are_rejected() -> None:
    from aggregator.config.checks import ConfigErrors

    with pytest.raises(ConfigErrors, match="admin_token"):
        fixture_site.config('[web]\nadmin_token = "short"\n')
    assert TOKEN not in repr(fixture_site.config(EXTRA).web)
