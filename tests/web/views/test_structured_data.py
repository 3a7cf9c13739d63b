"""Tests of structured data: schema.org and Open Graph."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.fixture_site import World
from tests.web.html_checks import page_of
from tests.web.reports import EVENT, OUTLETS, REPORTS
from web.site import Site
from web.views.structured_data import article_json_ld

SITE = "https://gedi.example"


def json_ld(client: FlaskClient, path: str) -> dict[str, Any]:
    """Return the JSON-LD objects of a page by @type."""
    texts = page_of(client, path).xpath("//script[@type='application/ld+json']/text()")
    objects = [json.loads(text) for text in texts]
    assert all(each["@context"] == "https://schema.org" for each in objects)
    return {each["@type"]: each for each in objects}


def test_item_is_a_news_article_of_its_publisher(client: FlaskClient, world: World) -> None:
    item = world[REPORTS[0][4]]
    detail = world.store.item(item)
    assert detail is not None
    data = json_ld(client, f"/item/{item}")["NewsArticle"]
    assert data["headline"] == REPORTS[0][4]
    assert data["isBasedOn"] == detail.card.url
    assert data["url"] == f"{SITE}/item/{item}"
    assert data["publisher"] == {
        "@type": "NewsMediaOrganization",
        "name": OUTLETS[0][1],
        "url": f"https://{OUTLETS[0][0]}.example/",
    }
    assert data["author"] == [{"@type": "Person", "name": "顾一舟"}]
    assert data["articleSection"] == ["社会", "城事"]
    assert data["contentLocation"]["name"] == "山东省枣庄市"
    assert datetime.fromisoformat(data["datePublished"]) == detail.card.published
    assert datetime.fromisoformat(data["dateModified"]) >= detail.card.published
    assert "articleBody" not in data  # only the publisher may offer the full text


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        (None, None),
        ("石桥晚报", [{"@type": "Organization", "name": "石桥晚报"}]),
        ("甲、 乙，丙", [{"@type": "Person", "name": name} for name in "甲乙丙"]),
    ],
)
def test_authors_are_people_or_the_outlet(
    client: FlaskClient, world: World, author: str | None, expected: list[dict[str, str]] | None
) -> None:
    site: Site = client.application.extensions["site"]
    detail = world.store.item(world[REPORTS[0][4]])
    assert detail is not None
    signed = replace(detail, card=replace(detail.card, author=author))
    assert article_json_ld(site, signed).get("author") == expected


def test_breadcrumbs_and_site_have_structured_data(client: FlaskClient, world: World) -> None:
    crumbs = json_ld(client, "/region/370400")["BreadcrumbList"]["itemListElement"]
    assert [(each["position"], each["item"]) for each in crumbs] == [
        *((1, f"{SITE}/"), (2, f"{SITE}/region"), (3, f"{SITE}/region/370000"), (4, f"{SITE}/region/370400")),
    ]
    website = json_ld(client, "/")["WebSite"]
    assert website["url"] == f"{SITE}/"
    assert website["potentialAction"]["target"]["urlTemplate"] == f"{SITE}/search?q={{search_term_string}}"


def test_open_graph_has_title_and_description(client: FlaskClient, world: World) -> None:
    page = page_of(client, f"/item/{world['event0']}?lang=en")
    graph = {meta.get("property"): meta.get("content") for meta in page.xpath("//meta[@property]")}
    assert graph["og:title"].startswith(EVENT[0][4])
    assert graph["og:description"]
    assert (
        graph["og:url"] == page.xpath("//link[@rel='canonical']/@href")[0] == f"{SITE}/item/{world['event0']}?lang=en"
    )
    assert (graph["og:type"], graph["og:site_name"], graph["og:locale"]) == (
        "article",
        "各地新闻",
        "en_GB",
    )
    assert datetime.fromisoformat(graph["article:published_time"])
    assert page_of(client, "/about").xpath("//meta[@property='og:locale']/@content") == ["zh_CN"]
