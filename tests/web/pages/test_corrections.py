"""The form for correction requests: what is stored, what is refused, and what comes back to the reader."""

from __future__ import annotations

import logging

import pytest
from flask.testing import FlaskClient
from lxml.html import HtmlElement, fromstring
from werkzeug.test import TestResponse

from aggregator.model.correction_requests import RequestText
from aggregator.store import Store
from aggregator.store.api import correction_requests
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from tests.web.html_checks import page_of, words_of
from tests.web.monotonic_clock import MonotonicClock
from web import create_app
from web.pages.corrections import MAX_OF_ADDRESS, WINDOW
from web.views.correction_form import HONEYPOT, LIMITS, MAX_BODY

TYPED = {"about": "某条新闻", "text": "日期错了，应为五月。", "name": "读者", "email": "r@mail.example"}


def send(client: FlaskClient, address: str = "192.0.2.1", **changed: str) -> TestResponse:
    return client.post("/corrections", data=TYPED | changed, environ_base={"REMOTE_ADDR": address})


def only_request(store: Store) -> RequestText:
    (found,) = store.correction_requests(9)
    return found.request


def problems_of(response: TestResponse) -> dict[str, str]:
    """Return field -> what the page says is wrong with it."""
    page = fromstring(response.text)
    return {
        str(field.get("name")): words_of(page.get_element_by_id(str(field.get("aria-describedby")).split()[0]))
        for field in page.xpath("//form//*[@aria-invalid='true']")
    }


def test_a_request_is_stored_and_confirmed(client: FlaskClient, world: World) -> None:
    item = world["event0"]
    page = page_of(client, f"/corrections?item={item}")
    (about,) = page.xpath("//input[@name='about']/@value")
    assert about == f"https://gedi.example/item/{item}"
    response = send(client, about=about, text=" 第一行\r\n第二行 ", name="", email="")
    assert (response.status_code, response.headers["Location"]) == (303, f"/corrections/sent?item={item}")
    assert only_request(world.store) == RequestText(about, "第一行\n第二行", item_id=item)
    sent = page_of(client, response.headers["Location"])
    assert sent.xpath(f"//main//a[@href='/item/{item}']")
    assert sent.xpath("//meta[@name='robots'][contains(@content, 'noindex')]")
    assert not page_of(client, "/corrections/sent?item=-1").xpath("//main//a[starts-with(@href, '/item/')]")


def test_item_and_story_pages_lead_to_the_form(client: FlaskClient, world: World) -> None:
    item, story = world["event0"], world.story
    for path, name in ((f"/item/{item}", "item"), (f"/story/{story}", "story")):
        (link,) = page_of(client, path).xpath(f"//main//a[starts-with(@href, '/corrections?{name}=')]/@href")
        page = page_of(client, link)
        assert page.xpath("//input[@name='about']/@value") == [f"https://gedi.example{path}"]


@pytest.mark.parametrize("contact", [True, False])
def test_a_configured_contact_is_shown_beside_the_form(store: Store, contact: bool) -> None:
    settings = fixture_site.config()
    if not contact:
        object.__setattr__(settings.settings.site, "contact", None)
    client = create_app(store, settings, clock=lambda: NOW).test_client()
    page = page_of(client, "/corrections?item=7")
    assert page.xpath("//form[@method='post'][starts-with(@action, '/corrections')]//textarea")
    assert bool(page.xpath("//a[starts-with(@href, 'mailto:editor@gedi.example?subject=')]")) == contact
    assert "config.toml" not in words_of(page)


@pytest.mark.parametrize(
    ("about", "name"),
    [
        ("{item}", "event0"),
        ("https://gedi.example/item/{item}", "event0"),
        ("http://localhost/item/{item}?lang=en", "event0"),
        ("/item/{item}", "event0"),
        ("{url}", "event0"),
        ("https://elsewhere.example/item/{item}", None),
        ("https://gedi.example/story/1", None),
        ("/item/999999", None),
        ("http://[broken", None),
        ("枣庄运河治理", None),
    ],
)
def test_the_item_is_recognized_by_its_addresses(
    client: FlaskClient, world: World, about: str, name: str | None
) -> None:
    item = world["event0"]
    url = world.store.item_cards([item])[item].url
    assert send(client, about=about.format(item=item, url=url)).status_code == 303
    assert only_request(world.store).item_id == (world[name] if name else None)


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("about", " ", "请填写是哪条新闻"),
        ("text", "\r\n", "请写明哪里有误"),
        ("text", "错" * (LIMITS["text"] + 1), "太长了：现在2001字，最多2000字。"),
        ("text", "错" * 9000, "太长了"),
        ("about", "x" * 501, "太长了"),
        ("name", "名" * 101, "太长了"),
        ("email", "nobody", "这不像一个电子邮箱"),
        ("email", "a@b.example, c@d.example", "这不像一个电子邮箱"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_typed_is_lost(
    client: FlaskClient, world: World, field: str, value: str, problem: str
) -> None:
    response = send(client, **{field: value})
    assert response.status_code == 400
    assert problem in problems_of(response)[field]
    assert set(problems_of(response)) == {field}
    page = fromstring(response.text)
    assert typed_in(page) == {name: text.strip() for name, text in (TYPED | {field: value}).items()}
    assert page.xpath("//*[@role='alert']")
    assert world.store.correction_requests(9) == []


def typed_in(page: HtmlElement) -> dict[str, str]:
    """Return the values that the form of the page holds."""
    values = {str(field.get("name")): str(field.get("value")) for field in page.xpath("//form[@class='letter']//input")}
    values.pop(HONEYPOT)
    return values | {"text": str(page.xpath("//textarea")[0].text or "").strip()}


def test_a_body_that_is_much_too_long_is_not_read(client: FlaskClient, world: World) -> None:
    assert send(client, text="x" * MAX_BODY).status_code == 413
    assert world.store.correction_requests(9) == []


def test_hostile_texts_are_escaped(client: FlaskClient) -> None:
    hostile = '"></textarea><script>alert(1)</script>'
    response = send(client, about=hostile, text=hostile, name=hostile, email=hostile)
    assert response.status_code == 400
    assert "<script>alert" not in response.text
    assert set(typed_in(fromstring(response.text)).values()) == {hostile}


def test_a_filled_honeypot_is_answered_as_usual_and_nothing_is_stored(client: FlaskClient, world: World) -> None:
    field = page_of(client, "/corrections").xpath(f"//input[@name='{HONEYPOT}']")[0]
    assert field.get("tabindex") == "-1"
    assert field.xpath("ancestor::*[@aria-hidden='true'][@class='vh']")
    assert send(client, **{HONEYPOT: "https://spam.example"}).headers["Location"] == "/corrections/sent"
    assert world.store.correction_requests(9) == []


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_forms_of_other_sites_are_rejected(client: FlaskClient, world: World, headers: dict[str, str]) -> None:
    assert client.post("/corrections", data=TYPED, headers=headers).status_code == 403
    assert world.store.correction_requests(9) == []


def test_an_address_that_sends_many_has_to_wait(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = MonotonicClock.install(monkeypatch)
    for _ in range(MAX_OF_ADDRESS):
        assert send(client).status_code == 303
    refused = send(client)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == WINDOW.total_seconds() / MAX_OF_ADDRESS
    assert typed_in(fromstring(refused.text)) == TYPED
    assert send(client, "192.0.2.2").status_code == 303
    clock.seconds += WINDOW.total_seconds() / MAX_OF_ADDRESS
    assert send(client).status_code == 303


def test_all_readers_together_cannot_fill_the_table(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(correction_requests, "MAX_PER_DAY", 2)
    with caplog.at_level(logging.INFO):
        answers = [send(client, f"192.0.2.{number}") for number in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 503]
    assert answers[-1].headers["Retry-After"]
    assert typed_in(fromstring(answers[-1].text)) == TYPED
    assert len(world.store.correction_requests(9)) == 2
    events = [record.getMessage().partition(" ")[0] for record in caplog.records]
    assert events == ["correction_request_received"] * 2 + ["correction_requests_full"]
    assert "mail.example" not in caplog.text
