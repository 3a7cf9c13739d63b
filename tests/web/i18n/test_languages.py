"""Tests of the languages: complete catalogs, negotiation, and pages in one language only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import etree

from aggregator.config.load import parse_config
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from tests.web.fixture_site import NOW, World
from tests.web.html_checks import page_of
from tests.web.reports import OUTLETS
from web import create_app
from web.i18n import catalogs
from web.i18n.display_names import display_name
from web.i18n.language import match_language, negotiate_language

PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
HAN = re.compile(r"[\u3400-\u9fff]")
PAGES: tuple[str, ...] = (
    *("/", "/category/society", "/latest", "/hot", "/region", "/region/370400", "/sources", "/feeds", "/status"),
    *("/about", "/corrections", "/corrections/sent"),
    *("/search", "/search?q=xyzzy", "/source/shiqiao", "/item/999999", "/region/542500"),
)


def pairs(locale: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for message in catalogs.SITE.load(locale):
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            yield key, (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


@pytest.mark.parametrize("locale", catalogs.LOCALES)
def test_every_message_is_translated_and_used(locale: str) -> None:
    translations = dict(pairs(locale))
    expected = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogs.SITE.template()}
    assert set(translations) == expected - {""}
    assert not [key for key, texts in translations.items() if not all(texts)]
    assert not [message.id for message in catalogs.SITE.load(locale) if message.id and message.fuzzy]


@pytest.mark.parametrize("locale", catalogs.LOCALES)
def test_translations_keep_placeholders_and_markup(locale: str) -> None:
    for key, texts in pairs(locale):
        for text in texts:
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(key)), key
            assert sorted(re.findall(r"</?\w+|href=\"[^\"]*\"", text)) == sorted(
                re.findall(r"</?\w+|href=\"[^\"]*\"", key)
            ), key


@pytest.mark.parametrize("locale", catalogs.LOCALES)
def test_compiled_catalogs_are_up_to_date(locale: str, tmp_path: Path) -> None:
    compiled = tmp_path / "messages.mo"
    with compiled.open("wb") as file:
        catalogs.write_mo(file, catalogs.SITE.load(locale))
    assert compiled.read_bytes() == catalogs.SITE.path(locale, "mo").read_bytes()


def test_english_has_no_chinese_text_except_examples() -> None:
    assert {key for key, texts in pairs("en") if any(HAN.search(text) for text in texts)} <= {
        *("如：枣庄", "如：供暖", "如：滕州"),
    }


@pytest.mark.parametrize("path", PAGES)
def test_english_page_is_english_except_publisher_texts(readonly_client: FlaskClient, path: str) -> None:
    status = 404 if path == "/item/999999" else 200
    page = page_of(readonly_client, path + ("&" if "?" in path else "?") + "lang=en", status)
    assert page.get("lang") == "en"
    for element in page.xpath(
        "//*[starts-with(@lang, 'zh')] | //script | //title | //a[@class='brand'] | //p[@class='brand']"
    ):
        element.getparent().remove(element) if not element.tail else element.clear(keep_tail=True)
    body = page.xpath("//body")[0]
    own = re.compile("|".join(["各地新闻", *(title for _, title, *_ in OUTLETS)]))
    left = [text.strip() for text in body.itertext() if HAN.search(own.sub("", text))]
    assert not left, left[:5]


@pytest.mark.parametrize("path", PAGES)
def test_traditional_page_keeps_titles_unchanged(readonly_client: FlaskClient, path: str) -> None:
    page = page_of(
        readonly_client, path + ("&" if "?" in path else "?") + "lang=zh-TW", 404 if path == "/item/999999" else 200
    )
    assert page.get("lang") == "zh-TW"
    assert page.xpath("//nav[@class='main']//a/text()")[:4] == ["首頁", "熱門", "最新", "地區"]
    titles = list(page.xpath("//a[starts-with(@href,'/item/')]"))
    simplified = page_of(readonly_client, path, 404 if path == "/item/999999" else 200)
    assert [a.text for a in titles] == [a.text for a in simplified.xpath("//a[starts-with(@href,'/item/')]")]


@pytest.mark.parametrize(
    ("requested", "preferred", "configured", "accepted", "expected"),
    [
        (None, "", None, [], "zh-CN"),
        (None, "", None, ["fr", "en-GB", "zh"], "en"),
        (None, "", None, ["zh-HK", "en"], "zh-TW"),
        (None, "", "zh-CN", ["en"], "zh-CN"),
        (None, "zh-TW", "zh-CN", ["en"], "zh-TW"),
        ("en", "zh-TW", "zh-CN", [], "en"),
        ("xx", "zh-TW", "zh-CN", [], "zh-TW"),
        (None, "", "ja", ["de"], "zh-CN"),
    ],
)
def test_language_precedence(
    requested: str | None, preferred: str, configured: str | None, accepted: list[str], expected: str
) -> None:
    assert (
        negotiate_language(requested=requested, preferred=preferred, configured=configured, accepted=accepted)
        == expected
    )


@pytest.mark.parametrize(
    ("tag", "language"),
    [("zh", "zh-CN"), ("zh-Hant", "zh-TW"), ("zh-Hans-HK", "zh-CN"), ("zh_MO", "zh-TW"), ("EN", "en"), ("eng", None)],
)
def test_language_tags(tag: str, language: str | None) -> None:
    assert match_language(tag) == language


def test_vary_names_the_language_headers(client: FlaskClient, world: World, store: Store) -> None:
    response = client.get("/about", headers={"Accept-Language": "en-GB,en;q=0.8"})
    assert response.headers["Content-Language"] == "en"
    assert {"Cookie", "Accept-Language"} <= set(response.vary)
    fixed = parse_config(b'[site]\nlanguage = "zh-TW"\n', Path("config.toml"), {})
    response = (
        create_app(store, fixed, clock=lambda: NOW).test_client().get("/about", headers={"Accept-Language": "en"})
    )
    assert response.headers["Content-Language"] == "zh-TW"
    assert "Accept-Language" not in response.vary


def test_every_place_has_a_latin_name(client: FlaskClient) -> None:
    places = Gazetteer.load().divisions
    with client.application.test_request_context("/?lang=en"):
        client.application.preprocess_request()
        assert sorted(
            display_name(place) for place in places if place.code in ("370400", "150000", "610000", "610100")
        ) == [
            *("Inner Mongolia", "Shaanxi", "Xi'an", "Zaozhuang"),
        ]
        assert not [place.name for place in places if not place.is_placeholder and HAN.search(display_name(place))]


def test_language_alternates_are_linked(readonly_client: FlaskClient) -> None:
    links = page_of(readonly_client, "/region").xpath("//link[@hreflang]")
    assert [(link.get("hreflang"), link.get("href").partition("region")[2]) for link in links] == [
        *(("zh-CN", "?lang=zh-CN"), ("zh-TW", "?lang=zh-TW"), ("en", "?lang=en"), ("x-default", "")),
    ]
    assert isinstance(links[0], etree._Element)
