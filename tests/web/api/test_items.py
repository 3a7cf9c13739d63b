"""Tests of the item lists of the API: filters, stable cursors, permitted full text, withdrawn items."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from aggregator.model import SourceFilter
from tests.web import fixture_site
from tests.web.api.checked_client import Checked
from tests.web.fixture_site import NOW, World

EXPORTED = (
    *("id", "url", "title", "source", "published", "first_seen", "story", "reprint_of"),
    *("category", "province", "city", "county", "regions"),
)


def ids(page: list[dict[str, Any]]) -> list[int]:
    return [item["id"] for item in page]


def test_fields_are_those_of_gedi_items(readonly_api: Checked, readonly_url: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'{fixture_site.CONFIG}[database]\nurl = "{readonly_url}"\n', "utf-8")
    command = [sys.executable, "-m", "gedi", "items", "--json", "--config", str(config)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    exported = {row["id"]: row for row in map(json.loads, lines)}
    shown = [item for page in readonly_api.pages("/api/items?reports=all&limit=7") for item in page]
    assert {item["id"]: {name: item[name] for name in EXPORTED} for item in shown} == exported


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "filters",
    [
        "",
        "category=livelihood",
        "category=emotion/story",
        "region=370000",
        "region=370400&category=livelihood",
        "reports=all",
        "reports=all&region=370000",
        "source=jiangpan",
        "source=jiangpan&category=tech",
        "since=24h",
        "before=2026-05-20T09:00&since=2026-05-19",
        "q=的",
        f"q={quote('运河')}&region=370400",
    ],
)
def test_pages_cover_the_whole_list(readonly_api: Checked, filters: str, limit: int) -> None:
    full_list = readonly_api.get(f"/api/items?{filters}&limit=100")
    assert full_list["next"] is None
    pages = readonly_api.pages(f"/api/items?{filters}&limit={limit}")
    assert all(len(page) <= limit for page in pages)
    assert [item for page in pages for item in page] == full_list["items"]
    positions = [(item["published"], item["id"]) for item in full_list["items"]]
    assert positions == sorted(positions, reverse=True)


def test_filters_restrict_the_list(readonly_api: Checked, readonly_world: World) -> None:
    matches_filter: Callable[[dict[str, Any]], bool]
    everything = readonly_api.get("/api/items?reports=all&limit=100")["items"]
    for query, matches_filter in (
        ("category=emotion", lambda item: (item["category"] or "").startswith("emotion")),
        ("region=370000", lambda item: item["province"] == "370000"),
        ("region=370400", lambda item: item["city"] == "370400"),
        ("source=jiangpan", lambda item: item["source"] == "jiangpan"),
        ("since=2026-05-20T00:00:00Z", lambda item: item["published"] >= "2026-05-20T00:00:00"),
        ("before=2026-05-20T00:00:00Z", lambda item: item["published"] < "2026-05-20T00:00:00"),
    ):
        matches = readonly_api.get(f"/api/items?reports=all&limit=100&{query}")["items"]
        assert matches == [item for item in everything if matches_filter(item)], query
        assert 0 < len(matches) < len(everything), query
    assert ids(readonly_api.get(f"/api/items?story={readonly_world.story}")["items"]) == [
        item["id"] for item in everything if item["story"] == readonly_world.story
    ]
    leads = readonly_api.get("/api/items?limit=100")["items"]
    assert leads == [item for item in everything if item["lead"]]


def test_new_items_do_not_move_a_cursor(api: Checked, world: World) -> None:
    """Items newer than the page, as old as its end and older than it arrive; every old item is returned once."""
    before = ids(api.get("/api/items?limit=100")["items"])
    page = api.get("/api/items?limit=5")
    seen = ids(page["items"])
    number = 0
    while page["next"]:
        edge = page["items"][-1]
        for minutes in (-1, 0, 30, 800):
            number += 1
            draft = fixture_site.draft("jiangpan", f"{number}号新到的消息，与别的无关", minutes=minutes + number / 100)
            fixture_site.insert(
                world.store,
                world.store.source_health(NOW, filters=SourceFilter(slug="jiangpan"), limit=1)[0].id,
                [draft],
                NOW,
            )
        assert edge["id"] in seen
        page = api.get(page["next"].removeprefix("https://gedi.example"))
        seen += ids(page["items"])
        if number > 200:
            break
    assert len(seen) == len(set(seen))
    assert [each for each in seen if each in before] == before


def test_time_formats_are_accepted(readonly_api: Checked) -> None:
    same = [
        "2026-05-20T08:00:00%2B08:00",
        "2026-05-20T08:00:00+08:00",  # a plus sign that URL decoding turned into a space
        "2026-05-20T08:00",
        "2026-05-20T00:00:00Z",
        "144m",
    ]
    pages = [readonly_api.get(f"/api/items?since={time}")["items"] for time in same]
    assert all(page == pages[0] for page in pages)
    assert 0 < len(pages[0]) < 20


def test_full_text_requires_permission_of_the_source(readonly_api: Checked) -> None:
    shown = readonly_api.get("/api/items?reports=all&limit=100")["items"]
    assert {(item["content"], item["html"] is not None) for item in shown} == {("excerpt", False), ("full", True)}
    assert all("<script" not in (item["html"] or "") for item in shown)


def test_item_has_reports_and_related_items(readonly_api: Checked, readonly_world: World) -> None:
    detail = readonly_api.get(f"/api/items/{readonly_world['event0']}")
    assert len(detail["reports"]) == 3
    assert detail["id"] not in ids(detail["reports"])
    assert {report["story"] for report in detail["reports"]} == {detail["story"]}
    assert len(detail["related"]) > 1
    reprint = next(report for report in detail["reports"] if report["relation"] == "reprint")
    assert reprint["reprint_of"] == detail["url"]


def test_withdrawn_item_is_absent_everywhere(readonly_api: Checked, readonly_world: World) -> None:
    gone = readonly_world["gone"]
    assert "已删除" in readonly_api.get(f"/api/items/{gone}", 410)["error"]
    shown = readonly_api.get("/api/items?reports=all&limit=100")["items"]
    assert gone not in ids(shown)
    assert readonly_api.get(f"/api/search?q={quote('撤下')}")["items"] == []


def test_search_can_be_sorted_by_relevance(readonly_api: Checked) -> None:
    query = quote("运河")
    by_time, best = (
        readonly_api.get(f"/api/search?q={query}&sort={sort}&limit=100")["items"] for sort in ("time", "rel")
    )
    assert sorted(ids(by_time)) == sorted(ids(best))
    assert readonly_api.get(f"/api/items?q={query}&limit=100")["items"] == by_time
    assert "不分页" in readonly_api.get(f"/api/search?q={query}&sort=rel&cursor=AAAA", 400)["error"]
