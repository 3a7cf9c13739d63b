"""The response for a feed that does not exist."""

from __future__ import annotations

import pytest
from lxml import html
from werkzeug.test import Client

from tests.web.fixture_site import NOW, World
from web import create_wsgi


@pytest.fixture
def feeds(world: World) -> Client:
    return Client(create_wsgi(world.store, world.config, clock=lambda: NOW))


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("latest.atom", "/feeds/all.atom"),
        ("socety.rss", "/feeds/society.rss"),
        ("emotion/storys.json", "/feeds/emotion/story.json"),
        ("socety/370400.atom", "/feeds/society/370400.atom"),
        ("370400.atom", "/feeds/all/370400.atom"),
        ("society/archive/zz.atom", "/feeds/society.atom"),
        ("society/archive/999.json", "/feeds/society.json"),
        ("society/archive.atom", "/feeds/society.atom"),
        ("society/370400/archive/zz.rss", "/feeds/society/370400.rss"),
    ],
)
def test_the_feed_that_is_meant_is_named(feeds: Client, name: str, near: str) -> None:
    answer = feeds.get(f"/feeds/{name}")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    assert answer.text == f"没有这个订阅源。你要的也许是{near}；全部订阅源列在/feeds。\n"
    assert feeds.get(near).status_code == 200


@pytest.mark.parametrize(
    ("path", "near"),
    [("/feeds/socety.atom", "/feeds/society.atom"), ("/feeds/qqqqqq.rss", None), ("/feeds/source/nobody.atom", None)],
)
def test_a_person_gets_the_page_of_the_site(feeds: Client, path: str, near: str | None) -> None:
    answer = feeds.get(path, headers={"Sec-Fetch-Dest": "document"})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    page = html.document_fromstring(answer.text)
    assert page.xpath("string(//h1)") == "没有这个订阅源"
    assert page.xpath("//main//a[@href='/feeds']")
    assert page.xpath("//main/p/a[starts-with(@href, '/feeds/')]/@href") == ([near] if near else [])
    assert "Sec-Fetch-Dest" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("query", "accepted", "words"),
    [
        ("", "en-GB", "There is no such feed."),
        ("", "zh-TW,en", "沒有這個訂閱源。"),
        ("?lang=en", "zh-CN", "There is no"),
    ],
)
def test_the_text_is_in_the_language_of_the_reader(feeds: Client, query: str, accepted: str, words: str) -> None:
    answer = feeds.get(f"/feeds/qqqqqq.atom{query}", headers={"Accept-Language": accepted})
    assert answer.status_code == 404
    assert answer.text.startswith(words)
    assert "/feeds" in answer.text
    assert answer.headers["Vary"] == "Accept-Language, Sec-Fetch-Dest"
