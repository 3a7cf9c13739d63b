"""Tests of the stories, categories, regions and sources of the API."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from aggregator.reference.gazetteer import Gazetteer
from tests.web import fixture_site
from tests.web.api.checked_client import Checked
from tests.web.fixture_site import NOW, World


def test_stories_are_sorted_by_time_or_hotness(readonly_api: Checked, readonly_world: World) -> None:
    pages = readonly_api.pages("/api/stories?limit=4", "stories")
    shown = [story for page in pages for story in page]
    assert len({story["id"] for story in shown}) == len(shown)
    assert [story["lead"]["id"] for story in shown] == [
        item["id"] for item in readonly_api.get("/api/items?limit=100")["items"]
    ]
    hottest = readonly_api.get("/api/stories?sort=hot&window=7d&limit=5")["stories"][0]
    assert (hottest["id"], hottest["items"], hottest["outlets"]) == (readonly_world.story, 4, 4)
    assert all(story["lead"]["city"] == "370400" for story in readonly_api.get("/api/stories?region=370400")["stories"])


def test_story_lists_its_reports_in_order(readonly_api: Checked, readonly_world: World) -> None:
    story = readonly_api.get(f"/api/stories/{readonly_world.story}")
    assert story["reports"][0]["relation"] == "original"
    times = [report["published"] for report in story["reports"]]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (story["first_published"], story["last_published"])
    assert story["lead"] in story["reports"]
    first = story["reports"][0]
    assert story["first"] == {
        "item": first["id"],
        "source": "shiqiao",
        "published": first["published"],
        "seen": first["first_seen"],
        "sure": "probable",
    }


def test_merged_story_is_found_by_its_old_id(api: Checked, world: World) -> None:
    other = world.ids[next(iter(world.ids))]
    old = api.get(f"/api/items/{other}")["story"]
    world.store.merge([other, world["event0"]], NOW)
    new = api.get(f"/api/items/{other}")["story"]
    assert {api.get(f"/api/stories/{number}")["id"] for number in (old, new, world.story)} == {new}


def test_series_lists_its_issues(api: Checked, world: World) -> None:
    source = world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0))["shiqiao"]
    drafts = [fixture_site.draft("shiqiao", f"枣庄{hour}时天气预报", minutes=60 * hour) for hour in (1, 2, 3)]
    ids = list(fixture_site.insert(world.store, source, drafts).values())
    found = api.get(f"/api/series/{api.get(f'/api/items/{ids[0]}')['series']}")
    assert (found["name"], found["issues"], found["rhythm"]) == ("枣庄天气预报", 3, "hourly")
    assert [report["id"] for report in found["reports"]] == ids
    assert found["latest"] == found["reports"][0]
    assert found["feeds"]["json"].endswith(f"/feeds/series/{found['id']}.json")
    assert api.get(f"/api/items/{world['event0']}")["series"] is None
    api.get("/api/series/99", status=404)


def test_categories_form_a_tree(readonly_api: Checked) -> None:
    categories = readonly_api.get("/api/categories")["categories"]
    paths = [category["path"] for category in categories]
    assert "emotion/story" in paths
    for category in categories:
        assert category["parent"] in (None, *paths[: paths.index(category["path"])])
        assert category["feeds"]["atom"] == f"https://gedi.example/feeds/{category['path']}.atom"


def test_regions_are_found_by_name_and_by_parent(readonly_api: Checked) -> None:
    provinces = readonly_api.get("/api/regions")["regions"]
    assert len(provinces) == len(Gazetteer.load().provinces())
    shandong = readonly_api.get("/api/regions/370000")
    cities = readonly_api.get("/api/regions?parent=370000")["regions"]
    assert shandong["regions"] == cities
    assert {city["parent"] for city in cities} == {"370000"}
    region = readonly_api.get(f"/api/regions?q={quote('枣庄')}")["regions"][0]
    assert (region["code"], region["place"], region["level"]) == ("370400", "山东省枣庄市", "city")
    assert [each["code"] for each in readonly_api.get("/api/regions?q=zaozhuang")["regions"]] == ["370400"]
    assert readonly_api.get(f"/api/regions?q={quote('没有的地方')}")["regions"] == []
    beijing = readonly_api.get("/api/regions/110000")["regions"]
    assert {place["parent"] for place in beijing} == {"110000"}


def test_sources_are_sorted_and_paged(readonly_api: Checked, readonly_world: World) -> None:
    pages = readonly_api.pages("/api/sources?limit=2", "sources")
    slugs = [source["slug"] for page in pages for source in page]
    assert slugs == sorted(source.slug for source in readonly_world.store.sources())
    first_source = readonly_api.get(f"/api/sources/{slugs[0]}")
    assert first_source == pages[0][0]
    assert [source["state"] for source in readonly_api.get("/api/sources?state=failing")["sources"]] == ["failing"]
    assert all((s["region"] or "").startswith("37") for s in readonly_api.get("/api/sources?region=370000")["sources"])
