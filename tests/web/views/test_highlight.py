"""Tests of the labels of an item: advertorials, and the place shown on a region page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from aggregator.messages import decisions
from aggregator.store import Store
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from tests.web.html_checks import page_of, words_of
from web import create_app

TITLE = "滕州一家面馆开张，前三天面条半价"


@pytest.fixture
def advertorial(store: Store) -> int:
    world = fixture_site.build(store)
    source = next(each.id for each in store.sources() if each.slug == "shiqiao")
    drawn = fixture_site.draft(
        "shiqiao", TITLE, "开张三天，面条半价。", minutes=1, category="livelihood", region="370481"
    )
    ids = fixture_site.insert(world.store, source, [replace(drawn, advertorial=decisions.LABEL_IN_TITLE(words="推广"))])
    return ids[drawn.uid]


@pytest.fixture
def client(store: Store, advertorial: int) -> Iterator[FlaskClient]:
    with create_app(store, fixture_site.config(), clock=lambda: NOW).test_client() as client:
        yield client


def test_lists_label_advertorials(client: FlaskClient) -> None:
    for path in ("/", "/latest", "/category/livelihood", "/region/370400", "/source/shiqiao", "/widget"):
        marks = page_of(client, path).xpath("//span[@class='tag ad']")
        assert {words_of(mark) for mark in marks} == {"推广"}, path
        assert all(TITLE in words_of(mark.xpath("ancestor::*[self::li or self::section][1]")[0]) for mark in marks)


def test_item_page_labels_an_advertorial(client: FlaskClient, advertorial: int) -> None:
    page = page_of(client, f"/item/{advertorial}")
    assert page.xpath("//p[@class='byline']/span[@class='tag ad']")


def test_city_page_shows_counties_but_not_the_city(client: FlaskClient) -> None:
    places = page_of(client, "/region/370400").xpath("//ul[@class='stream']//p[@class='meta']/a/@href")
    assert "/region/370481" in places
    assert "/region/370400" not in places
    assert "/region/370481" not in page_of(client, "/region/370481").xpath("//ul[@class='stream']//a/@href")
