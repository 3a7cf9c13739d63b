"""Tests of region feeds: an item is in the feeds and pages of its region and of all enclosing regions only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import Client

from aggregator.messages import decisions
from aggregator.model import Place
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from tests.web import fixture_site
from tests.web.fixture_site import NOW, draft, put
from web import create_wsgi

GAZETTEER = Gazetteer.load()
PLACES = {
    "370406": ("370400", "370000"),
    "370400": ("370000",),
    "110105": ("110000",),
    "500237": ("500000",),
    "419001": ("410000",),
    "810000": (),
}
ELSEWHERE = ("370405", "370100", "340000", "110101", "500231", "410100", "820000")


@pytest.fixture
def site(store: Store) -> Client:
    """Return a site with one item per region of ``PLACES``, all of one category."""
    slug, number = next(iter(store.sync_sources(fixture_site.sources(), NOW, timedelta(0)).items()))
    with store.write_transaction() as writer:
        for minutes, code in enumerate(PLACES):
            report = draft(slug, title_of(code), minutes=minutes, category="society", region=code)
            put(writer, number, [report], NOW)
    return Client(create_wsgi(store, fixture_site.config(), clock=lambda: NOW))


def title_of(code: str) -> str:
    return f"{GAZETTEER.path(code)}的一条消息{code}"


KINDS = ("/feeds/society/{}.atom", "/feeds/all/{}.json", "/region/{}", "/category/society?region={}")


def test_county_items_are_in_the_feeds_of_city_and_province(site: Client) -> None:
    for code, ancestors in PLACES.items():
        for address in (kind.format(region) for region in (code, *ancestors) for kind in KINDS):
            response = site.get(address)
            assert response.status_code == 200
            assert title_of(code) in response.get_data(as_text=True), f"{code} on {address}"


def test_a_story_of_two_cities_is_in_both(store: Store) -> None:
    slug, number = next(iter(store.sync_sources(fixture_site.sources(), NOW, timedelta(0)).items()))
    title, why = "枣庄与徐州签署协议", decisions.TOGETHER_IN_TITLE(names=("枣庄", "徐州"))
    place = Place("370000", "370400", further=("320000", "320300"), further_why=why)
    report = replace(draft(slug, title, category="society"), place=place)
    with store.write_transaction() as writer:
        put(writer, number, [report], NOW)
    site = Client(create_wsgi(store, fixture_site.config(), clock=lambda: NOW))
    for code in ("370000", "370400", "320000", "320300"):
        for address in (*(kind.format(code) for kind in KINDS), f"/feeds/all/{code}.rss"):
            assert title in site.get(address).get_data(as_text=True), address
        for query in ("", "&q=徐州", "&reports=all"):
            (item,) = site.get(f"/api/items?region={code}{query}").get_json()["items"]
            assert (item["id"], item["city"], item["regions"]) == (1, "370400", ["370400", "320300"])
        assert f'term="{code}"' in site.get("/feeds/all.atom").get_data(as_text=True)
    assert title not in site.get("/feeds/society/320400.atom").get_data(as_text=True)
    page = site.get("/item/1").get_data(as_text=True)
    assert '<a href="/region/370400">' in page
    assert '<a href="/region/320300">' in page
    assert "也归入江苏省 徐州市：标题并列提到：枣庄 徐州。" in page.replace("<mark>", "").replace("</mark>", "")
    assert site.get("/item/1.json").get_json()["regions"] == ["370400", "320300"]


def test_items_are_in_no_other_region_feed(site: Client) -> None:
    for region in (*PLACES, *ELSEWHERE):
        text = site.get(f"/feeds/society/{region}.atom").get_data(as_text=True)
        for code in PLACES:
            assert (title_of(code) in text) == (GAZETTEER.contains(region, code)), f"{code} in {region}"
