"""Tests of the page that a person sees who opens a feed: headers, content, languages, and what readers get."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from lxml import etree
from werkzeug.test import Client

from aggregator.store import Store
from feeds.model import Feed
from feeds.read import read_feed
from tests.web import fixture_site
from tests.web.fixture_site import HOSTILE_TITLE, NOW
from tests.web.reports import EVENT
from web import create_wsgi
from web.pages.feed_page import MOST_SHOWN

NAMESPACES = {"h": "http://www.w3.org/1999/xhtml"}
BROWSER = {"Sec-Fetch-Dest": "document", "Accept": "text/html"}
FEED = "/feeds/livelihood/370400.atom"


@pytest.fixture
def client(store: Store) -> Client:
    fixture_site.build(store)
    return Client(create_wsgi(store, fixture_site.config(), clock=lambda: NOW))


def page_of(client: Client, path: str, **headers: str) -> etree._Element:
    response = client.get(path, headers={**BROWSER, **headers})
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/xml; charset=utf-8"), path
    page = etree.fromstring(response.data).find(".//{*}html")
    assert page is not None
    return page


def texts(page: etree._Element, query: str) -> list[str]:
    found = page.xpath(query, namespaces=NAMESPACES)
    return ["".join(each.itertext()) if isinstance(each, etree._Element) else str(each) for each in found]


@pytest.mark.parametrize("format", ["atom", "rss"])
@pytest.mark.parametrize("name", ["all", "hot", "livelihood/370400", "source/shiqiao", "search", "status", "story"])
def test_every_feed_has_a_page(client: Client, store: Store, name: str, format: str) -> None:
    story = f"story/{store.hot_stories('24h', NOW, 1)[0].id}" if name == "story" else name
    path = f"/feeds/{story}.{format}" + ("?q=运河" if name == "search" else "")
    page = page_of(client, path)
    assert len(texts(page, ".//h:h1")) == 1
    assert texts(page, ".//h:button[@data-copy]/@data-copy")[0].startswith(
        f"https://gedi.example/feeds/{story}.{format}"
    )
    answer = client.get(path, headers=BROWSER)
    assert isinstance(read_feed(answer.data), Feed)


def test_titles_are_links_with_source_and_site_time(client: Client) -> None:
    page = page_of(client, FEED)
    [first] = page.xpath(f".//h:ul[contains(@class,'entries')]//h:a[.='{EVENT[0][4]}']", namespaces=NAMESPACES)
    assert first.get("href").startswith("https://shiqiao.example/")
    times = texts(page, ".//h:ul[contains(@class,'entries')]//h:time/@datetime")
    assert times
    assert all(time.endswith("+08:00") for time in times)


def test_one_tap_links_qr_code_and_contents(client: Client) -> None:
    page = page_of(client, FEED)
    links = texts(page, ".//h:section[@aria-labelledby='subscribe']//h:li/h:a/@href")
    assert links[0] == f"feed:https://gedi.example{FEED}"
    assert len(links) == 7
    assert all(unquote(link).endswith(f"https://gedi.example{FEED}") for link in links)
    [code] = texts(page, ".//h:img/@src")
    assert code.startswith("data:image/svg+xml")
    assert texts(page, ".//h:section[@aria-labelledby='contains']//h:li/h:span")[:2] == ["民生", "山东省 枣庄市"]


def test_archives_are_linked(client: Client, store: Store) -> None:
    source = store.sources()[0]
    drafts = [
        fixture_site.draft(source.slug, f"第{n}条", minutes=n / 10, category="livelihood", region="370400")
        for n in range(120)
    ]
    fixture_site.insert(store, source.id, drafts)
    page = page_of(client, "/feeds/livelihood.atom")
    archives = texts(page, ".//h:section[@aria-labelledby='archives']//h:a/@href")
    assert archives[0].startswith("/feeds/livelihood/archive/")
    assert len(texts(page, ".//h:ul[contains(@class,'entries')]/h:li")) == MOST_SHOWN
    older = page_of(client, archives[0])
    assert texts(older, ".//h:section[@aria-labelledby='archives']//h:a")


def test_hostile_words_stay_words(client: Client) -> None:
    response = client.get("/feeds/all.atom", headers=BROWSER)
    root = etree.fromstring(response.data)
    scripts = root.xpath("//h:script", namespaces=NAMESPACES)
    assert all(
        script.get("type") == "application/ld+json" or script.get("src").startswith("/static/") for script in scripts
    )
    assert not root.xpath("//@onerror")
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert HOSTILE_TITLE[:8] not in response.text


@pytest.mark.parametrize(
    ("language", "words"), [("zh-CN", "订阅这个地址"), ("zh-TW", "訂閱這個網址"), ("en", "Subscribe")]
)
def test_the_page_speaks_the_reader_s_language(client: Client, language: str, words: str) -> None:
    page = page_of(client, FEED, **{"Accept-Language": language})
    assert page.get("lang") == language
    assert texts(page, ".//h:h2[@id='subscribe']")[0].startswith(words)
    client.set_cookie("prefs", "dark..en")
    page = page_of(client, FEED, **{"Accept-Language": language})
    assert (page.get("lang"), page.get("data-theme")) == ("en", "dark")


def test_no_shared_cache_gives_the_page_to_a_reader(client: Client) -> None:
    opened = client.get(FEED, headers=BROWSER)
    assert opened.headers["Cache-Control"] == "private, no-cache"
    assert {"Sec-Fetch-Dest", "Cookie", "Accept-Language"} <= set(opened.headers["Vary"].split(", "))
    assert "ETag" not in opened.headers
    assert 'rel="self"' in opened.headers["Link"]
    older = client.get(FEED, headers={"Accept": "text/html,application/xhtml+xml"})
    assert older.headers["Cache-Control"] == "private, no-cache"
    for headers in ({}, {"Sec-Fetch-Dest": "empty"}, {"Accept": "*/*"}):
        plain = client.get(FEED, headers=headers)
        assert plain.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        assert plain.headers["Cache-Control"].startswith("public")
        assert b"xhtml" not in plain.data
        assert "Sec-Fetch-Dest" in plain.headers["Vary"]
    assert client.head(FEED, headers=BROWSER).data == b""


def test_json_is_shown_as_json(client: Client) -> None:
    opened = client.get(FEED.replace(".atom", ".json"), headers=BROWSER)
    assert opened.headers["Content-Type"] == "application/json; charset=utf-8"
    assert opened.data == client.get(FEED.replace(".atom", ".json")).data


def test_what_is_no_feed_has_no_page(store: Store) -> None:
    fixture_site.build(store)
    config = fixture_site.config('[web]\nadmin_token = "a token of some length"\npublic_status = false\n')
    client = Client(create_wsgi(store, config, clock=lambda: NOW))
    for path in ("/feeds/status.atom", "/feeds/nothing.atom", "/feeds/UPPER.atom", "/feeds/all.xml"):
        assert client.get(path, headers=BROWSER).status_code == 404, path
