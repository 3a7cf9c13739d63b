"""Tests of /api/changes: a mirror that follows a feed's history ends with the current items."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aggregator.model import SourceFilter
from tests.web import fixture_site
from tests.web.api.checked_client import Checked
from tests.web.fixture_site import NOW, World


def follow(api: Checked, filters: str, cursor: str, limit: int) -> tuple[list[dict[str, Any]], str]:
    changes: list[dict[str, Any]] = []
    more = True
    while more:
        page = api.get(f"/api/changes?{filters}&limit={limit}&cursor={cursor}")
        changes += page["changes"]
        cursor, more = page["cursor"], page["more"]
    return changes, cursor


def arrive(world: World, titles: list[str], *, minutes: int = 0) -> list[int]:
    number = world.store.source_health(NOW, filters=SourceFilter(slug="jiangpan"), limit=1)[0].id
    drafts = [
        fixture_site.draft("jiangpan", title, category="society", region="370400", minutes=minutes + place / 10)
        for place, title in enumerate(titles)
    ]
    return list(fixture_site.insert(world.store, number, drafts, NOW).values())


def test_mirror_receives_every_change(api: Checked, world: World) -> None:
    """New items, some published long ago, more than fit into a page, and a withdrawn item."""
    feeds = ("", "category=society", "region=370000", "category=society&region=370400", "source=jiangpan")
    starts = {feed: api.get(f"/api/changes?{feed}") for feed in feeds}
    assert all(start["changes"] == [] and not start["more"] for start in starts.values())
    old_ids = arrive(world, [f"第{number}件旧事" for number in range(60)], minutes=3000)
    new_ids = arrive(world, [f"第{number}件新事" for number in range(5)])
    world.store.remove([old_ids[3]], NOW + timedelta(minutes=1))
    for feed, start in starts.items():
        changes, cursor = follow(api, feed, start["cursor"], 17)
        kinds = {change["id"]: change["kind"] for change in changes}
        assert set(kinds) == {*old_ids, *new_ids}, feed
        assert kinds[old_ids[3]] == "withdrawn"
        assert {kind for number, kind in kinds.items() if number != old_ids[3]} == {"item"}
        assert all((change["item"] is None) == (change["kind"] == "withdrawn") for change in changes)
        assert follow(api, feed, cursor, 17) == ([], cursor)


def test_foreign_cursors_are_rejected(api: Checked, world: World) -> None:
    arrive(world, ["一件事"])
    cursor = api.get("/api/changes?category=society")["cursor"]
    assert "从头" in api.get(f"/api/changes?cursor={cursor}", 400)["hint"]
    assert "从头" in api.get(f"/api/changes?category=society&cursor={cursor[:-4]}", 400)["hint"]
