"""Tests that every page is sound HTML: with fixture data, without data, and with hostile text."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.web.fixture_site import HOSTILE_TITLE, World
from tests.web.html_checks import page_of, words_of

PAGES = (
    "/",
    "/latest",
    "/hot",
    "/hot?window=7d&category=livelihood&region=370000",
    "/category/society",
    "/category/emotion/story",
    "/category/livelihood?region=370400&multi=1",
    "/category/livelihood?sort=hot",
    "/category/society?date=2026-05-19",
    "/category/military",
    "/region",
    "/region?q=鼓楼",
    "/region?q=火星",
    "/region/370000",
    "/region/370400",
    "/region/370481",
    "/region/650000",
    "/region/110101",
    "/sources",
    "/sources?region=370000&q=石桥",
    "/source/shiqiao",
    "/source/dengta",
    "/search",
    "/search?q=运河",
    "/search?q=不存在的词",
    "/feeds",
    "/feeds?category=livelihood&region=枣庄&format=rss",
    "/feeds?q=供暖",
    "/status",
    "/status?state=failing",
    "/status?source=没有",
    "/about",
    "/corrections",
    "/corrections?item=1",
    "/corrections/sent?item=1",
    "/widget?category=livelihood&region=370400&n=3&theme=dark",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_sound(readonly_client: FlaskClient, path: str) -> None:
    page_of(readonly_client, path)


@pytest.mark.parametrize("path", [path for path in PAGES if not path.startswith("/source/")])
def test_every_page_is_sound_without_data(readonly_empty_client: FlaskClient, path: str) -> None:
    page_of(readonly_empty_client, path)


def test_empty_pages_give_the_reason_and_link_to_the_status(empty: FlaskClient) -> None:
    for path in ("/", "/latest", "/category/society", "/region/370400", "/sources", "/search?q=x"):
        box = page_of(empty, path).xpath("//section[@class='empty']")[0]
        assert box.xpath(".//a[@href='/status']"), path
        why = "没有登记在枣庄的来源" if path == "/region/370400" else "config.toml里还没有列出任何来源"
        assert why in words_of(box), path


def test_hostile_titles_are_escaped(client: FlaskClient, world: World) -> None:
    for path in (
        f"/item/{world['hostile']}",
        "/category/tech",
        "/latest",
        "/source/jiangpan",
        "/search?q=标题",
        "/widget?n=20",
    ):
        page = page_of(client, path)
        assert HOSTILE_TITLE in words_of(page), path
        assert not page.xpath("//img | //script[contains(., 'alert(') and not(@type)]"), path
        raw = client.get(path).text
        assert "<script>alert" not in raw, path
        assert "<img src=x" not in raw, path


@pytest.mark.parametrize(
    "path",
    [
        "/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/region?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/status?source=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/sources?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/feeds?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/feeds?region=%3Cscript%3Ealert(1)%3C/script%3E",
        "/latest?x=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/category/society?date=%3Cscript%3E&region=%3Cscript%3E&before=%3Cscript%3E&sort=%3Cscript%3E",
    ],
)
def test_hostile_urls_are_escaped(readonly_client: FlaskClient, path: str) -> None:
    page_of(readonly_client, path)
    assert "<script>alert" not in readonly_client.get(path).text


ODD = (
    "%00",
    "a%00b",
    "%FF%FE",
    "%ED%A0%80",
    "%F0%9F%8C%8D",
    "%E2%80%AE",
    "'",
    "%25",
    "_",
    "\\",
    "%22*",
    "-x",
    "x" * 3000,
    "%C2%B2",
)
FORMS = (
    "/search?q={}",
    "/search?q=x&category={}&region={}&within={}&sort={}&before={}",
    "/region?q={}",
    "/region/{}",
    "/category/{}",
    "/category/society?region={}&date={}&before={}&after={}&sort={}",
    "/source/{}",
    "/sources?q={}&region={}&page={}",
    "/status?source={}&state={}&region={}&sort={}&page={}",
    "/feeds?q={}",
    "/feeds?region={}&category={}&format={}",
    "/widget?category={}&region={}&n={}&theme={}",
    "/hot?window={}&category={}&region={}",
    "/corrections?item={}&story={}",
    "/corrections/sent?item={}",
    "/opml?kind={}&region={}",
    "/item/{}",
)


def test_odd_parameters_cause_no_errors(client: FlaskClient) -> None:
    for form in FORMS:
        for word in ODD:
            path = form.replace("{}", word)
            assert client.get(path).status_code in (200, 301, 302, 308, 404), path
