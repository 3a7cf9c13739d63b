"""Tests of what the site's owner puts on every page, and of the web app manifest."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from aggregator.config.load import parse_config
from aggregator.store import Store
from tests.aggregator.config.test_site_marks import SVG
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from tests.web.html_checks import page_of, words_of
from web import create_app

MARKS = """
logo = "logo.svg"
about = \"\"\"某某市报业主办。
电话：12345

<b>第二段</b>\"\"\"
footer = [{title = "联系我们", url = "https://owner.example/contact"}, {title = "招聘", url = "/about"}]
icp = "京ICP备2024000001号-1"
police = "京公网安备11010502030143号"
theme_color = "#abcdef"
theme_color_dark = "#012345"
"""
PATHS = ("/", "/latest", "/about", "/status", "/search?q=运河", "/nothing", "/feeds", "/admin/login")


@pytest.fixture
def client(store: Store, tmp_path: Path) -> FlaskClient:
    fixture_site.build(store)
    (tmp_path / "logo.svg").write_bytes(SVG)
    text = f'{fixture_site.CONFIG}{MARKS}[web]\nadmin_token = "a token of some length"\n'
    config = parse_config(text.encode(), tmp_path / "config.toml", {})
    return create_app(store, config, clock=lambda: NOW).test_client()


def test_marks_are_at_the_foot_of_every_page(client: FlaskClient) -> None:
    for path in PATHS:
        page = page_of(client, path, 404 if path == "/nothing" else 200)
        links = page.xpath("//footer[contains(@class,'site')]//ul[contains(@class,'owner')]//a")
        assert [(link.text, link.get("href")) for link in links] == [
            ("联系我们", "https://owner.example/contact"),
            ("招聘", "/about"),
            ("京ICP备2024000001号-1", "https://beian.miit.gov.cn/"),
            ("京公网安备11010502030143号", "https://beian.mps.gov.cn/#/query/webSearch?code=11010502030143"),
        ]
        assert page.xpath("//ul[contains(@class,'owner')]//img/following-sibling::a/text()") == [links[-1].text]
        assert words_of(page.xpath("//a[@class='brand logo']")[0]) == "各地新闻"


def test_the_logo_is_in_the_style_sheet(client: FlaskClient) -> None:
    page = page_of(client, "/")
    style = client.get(page.xpath("//link[@rel='stylesheet']/@href")[0])
    assert "immutable" in style.headers["Cache-Control"]
    assert base64.b64encode(SVG) in style.data
    assert b"width:3.0em" in style.data


def test_the_text_about_the_owner_is_escaped(client: FlaskClient) -> None:
    section = page_of(client, "/about?lang=en").xpath("//section[@aria-labelledby='owner']")[0]
    assert section.get("lang") == "zh-CN"
    assert [words_of(each) for each in section.xpath("p")] == ["某某市报业主办。电话：12345", "<b>第二段</b>"]
    assert len(section.xpath("p/br")) == 1


def test_a_site_without_marks_has_none(store: Store) -> None:
    fixture_site.build(store)
    page = page_of(create_app(store, fixture_site.config(), clock=lambda: NOW).test_client(), "/about")
    assert not page.xpath(
        "//*[contains(@class,'owner')] | //*[@aria-labelledby='owner'] | //*[contains(@class,'logo')]"
    )


def test_a_logo_that_is_gone_leaves_the_site_running(store: Store, tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_bytes(SVG)
    config = parse_config(b'[site]\nlogo = "logo.svg"\n', tmp_path / "config.toml", {})
    (tmp_path / "logo.svg").unlink()
    assert create_app(store, config, clock=lambda: NOW).test_client().get("/about").status_code == 200


@pytest.mark.parametrize(
    ("theme", "colors"), [("auto", ["#abcdef", "#012345"]), ("dark", ["#012345"]), ("light", ["#abcdef"])]
)
def test_theme_color_follows_the_theme(client: FlaskClient, theme: str, colors: list[str]) -> None:
    client.set_cookie("prefs", theme)
    metas = page_of(client, "/about").xpath("//meta[@name='theme-color']")
    assert [meta.get("content") for meta in metas] == colors


def test_the_manifest_names_site_and_icons(client: FlaskClient) -> None:
    assert page_of(client, "/about").xpath("//link[@rel='manifest']/@href") == ["/manifest.webmanifest"]
    response = client.get("/manifest.webmanifest")
    assert response.mimetype == "application/manifest+json"
    assert response.headers["Cache-Control"] == "public, max-age=86400"
    document = response.get_json(force=True)
    assert (document["name"], document["start_url"], document["theme_color"]) == ("各地新闻", "/", "#abcdef")
    assert {icon["purpose"] for icon in document["icons"]} == {"any", "maskable"}
    for icon in document["icons"]:
        picture = client.get(icon["src"])
        side = int(icon["sizes"].partition("x")[0])
        assert (picture.status_code, picture.content_type) == (200, icon["type"])
        assert int.from_bytes(picture.data[16:20]) == int.from_bytes(picture.data[20:24]) == side
