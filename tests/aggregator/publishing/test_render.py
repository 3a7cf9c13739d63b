"""The feeds of a polled store: two independent readers agree on them, and rendering is deterministic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import fastfeedparser
import feedparser
import pytest
from lxml import etree

from aggregator.config.load import Config, parse_config
from aggregator.publishing.render import feed_menu, render, render_opml
from aggregator.store import Store
from feeds.opml import read_opml
from tests.clock import now
from tests.rss import ARTICLE, BASE, OTHER, THIRD, item, rss
from tests.servers import Server, conditional
from tests.shared_worker import Bench

pytestmark = pytest.mark.clock(every=17)

HOUR = timedelta(hours=1)
ATOM = {"a": "http://www.w3.org/2005/Atom"}
NAMES = ("all", "livelihood", "all/370400", "livelihood/370000", "source/a", "hot", "agriculture", "emotion/story")


@pytest.fixture
def config(store: Store, database_url: str, bench: Bench) -> Iterator[Config]:
    """Return the config of two outlets, one of which reprints the other, after a poll."""
    with Server() as server:
        first = item("1", "枣庄十二条背街小巷改造完工 <新>", ARTICLE, now() - 2 * HOUR)
        server.route("/a", conditional(rss("甲", first, item("3", "翠湖边的合唱团", THIRD, now() - HOUR)), '"1"'))
        copy = item("2", "老城区小巷换上新管线", "来源：甲报\n" + ARTICLE, now() - HOUR)
        server.route("/b", conditional(rss("乙", copy, item("4", "秋汛鲅鱼到港", OTHER, now())), '"1"'))
        sources = "".join(
            f'[[sources]]\nurl = "{server.url("/" + slug)}"\nslug = "{slug}"\ntitle = "{slug}报"\n'
            'category = "livelihood"\n'
            for slug in "ab"
        )
        text = f'[site]\nurl = "https://gedi.example"\n[polling]\nspacing = "0s"\nallow = ["127.0.0.0/8"]\n{sources}'
        made = parse_config(text.encode(), Path("/nowhere/config.toml"))
        for slug in "ab":
            bench.poll(made, store, [slug])
        yield made


def body(store: Store, config: Config, name: str, kind: str = "atom") -> bytes:
    document = render(store, config, f"/feeds/{name}.{kind}", now())
    assert document is not None, name
    return document.body


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_two_readers_agree_on_every_feed(store: Store, config: Config, kind: str) -> None:
    for name in NAMES:
        content = body(store, config, name, kind)
        one = feedparser.parse(content)
        assert not one.bozo, name
        if not one.entries:
            continue
        two = fastfeedparser.parse(content)
        assert [entry.title for entry in one.entries] == [entry["title"] for entry in two.entries]
        assert [entry.link for entry in one.entries] == [entry["link"] for entry in two.entries]
        assert [entry.id for entry in one.entries] == [entry["id"] for entry in two.entries]


def test_a_json_feed_has_the_same_items(store: Store, config: Config) -> None:
    made = json.loads(body(store, config, "all", "json"))
    assert made["version"] == "https://jsonfeed.org/version/1.1"
    atom = etree.fromstring(body(store, config, "all"))
    assert [entry["id"] for entry in made["items"]] == atom.xpath("//a:entry/a:id/text()", namespaces=ATOM)


def test_a_story_is_one_entry_that_names_its_origin_and_the_other_reports(store: Store, config: Config) -> None:
    feed = etree.fromstring(body(store, config, "all"))
    titles = feed.xpath("//a:entry/a:title/text()", namespaces=ATOM)
    assert titles == ["秋汛鲅鱼到港", "翠湖边的合唱团", "枣庄十二条背街小巷改造完工 <新>"]
    (entry,) = feed.xpath("//a:entry[a:title[contains(., '小巷')]]", namespaces=ATOM)
    assert entry.xpath("a:link[@rel='via']/@href", namespaces=ATOM) == [f"{BASE}/1.html"]
    assert entry.xpath("a:link[@rel='related']/@href", namespaces=ATOM) == [f"{BASE}/2.html"]
    assert entry.xpath("a:source/a:title/text()", namespaces=ATOM) == ["a报"]
    assert entry.xpath("a:source/a:id", namespaces=ATOM)
    assert entry.xpath("a:source/a:updated", namespaces=ATOM)
    assert "370400" in entry.xpath("a:category/@term", namespaces=ATOM)
    published = datetime.fromisoformat(entry.xpath("a:published/text()", namespaces=ATOM)[0])
    assert published == now() - 2 * HOUR


def test_the_same_items_make_the_same_bytes(store: Store, config: Config) -> None:
    for name in NAMES:
        for kind in ("atom", "rss", "json"):
            later = render(store, config, f"/feeds/{name}.{kind}", now() + timedelta(minutes=5))
            assert later is not None
            assert later.body == body(store, config, name, kind), (name, kind)


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/nothing.atom",
        "/feeds/all/999999.atom",
        "/feeds/story/999.atom",
        "/feeds/source/none.atom",
        "/feeds/all.xml",
    ],
)
def test_there_is_no_such_feed(store: Store, config: Config, path: str) -> None:
    assert render(store, config, path, now()) is None


def test_the_subscription_list_holds_every_category_by_its_atom_address(config: Config) -> None:
    document = read_opml(render_opml(config))
    listed = {outline.xml_url for _, outline in document.feeds()}  # type: ignore[union-attr]
    assert {f"https://gedi.example/feeds/{category.path}.atom" for category in config.category_tree} <= listed
    sources = read_opml(render_opml(config, "sources"))
    assert [outline.text for _, outline in sources.feeds()] == ["a报", "b报"]  # type: ignore[union-attr]


def test_every_feed_of_the_menu_exists(store: Store, config: Config) -> None:
    def paths(menu: dict[str, object]) -> Iterator[str]:
        for entry in menu.get("items", []):  # type: ignore[attr-defined]
            if "items" in entry:
                yield from paths(entry)
            else:
                yield entry["atom"]

    found = list(paths(feed_menu(config)))
    assert len(found) > 50
    assert all(render(store, config, path, now()) for path in found[:30])
