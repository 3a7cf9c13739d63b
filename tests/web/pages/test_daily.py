"""/daily: the digest of a day as a page, with the ways to it and from it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from lxml import html

from aggregator import corrections
from aggregator.store import Store
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from tests.web.reports import EVENT
from web import create_app

DAY = "/daily/2026-05-20"


@pytest.fixture
def client(store: Store) -> FlaskClient:
    """Return a client of the fixture site on the day after its reports, at the hour of the digest."""
    world = fixture_site.build(store)
    app = create_app(store, world.config, clock=lambda: NOW + timedelta(hours=20, minutes=36))
    return app.test_client()


def page_of(client: FlaskClient, path: str, status: int = 200) -> html.HtmlElement:
    answer = client.get(path)
    assert answer.status_code == status, path
    return html.fromstring(answer.text)


def texts(page: html.HtmlElement, path: str) -> list[str]:
    return [" ".join(each.text_content().split()) for each in page.xpath(path)]


def test_the_page_shows_the_widest_stories_with_their_outlets(client: FlaskClient) -> None:
    assert client.get("/daily").headers["Location"] == DAY
    page = page_of(client, DAY)
    assert texts(page, "//ol/li//h2")[0] == EVENT[0][4]
    assert texts(page, "//ol/li[1]//p[@class='meta']") == [
        "4家媒体很可能首发 石桥晚报 06:59桥头广播、北岭日报、海角周刊"
    ]
    assert page.xpath("//link[@rel='canonical']/@href") == [f"https://gedi.example{DAY}"]
    assert page.xpath("//link[@type='application/atom+xml']/@href") == ["/feeds/daily/all.atom"]
    assert page.xpath("//nav[@class='pager']/a/@href") == ["/daily/2026-05-19"]
    assert page_of(client, "/daily/2026-05-19").xpath("//nav[@class='pager']/a/@href") == [DAY, "/daily/2026-05-18"]
    hot = page_of(client, "/hot?category=society")
    assert hot.xpath("//main//a[.='每日要闻']/@href") == ["/daily?category=society"]
    assert texts(page_of(client, "/"), "//footer//a[@href='/daily']") == ["每日要闻"]
    assert DAY in client.get("/sitemap/pages-0.xml").text


def test_a_category_and_a_region_keep_their_place(client: FlaskClient) -> None:
    query = "category=livelihood&region=370400"
    assert client.get(f"/daily?{query}&lang=en").headers["Location"] == f"{DAY}?{query}&lang=en"
    page = page_of(client, f"{DAY}?{query}")
    assert texts(page, "//h1") == ["枣庄 · 民生 · 每日要闻"]
    assert page.xpath("//link[@type='application/atom+xml']/@href") == ["/feeds/daily/livelihood/370400.atom"]
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex, follow"]
    built = page_of(client, f"/feeds?{query}&daily=1")
    assert texts(built, "//*[@class='result']//code") == ["https://gedi.example/feeds/daily/livelihood/370400.atom"]
    empty = page_of(client, f"{DAY}?category=military")
    assert empty.xpath("//section[@class='empty']//a/@href") == [DAY, "/latest"]


@pytest.mark.parametrize("day", ["2026-05-21", "2025-05-20", "20260520", "2026-5-20", "yesterday", "9999-12-31"])
def test_days_that_have_none(client: FlaskClient, day: str) -> None:
    page_of(client, f"/daily/{day}", 404)


def test_withdrawn_items_and_summaries(client: FlaskClient, store: Store) -> None:
    page_of(client, DAY)
    store.set_digest_summary("all", date(2026, 5, 20), "运河<通船>")
    client.application.extensions["site"].cache.clear()
    page = page_of(client, DAY)
    assert texts(page, "//section[h2='机器生成的摘要']/p[1]") == ["运河<通船>"]
    lead = int(page.xpath("//ol/li[1]//h2/a/@href")[0].rpartition("/")[2])
    corrections.remove(store, [lead], NOW + timedelta(days=1))
    client.application.extensions["site"].cache.clear()
    page = page_of(client, DAY)
    assert EVENT[0][4] not in texts(page, "//ol/li//h2")
    assert page.xpath("//section[h2='机器生成的摘要']") == []
