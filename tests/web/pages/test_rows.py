"""Tests of lists of pages: one row for a story and one for a series, distinct headlines, related reading."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client

from aggregator.model import Placement, Relation
from aggregator.publishing.render import render
from tests.aggregator.store.writing import apply_placements, insert_items
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from tests.web.html_checks import page_of, words_of
from web import create_wsgi

ISSUES, SERIES = "往期", "/series/1"
SERIES_FEED = f"/feeds{SERIES}"


@pytest.fixture
def series(world: World) -> list[int]:
    """Store 25 issues of a weather bulletin, newest first."""
    return _insert(
        world,
        *(
            fixture_site.draft(
                "shiqiao", f"枣庄今日{hour}时天气：最高{hour}度", minutes=60 * hour, category="society", region="370400"
            )
            for hour in range(1, 26)
        ),
    )


def _insert(world: World, *drafts: object) -> list[int]:
    source = world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0))["shiqiao"]
    ids = fixture_site.insert(world.store, source, drafts)  # type: ignore[arg-type]
    return [ids[draft.uid] for draft in drafts]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "path",
    ["/", "/latest", "/category/society", "/region/370400", "/source/shiqiao", "/search?q=天气",
     "/search?q=天气&sort=rel", "/widget?region=370400"],
)  # fmt: skip
def test_lists_show_the_newest_issue_with_a_link_to_earlier_ones(
    client: FlaskClient, series: list[int], path: str
) -> None:
    page = page_of(client, path)
    shown = {int(link.split("/")[2]) for link in page.xpath("//main//a/@href") if link.startswith("/item/")}
    assert shown & set(series) == {series[0]}
    assert SERIES in page.xpath(f"//main//a[text()='{ISSUES}']/@href")


@pytest.mark.parametrize(("language", "rhythm", "why"), [
    ("zh-CN", "一天多期", "标题的写法是天气预报"),
    ("zh-TW", "一天多期", "標題的寫法是天氣預報"),
    ("en", "several a day", "its title is written like that of a weather forecast"),
])  # fmt: skip
def test_the_page_of_a_series(client: FlaskClient, series: list[int], language: str, rhythm: str, why: str) -> None:
    moved = client.get(f"/item/{series[3]}/issues")
    assert (moved.status_code, moved.location) == (301, SERIES)
    page = page_of(client, f"{SERIES}?lang={language}")
    assert words_of(page.xpath("//h1")[0]) == "枣庄天气"
    assert rhythm in words_of(page.xpath("//div[contains(@class,'page-head')]/p")[0])
    assert why in words_of(page.xpath("//details[@class='why']")[0])
    assert not page.xpath("//meta[@name='robots']/@content")
    assert f"{SERIES_FEED}.atom" in " ".join(page.xpath("//link[@rel='alternate']/@href"))
    listed = page.xpath("//ul[@class='stream']//h3/a/@href")
    assert listed == [f"/item/{item}" for item in series[:20]]
    older = page_of(client, page.xpath("//a[@rel='next']/@href")[0])
    assert "noindex" in older.xpath("//meta[@name='robots']/@content")[0]
    assert older.xpath("//ul[@class='stream']//h3/a/@href") == [f"/item/{item}" for item in series[20:]]
    newer = older.xpath("//a[@rel='prev']/@href")[0]
    assert client.get(newer).status_code == 200
    assert why in words_of(page_of(client, f"/item/{series[0]}?lang={language}").xpath("//details[@class='why']")[0])


def test_the_feed_of_a_series(world: World, series: list[int]) -> None:
    client = Client(create_wsgi(world.store, world.config, clock=lambda: NOW))
    paths = [f"{SERIES_FEED}.{ending}" for ending in ("atom", "json", "rss")]
    for path in paths:
        first = client.get(path)
        assert first.status_code == 200
        assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    _insert(world, fixture_site.draft("shiqiao", "枣庄11月30日8时天气：最高3度", minutes=1))
    assert set(paths) <= set(world.store.stale_paths(100))
    document = render(world.store, world.config, paths[1], NOW)
    assert document is not None
    feed = json.loads(document.body)
    assert len(feed["items"]) == len(series) + 1
    assert "最高3度" in feed["items"][0]["title"]
    assert [client.get(f"/feeds/series/{number}.atom").status_code for number in ("2", "01", "x")] == [404, 404, 404]


def test_an_item_of_no_series_has_no_page_of_issues(client: FlaskClient, world: World) -> None:
    page_of(client, f"/item/{world['event0']}/issues", 404)
    page_of(client, f"/item/{world['gone']}/issues", 410)
    page_of(client, "/item/999999/issues", 404)
    page_of(client, "/series/1", 404)


def test_feeds_keep_every_issue(world: World, series: list[int]) -> None:
    feed = Client(create_wsgi(world.store, world.config, clock=lambda: NOW)).get("/feeds/source/shiqiao.json").json
    assert feed is not None
    assert len([each for each in feed["items"] if "天气" in each["title"]]) == len(series)


def test_search_shows_a_story_once_and_says_how_many_report_it(client: FlaskClient, world: World) -> None:
    page = page_of(client, "/search?q=运河")
    rows = page.xpath("//ul[contains(@class,'flat')]/li")
    stories = [row for row in rows if row.xpath(f".//a[@href='/story/{world.story}']")]
    assert len(stories) == 1
    assert "4家媒体" in words_of(stories[0])
    assert "同一事件只列一条" in words_of(page.xpath("//p[@class='found']")[0])
    one, two = _insert(world, *(fixture_site.draft("shiqiao", f"灯会{name}") for name in ("开幕", "闭幕")))
    with world.store.write_transaction() as writer:
        story = writer.snapshot().stories_of([one])[one]
        apply_placements(writer, [Placement(two, story, Relation.FURTHER)], NOW)
    (row,) = page_of(client, "/search?q=灯会").xpath("//ul[contains(@class,'flat')]/li")
    assert "2篇报道" in words_of(row)


def test_headlines_that_differ_in_punctuation_or_script_share_a_row(client: FlaskClient, world: World) -> None:
    sources = world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0))
    titles = {
        "beiling": "棗莊老運河段清淤完成 四十年來第一次全線通船",
        "haijiao": "枣庄老运河段清淤完成：四十年来，第一次全线通船！",
    }
    with world.store.write_transaction() as writer:
        for slug, title in titles.items():
            [item] = insert_items(writer, sources[slug], [fixture_site.draft(slug, title, minutes=30)], NOW).values()
            apply_placements(writer, [Placement(item, world.story, Relation.FURTHER)], NOW)
    timeline = page_of(client, f"/story/{world.story}").xpath("//ol[@class='timeline']/li")
    assert len(timeline) == 3
    assert len(timeline[0].xpath("./p[contains(@class,'same')]/span/a")) == 3
    widget = page_of(client, f"/widget?story={world.story}").xpath("//ul[@class='titles']/li")
    assert len(widget) == 3


def test_related_reading_is_no_earlier_issue(client: FlaskClient, series: list[int]) -> None:
    page = page_of(client, f"/item/{series[0]}")
    related = {int(path.split("/")[2]) for path in page.xpath("//ul[@class='related']//h3/a/@href")}
    assert related
    assert not related & set(series)
