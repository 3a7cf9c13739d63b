"""Complete polls: a server, the fetcher, child processes and the store, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.config.load import Config, parse_config
from aggregator.messages import english, fetch_errors
from aggregator.model import Listing, PollResult, Relation
from aggregator.store import Store
from tests.clock import now
from tests.rss import ARTICLE, BASE, OTHER, THIRD, item, rss
from tests.servers import Server, conditional, redirect, reply
from tests.shared_worker import Bench

pytestmark = pytest.mark.clock(every=17)

HOUR = timedelta(hours=1)


class World:
    """A config for the server's paths, and the store that its polls fill."""

    def __init__(self, server: Server, store: Store, database_url: str, bench: Bench) -> None:
        self.server, self.store, self.database_url, self.bench = server, store, database_url, bench
        self.extra = ""
        self.paths: dict[str, str] = {}

    def source(self, slug: str, path: str, **keys: Any) -> None:
        lines = [f'url = "{self.server.url(path)}"', f'slug = "{slug}"', f'title = "{slug}报"']
        lines += [f"{key} = {value}" for key, value in keys.items()]
        self.extra += "\n[[sources]]\n" + "\n".join(lines) + "\n"

    def config(self) -> Config:
        text = f"""
            [database]
            url = "{self.database_url}"
            [polling]
            minimum = "1s"
            timeout = "3s"
            spacing = "0s"
            allow = ["127.0.0.0/8"]
            {self.extra}"""
        return parse_config(text.encode(), Path("/nowhere/config.toml"))

    def poll(self) -> dict[str, PollResult]:
        results = self.bench.poll(self.config(), self.store)
        slugs = {source.id: source.slug for source in self.store.sources()}
        return {slugs[result.source_id]: result for result in results}

    def items(self) -> dict[str, dict[str, Any]]:
        rows = list(self.store.export_items())
        assert len({row["url"] + row["source"] for row in rows}) == len(rows)
        return {f"{row['source']}:{row['url'].removeprefix(BASE)}": row for row in rows}


@pytest.fixture
def world(server: Server, store: Store, database_url: str, bench: Bench) -> World:
    return World(server, store, database_url, bench)


def test_an_item_is_stored_with_what_was_found_out(world: World) -> None:
    feed = rss("鲁南晨讯", item("1", "枣庄十二条背街小巷改造完工", ARTICLE, now() - HOUR))
    world.server.route("/a", reply(200, feed, content_type="application/rss+xml"))
    world.source("lunan", "/a", category='"livelihood"', region='"370400"')
    result = world.poll()["lunan"]
    assert (result.outcome, result.entries, result.error) == ("changed", 1, None)
    (row,) = world.items().values()
    assert row["title"] == "枣庄十二条背街小巷改造完工"
    assert row["category"].split("/")[0] == "livelihood"
    assert (row["province"], row["city"]) == ("370000", "370400")
    assert datetime.fromisoformat(str(row["published"])) == now() - HOUR
    assert row["reprint_of"] is None


def test_a_reprint_in_another_outlet_joins_the_story(world: World) -> None:
    world.server.route("/a", reply(200, rss("甲", item("1", "枣庄十二条背街小巷改造完工", ARTICLE, now() - 2 * HOUR))))
    copied = "来源：甲报 " + ARTICLE
    world.server.route("/b", reply(200, rss("乙", item("9", "老城区十二条小巷换上新管线", copied, now() - HOUR))))
    world.server.route("/c", reply(200, rss("丙", item("5", "秋汛鲅鱼到港", OTHER, now() - HOUR))))
    world.source("a", "/a")
    world.poll()
    world.source("b", "/b")
    world.source("c", "/c")
    world.poll()
    rows = world.items()
    assert rows["b:/9.html"]["reprint_of"] == f"{BASE}/1.html"
    assert rows["b:/9.html"]["story"] == rows["a:/1.html"]["story"] != rows["c:/5.html"]["story"]
    leads = world.store.items(Listing(), 10)
    assert {card.source for card in leads} == {"a", "c"}
    story = world.store.story(rows["a:/1.html"]["story"])
    assert story is not None
    assert (story.items, story.outlets) == (2, 2)
    reports = world.store.story_items([story.id], 10)[story.id]
    assert [report.relation for report in reports] == [Relation.ORIGINAL, Relation.REPRINT]


def test_who_published_first_is_the_original_whoever_arrives_first(world: World) -> None:
    copied = "来源：甲报 " + ARTICLE
    world.server.route("/b", reply(200, rss("乙", item("9", "老城区十二条小巷换上新管线", copied, now() - HOUR))))
    world.server.route("/c", reply(200, rss("丙", item("7", "十二条小巷换上新管线", copied, now()))))
    world.server.route("/a", reply(200, rss("甲", item("1", "枣庄十二条背街小巷改造完工", ARTICLE, now() - 2 * HOUR))))
    for slug in "bca":
        world.source(slug, f"/{slug}")
        world.poll()
    rows = world.items()
    assert [rows[name]["reprint_of"] for name in ("a:/1.html", "b:/9.html", "c:/7.html")] == [
        None,
        f"{BASE}/1.html",
        f"{BASE}/1.html",
    ]
    (card,) = world.store.items(Listing(), 10)
    assert card.source == "b"  # the lead item that readers know stays


def test_reprints_within_one_document_are_recognised(world: World) -> None:
    first = item("1", "十二条小巷完工", ARTICLE, now() - HOUR)
    feed = rss("甲", first, item("2", "枣庄十二条小巷完工", ARTICLE, now()))
    world.server.route("/a", reply(200, feed))
    world.source("a", "/a")
    world.poll()
    rows = world.items()
    assert rows["a:/2.html"]["reprint_of"] == f"{BASE}/1.html"


def test_nothing_is_read_twice(world: World) -> None:
    feed = rss("甲", item("1", "十二条小巷完工", ARTICLE, now()))
    world.server.route("/tag", conditional(feed, '"1"'))
    world.server.route("/plain", reply(200, feed))
    world.source("tag", "/tag")
    world.source("plain", "/plain")
    world.poll()
    second = world.poll()
    assert (second["tag"].status, second["tag"].outcome) == (304, "unchanged")
    assert (second["plain"].status, second["plain"].outcome, second["plain"].entries) == (200, "unchanged", 0)


def test_an_edit_updates_the_item_and_moves_no_date(world: World) -> None:
    world.server.route("/a", reply(200, rss("甲", item("1", "十二条小巷完工", ARTICLE, now() - HOUR))))
    world.source("a", "/a")
    world.poll()
    (before,) = world.items().values()
    edited = rss("甲", item("1", "十二条小巷完工（更正）", ARTICLE + "更正：实为十三条。", now()))
    world.server.route("/a", reply(200, edited))
    world.poll()
    (after,) = world.items().values()
    assert after["title"] == "十二条小巷完工（更正）"
    assert (after["published"], after["first_seen"], after["story"]) == (
        before["published"],
        before["first_seen"],
        before["story"],
    )


def test_a_failure_is_a_state_with_a_reason_and_loses_nothing(world: World) -> None:
    world.server.route("/a", conditional(rss("甲", item("1", "十二条小巷完工", ARTICLE, now())), '"1"'))
    world.source("a", "/a")
    world.poll()
    world.server.route("/a", reply(500))
    result = world.poll()["a"]
    assert (result.outcome, result.status, result.failures) == ("failed", 500, 1)
    assert result.error == fetch_errors.STATUSES[500](status=500, line="500 Internal Server Error")
    assert len(world.items()) == 1
    world.server.route("/a", conditional(rss("甲", item("2", "秋汛鲅鱼到港", OTHER, now())), '"2"'))
    again = world.poll()["a"]
    assert (again.outcome, again.failures) == ("changed", 0)
    assert len(world.items()) == 2


def test_validators_of_what_could_not_be_read_are_not_kept(world: World) -> None:
    world.server.route("/a", conditional(b"<html><p>maintenance</p></html>", '"same"'))
    world.source("a", "/a")
    assert world.poll()["a"].error_kind == "not-a-feed"
    world.server.route("/a", conditional(rss("甲", item("1", "十二条小巷完工", ARTICLE, now())), '"same"'))
    assert world.poll()["a"].outcome == "changed"


def test_a_page_in_place_of_a_feed_names_the_feed_it_offers(world: World) -> None:
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head></html>'
    world.server.route("/a", reply(200, page, content_type="text/html"))
    world.source("a", "/a")
    result = world.poll()["a"]
    assert result.error_kind == "not-a-feed"
    assert fetch_errors.NOT_A_FEED_BUT.matches(result.error)
    assert world.server.url("/feed.xml") in (english(result.error) or "")


def test_gone_is_gone(world: World) -> None:
    world.server.route("/a", reply(410))
    world.source("a", "/a")
    assert world.poll()["a"].outcome == "gone"


def test_a_moved_feed_keeps_its_items(world: World) -> None:
    feed = rss("甲", item("1", "十二条小巷完工", ARTICLE, now()))
    world.server.route("/old", reply(200, feed))
    world.source("a", "/old")
    world.poll()
    world.server.route("/old", redirect(301, "/new"))
    world.server.route("/new", reply(200, feed + b" "))
    for _ in range(7):
        world.poll()
    asked = [request.path for request in world.server.requests][-2:]
    assert asked[-1] == "/new"
    assert "/old" not in asked
    assert len(world.items()) == 1


def test_include_and_exclude_keep_items_out(world: World) -> None:
    feed = rss("甲", item("1", "推广：买房就送车位", "", now()), item("2", "翠湖边的合唱团", THIRD, now()))
    world.server.route("/a", reply(200, feed))
    world.source("a", "/a", exclude='["推广"]')
    assert world.poll()["a"].filtered == 1
    assert list(world.items()) == ["a:/2.html"]


def test_related_items_are_there_when_an_item_arrives(world: World) -> None:
    first = rss("甲", item("1", "枣庄背街小巷改造完工", ARTICLE, now() - HOUR))
    later = (
        "河南洛阳市公布明年的背街小巷改造清单，二十一条小巷的管线将按积水频次排序施工，雨水污水分流是重点，"
        "洛阳老城区居民可以提出补充意见。"
    )
    world.server.route("/a", reply(200, first))
    world.source("a", "/a")
    world.poll()
    world.server.route("/b", reply(200, rss("乙", item("7", "洛阳明年改造二十一条背街小巷", later, now()))))
    world.source("b", "/b")
    world.poll()
    rows = world.items()
    assert rows["b:/7.html"]["story"] != rows["a:/1.html"]["story"]
    related = world.store.related_items(rows["b:/7.html"]["id"], 5)
    assert [card.url for card in related] == [f"{BASE}/1.html"]
