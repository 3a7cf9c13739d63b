"""Tests of the widget, oEmbed, OPML and the feed menu."""

from __future__ import annotations

import html
import re
from urllib.parse import quote, urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import etree

from feeds.opml import Opml, read_opml
from tests.web.fixture_site import World

BASE = "https://gedi.example"


def source_of(code: str) -> str:
    """Return the URL of an iframe as a browser parses it."""
    match = re.search(r'src="([^"]+)"', code)
    assert match
    return html.unescape(match[1])


def test_pages_link_to_their_oembed(client: FlaskClient, readonly_world: World) -> None:
    for path in (
        f"/item/{readonly_world['event0']}",
        f"/story/{readonly_world.story}",
        "/category/society",
        "/region/370400",
    ):
        page = etree.HTML(client.get(path).text)
        (address,) = page.xpath('//link[@type="application/json+oembed"]/@href')
        response = client.get(address.removeprefix(BASE)).get_json()
        assert (response["version"], response["type"]) == ("1.0", "rich")
        framed = client.get(source_of(response["html"]).removeprefix(BASE))
        assert framed.status_code == 200
        assert "frame-ancestors *" in framed.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in framed.headers
        assert "<script" not in framed.text
        assert response["title"] in html.unescape(framed.text)


def test_oembed_respects_the_maximum_size(client: FlaskClient) -> None:
    url = quote(f"{BASE}/category/society?region=370000&theme=dark", safe="")
    response = client.get(f"/oembed?url={url}&maxwidth=250&maxheight=280").get_json()
    assert (response["width"], response["height"]) == (250, 280)
    assert 'width="250" height="280"' in response["html"]
    query = urlsplit(source_of(response["html"])).query
    assert query == "category=society&region=370000&theme=dark&n=3"


def test_widget_uses_the_requested_language(client: FlaskClient) -> None:
    chinese = client.get("/widget?category=society&region=370400").text
    assert '<html lang="zh-CN"' in chinese
    assert "社会新闻" in chinese
    english = client.get("/widget?category=society&region=370400&lang=en").text
    assert '<html lang="en"' in english
    assert "Zaozhuang" in english
    assert "Society" in english


def test_oembed_xml_equals_json(client: FlaskClient, readonly_world: World) -> None:
    for name in ("event0", "hostile"):
        url = quote(f"{BASE}/item/{readonly_world[name]}", safe="")
        as_json = client.get(f"/oembed?url={url}").get_json()
        as_xml = etree.fromstring(client.get(f"/oembed?url={url}&format=xml").data)
        assert {child.tag: child.text for child in as_xml} == {key: str(value) for key, value in as_json.items()}
        assert "<script" not in as_json["html"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("url=https://elsewhere.example/item/1", 404),
        ("url=https://gedi.example/item/987654", 404),
        ("url=https://gedi.example/status", 404),
        ("url=https://gedi.example/region/999999", 404),
        ("url=javascript://gedi.example/item/1", 404),
        ("url=http://[", 404),
        ("url=https://gedi.example/item/1&format=yaml", 501),
        ("url=https://gedi.example/item/1&maxwidth=0", 400),
    ],
)
def test_unsupported_oembed_requests_are_rejected(client: FlaskClient, query: str, status: int) -> None:
    response = client.get(f"/oembed?{query}")
    assert (response.status_code, set(response.json or {})) == (status, {"error", "hint"})


def test_widget_of_a_withdrawn_item_is_empty(client: FlaskClient, readonly_world: World) -> None:
    gone = readonly_world["gone"]
    assert client.get(f"/oembed?url={BASE}/item/{gone}").status_code == 404
    framed = client.get(f"/widget?item={gone}")
    assert (framed.status_code, "撤下" in framed.text) == (410, False)
    assert "frame-ancestors *" in framed.headers["Content-Security-Policy"]
    assert client.get("/widget?item=x").status_code == client.get("/widget?story=999999").status_code == 404


def test_embed_code_matches_the_choice(client: FlaskClient) -> None:
    page = etree.HTML(client.get("/feeds?category=society&region=370400").text)
    (code,) = page.xpath('//section[@aria-labelledby="embed"]//code[contains(., "iframe src")]/text()')
    assert source_of(code) == f"{BASE}/widget?category=society&region=370400&n=6"


def test_opml_lists_existing_feeds(client: FlaskClient) -> None:
    opml = read_opml(client.get("/opml").data)
    assert isinstance(opml, Opml)
    paths = {outline.xml_url: path for path, outline in opml.feeds()}
    assert paths[f"{BASE}/feeds/all.atom"] == ()
    assert paths[f"{BASE}/feeds/emotion/story.atom"] == ("按分类", "情感")
    assert paths[f"{BASE}/feeds/livelihood/370000.atom"] == ("按分类", "民生")
    assert paths[f"{BASE}/feeds/all/370000.atom"] == ("按地区",)
    region = read_opml(client.get("/opml?region=370400").data)
    assert isinstance(region, Opml)
    inside = {outline.xml_url for _, outline in region.feeds()}
    assert {f"{BASE}/feeds/society/370400.atom", f"{BASE}/feeds/all/370406.atom"} <= inside
    assert client.get("/opml/sources").data == client.get("/opml?kind=sources").data
    assert client.get("/opml?region=1").status_code == 404
    first = client.get("/opml")
    assert client.get("/opml", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_feed_menu_lists_region_cities_and_categories(client: FlaskClient) -> None:
    menu = client.get("/.well-known/feed-menu.json").get_json()
    regions = next(item for item in menu["items"] if item.get("feed-menu") == "按地区")
    shandong = next(item for item in regions["items"] if item["feed-menu"] == "山东")
    feeds = {item["feed-title"]: item["atom"] for item in shandong["items"]}
    assert feeds["枣庄"] == "/feeds/all/370400.atom"
    assert feeds["山东民生"] == "/feeds/livelihood/370000.atom"


@pytest.mark.parametrize("query", ["category=nosuch", "region=999999", "category=society&region=1"])
def test_a_widget_of_an_unknown_category_or_region_is_missing(readonly_client: FlaskClient, query: str) -> None:
    assert readonly_client.get(f"/widget?{query}").status_code == 404
