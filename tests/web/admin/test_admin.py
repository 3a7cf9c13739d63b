"""/admin: nothing of it without the token; with it, what the commands do, from the pages, and from nobody else's."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from aggregator.store import Store
from tests.web import fixture_site, reports
from tests.web.fixture_site import NOW, World
from web import create_app, create_wsgi
from web.admin import session
from web.admin.throttle import MAX_ADDRESSES, MAX_FAILURES, WINDOW, Throttle

TOKEN = "a token of some length"
EXTRA = f'[web]\nadmin_token = "{TOKEN}"\n'


class Clockwork:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clockwork:
    return Clockwork()


@pytest.fixture
def built(store: Store) -> World:
    return fixture_site.build(store, fixture_site.config(EXTRA))


@pytest.fixture
def visitor(built: World, clock: Clockwork) -> FlaskClient:
    return create_app(built.store, built.config, clock=clock).test_client()


@pytest.fixture
def admin(visitor: FlaskClient) -> FlaskClient:
    assert visitor.post("/admin/login", data={"token": TOKEN}).status_code == 303
    return visitor


def csrf(client: FlaskClient) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/admin").text)
    assert found
    return found[1]


def send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    return client.post(path, data={"csrf": csrf(client), **form})


def test_without_a_token_in_the_config_there_is_nothing(store: Store) -> None:
    built = fixture_site.build(store)
    client = create_app(built.store, built.config, clock=lambda: NOW).test_client()
    for path in ("/admin", "/admin/login"):
        assert client.get(path).status_code == 404
    for path in ("/admin/login", "/admin/logout", "/admin/source/shiqiao", f"/admin/item/{built['event0']}"):
        assert client.post(path, data={"token": "", "do": "retry"}).status_code == 404
    forged = session.new_cookie("", NOW)
    client.set_cookie(session.COOKIE, forged)
    assert client.get("/admin").status_code == 404


def test_without_a_session_no_form_is_shown_and_none_is_obeyed(visitor: FlaskClient, built: World) -> None:
    for path in (f"/item/{built['event0']}", f"/story/{built.story}", "/status", "/"):
        page = visitor.get(f"{path}?done=split").text
        assert "/admin" not in page
        assert "已拆成" not in page
    assert visitor.get("/admin").headers["Location"] == "/admin/login"
    assert visitor.post(f"/admin/item/{built['event0']}", data={"do": "split"}).status_code == 404
    assert visitor.post("/admin/source/shiqiao", data={"do": "retry"}).status_code == 404


def test_the_cookie_is_for_this_site_alone_and_ends(visitor: FlaskClient, clock: Clockwork) -> None:
    answer = visitor.post("/admin/login", data={"token": TOKEN, "back": "/status?state=ok"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/status?state=ok")
    cookie = answer.headers["Set-Cookie"]
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


def test_behind_tls_the_cookie_is_for_tls(visitor: FlaskClient) -> None:
    headers = {"X-Forwarded-Proto": "https"}
    assert "Secure" in visitor.post("/admin/login", data={"token": TOKEN}, headers=headers).headers["Set-Cookie"]


def test_an_altered_cookie_or_one_of_another_token_opens_nothing() -> None:
    cookie = session.new_cookie(TOKEN, NOW)
    assert session.read_cookie(TOKEN, cookie, NOW) is not None
    for number in range(len(cookie)):
        altered = cookie[:number] + ("A" if cookie[number] != "A" else "B") + cookie[number + 1 :]
        assert session.read_cookie(TOKEN, altered, NOW) is None
    assert session.read_cookie(TOKEN + "x", cookie, NOW) is None
    assert session.read_cookie(TOKEN, "é" * 10, NOW) is None
    assert session.read_cookie(None, cookie, NOW) is None
    assert session.read_cookie(TOKEN, session.new_cookie(TOKEN, NOW), NOW) != session.read_cookie(TOKEN, cookie, NOW)


def test_guessing_is_slowed_down(visitor: FlaskClient, clock: Clockwork) -> None:
    for _ in range(MAX_FAILURES):
        assert visitor.post("/admin/login", data={"token": "a wrong token"}).status_code == 403
    answer = visitor.post("/admin/login", data={"token": TOKEN})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 301
    clock.time += WINDOW + timedelta(seconds=1)
    assert visitor.post("/admin/login", data={"token": TOKEN}).status_code == 303


def test_the_throttle_remembers_a_bounded_number_of_addresses() -> None:
    throttle = Throttle()
    for number in range(MAX_ADDRESSES + 50):
        for _ in range(MAX_FAILURES):
            throttle.record_failure(str(number), NOW)
    waiting = [number for number in range(MAX_ADDRESSES + 50) if throttle.seconds_to_wait(str(number), NOW)]
    assert waiting == list(range(50, MAX_ADDRESSES + 50))


def test_leaving_ends_it(admin: FlaskClient) -> None:
    assert admin.post("/admin/logout").status_code == 403
    assert send(admin, "/admin/logout").status_code == 303
    assert admin.get("/admin").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_a_form_of_another_site_is_refused(admin: FlaskClient, built: World, headers: dict[str, str]) -> None:
    form = {"csrf": csrf(admin), "do": "split"}
    path = f"/admin/item/{built['event0']}"
    assert admin.post(path, data=form, headers=headers).status_code == 403
    assert admin.post(path, data={"do": "split"}).status_code == 403
    assert admin.post(path, data={"do": "split", "csrf": "é"}).status_code == 403
    assert built.store.item_cards([built["event0"]])[built["event0"]].story_items > 1


def test_retry_makes_a_source_due(admin: FlaskClient, built: World) -> None:
    page = admin.get("/status").text
    assert 'action="/admin/source/jiuzhan"' in page
    answer = send(admin, "/admin/source/jiuzhan", do="retry", back="/status?state=failing")
    assert answer.headers["Location"] == "/status?state=failing&done=retry"
    assert "已安排立即抓取" in admin.get(answer.headers["Location"]).text
    health = built.store.source_health(NOW, query="jiuzhan")[0]
    assert health.next_poll == NOW
    assert send(admin, "/admin/source/nowhere", do="retry").headers["Location"] == "/status?done=no-source"
    assert send(admin, "/admin/source/jiuzhan", do="dance").status_code == 400


def test_split_and_merge(admin: FlaskClient, built: World) -> None:
    item = built["event1"]
    assert f'action="/admin/item/{item}"' in admin.get(f"/story/{built.story}").text
    answer = send(admin, f"/admin/item/{item}", do="split", back=f"/story/{built.story}")
    assert answer.headers["Location"] == f"/story/{built.story}?done=split"
    assert built.store.item_cards([item])[item].story_items == 1
    assert send(admin, f"/admin/item/{item}", do="split").headers["Location"].endswith("done=alone")
    answer = send(admin, f"/admin/item/{item}", **{"do": "merge", "with": str(built["event0"])})
    assert "done=merge" in answer.headers["Location"]
    assert (
        built.store.item_cards([item])[item].story_id
        == built.store.item_cards([built["event0"]])[built["event0"]].story_id
    )
    for wrong in (str(item), "99999999", str(built["gone"]), ""):
        answer = send(admin, f"/admin/item/{item}", **{"do": "merge", "with": wrong})
        assert answer.headers["Location"] == f"/item/{item}?done=no-item"


def test_move_and_its_reset(admin: FlaskClient, built: World) -> None:
    item = built[reports.REPORTS[1][4]]
    path = f"/admin/item/{item}"
    answer = send(admin, path, do="move", category="tech", region="枣庄")
    assert answer.headers["Location"] == f"/item/{item}?done=move"
    card = built.store.item_cards([item])[item]
    assert (card.category, card.place.city) == ("tech", "370400")
    assert "move category" in admin.get(f"/item/{item}").text
    assert send(admin, path, do="move", category="no/such").headers["Location"].endswith("done=no-category")
    assert send(admin, path, do="move", region="朝阳").headers["Location"].endswith("done=no-place")
    assert send(admin, path, do="move").headers["Location"].endswith("done=nothing")
    send(admin, path, do="move", region="none")
    assert built.store.item_cards([item])[item].place.province is None
    assert send(admin, path, do="reset").headers["Location"].endswith("done=reset")
    assert [each.holds for each in built.store.corrections(item=item) if each.verb == "move"] == [False] * 3


def test_remove_asks_to_be_sure(admin: FlaskClient, built: World) -> None:
    item = built["event2"]
    path = f"/admin/item/{item}"
    assert send(admin, path, do="remove").headers["Location"].endswith("done=unconfirmed")
    answer = send(admin, path, do="remove", sure="yes", why="the publisher asked")
    assert answer.headers["Location"] == "/admin?done=remove"
    assert admin.get(f"/item/{item}").status_code == 410
    assert built.store.removal_reason(item) == "the publisher asked"
    assert send(admin, path, do="remove", sure="yes").status_code == 410
    assert send(admin, "/admin/item/99999999", do="remove", sure="yes").status_code == 404


def test_a_private_status_is_for_the_admin_alone(store: Store) -> None:
    built = fixture_site.build(store, fixture_site.config(EXTRA + "public_status = false\n"))
    client = create_app(built.store, built.config, clock=lambda: NOW).test_client()
    answer = client.get("/status?state=ok")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/login?back=%2Fstatus%3Fstate%3Dok")
    for path in ("/status.json", "/metrics"):
        assert client.get(path).status_code == 404
        assert client.get(path, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert client.get(path, headers={"Authorization": "Bearer something else"}).status_code == 404
    assert client.get("/healthz").status_code == 200
    assert '<li><a href="/status">' not in client.get("/about").text
    feeds = Client(create_wsgi(built.store, built.config, clock=lambda: NOW))
    assert feeds.get("/feeds/status.atom").status_code == 404
    client.post("/admin/login", data={"token": TOKEN})
    assert client.get("/status").status_code == 200


def test_a_short_token_is_refused() -> None:
    from aggregator.config.checks import ConfigErrors

    with pytest.raises(ConfigErrors, match="admin_token"):
        fixture_site.config('[web]\nadmin_token = "short"\n')
    assert TOKEN not in repr(fixture_site.config(EXTRA).web)
