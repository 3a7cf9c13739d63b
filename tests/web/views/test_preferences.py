"""Tests of reader preferences: one cookie, validation, and the redirect after the form."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.web.fixture_site import World
from tests.web.html_checks import page_of, words_of
from web.views.preferences import Preferences, decode, with_changes, without_language


def test_preferences_round_trip() -> None:
    for prefs in (
        Preferences(),
        Preferences("dark"),
        Preferences("auto", "large", "en", "370400"),
        Preferences(region="370400"),
    ):
        assert decode(prefs.encode()) == prefs
    assert decode("purple.huge.tlh.abc.x") == Preferences()
    assert decode("dark.large") == Preferences("dark", "large")
    assert with_changes(Preferences(region="370400"), {"region": ""}) == Preferences()
    assert with_changes(Preferences("dark"), {"region": "37<"}) == Preferences("dark")


def test_chosen_language_removes_the_query_parameter() -> None:
    assert without_language("/search?q=a&lang=en&sort=rel") == "/search?q=a&sort=rel"
    assert without_language("/?lang=en") == "/"


def test_form_sets_the_language(client: FlaskClient, world: World) -> None:
    response = client.post("/prefs", data={"lang": "en", "back": "/about?lang=zh-CN"})
    assert (response.status_code, response.headers["Location"]) == (303, "/about")
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert page_of(client, "/about").get("lang") == "en"
    assert page_of(client, "/about?lang=zh-TW").get("lang") == "zh-TW"


def test_home_page_shows_the_home_region(client: FlaskClient, world: World) -> None:
    assert not page_of(client, "/").xpath("//section[@aria-labelledby='mine']")
    button = page_of(client, "/region/370400").xpath("//form[@action='/prefs'][@class]//button[@name='region']")[0]
    client.post("/prefs", data={"region": button.get("value"), "back": "/"})
    block = page_of(client, "/").xpath("//section[@aria-labelledby='mine']")[0]
    assert words_of(block.xpath(".//h2")[0]) == "看本地： 枣庄"
    assert block.xpath(".//a[starts-with(@href,'/item/')]")
    client.post("/prefs", data={"region": "", "back": "/"})
    assert not page_of(client, "/").xpath("//section[@aria-labelledby='mine']")


def test_home_region_can_be_set_by_name(client: FlaskClient, world: World) -> None:
    assert client.post("/prefs", data={"region": "枣庄", "back": "/"}).headers["Location"] == "/"
    assert page_of(client, "/").xpath("//section[@aria-labelledby='mine']")
    assert client.post("/prefs", data={"region": "没有的地方"}).headers["Location"].startswith("/region?q=")


def test_cross_site_form_changes_no_preferences(client: FlaskClient, world: World) -> None:
    response = client.post("/prefs", data={"theme": "dark"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (response.status_code, "Set-Cookie" in response.headers) == (303, False)
