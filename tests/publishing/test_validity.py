"""Every kind of document that is published, from items that are as nasty as any, without a complaint."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree
from werkzeug.test import Client

from aggregator.gazetteer import Gazetteer
from aggregator.model import MediaFile
from aggregator.steps.sanitise import sanitise
from aggregator.store import Store
from tests.publishing.messages import a
from tests.publishing.rules import check
from tests.web import world
from tests.web.world import NOW
from web import create_wsgi

_HTML = (
    '<div style="x:y" onclick="z()"><p>甲<a href="#注一">注</a> <a href="/相对?a=1&b=2">乙</a> &nbsp;&copy; 1 < 2<br>'
    '<img src="x.jpg" srcset="y"><script>alert(1)</script><iframe src="//e"></iframe><b>没有合上'
)
_PATHS = (
    "/feeds/all", "/feeds/tech", "/feeds/livelihood", "/feeds/all/370400", "/feeds/livelihood/370000",
    "/feeds/source/jiangpan", "/feeds/source/beiling", "/feeds/hot", "/feeds/status", "/feeds/military",
)  # fmt: skip
_QUERIES = (
    "/feeds/search.{}?q=%E6%B6%88%E6%81%AF&category=tech", "/feeds/search.{}?category=tech&q=%E4%B8%80%20b",
    "/feeds/all.{}?since=2026-05-19", "/feeds/all.{}?since=1779150000",
    "/feeds/all.{}?before=2026-05-20T08:00:00%2B08:00",
    "/feeds/tech.{}?before=2026-05-20&since=2026-05-01",
)  # fmt: skip


@pytest.fixture
def client(store: Store) -> Client:
    made = world.build(store)
    known = store.sync_sources(world.sources(), NOW, timedelta(0))
    names = (
        "<b>粗</b> & &nbsp; 😀 \ufffd ]]> <![CDATA[", "a < b & c > d", "　\u3000空", "x" * 300, "\U0010ffff\u2028尾",
    )  # fmt: skip
    guids = ("http://[", "has blank", "https://例.example/一", "tag:wrong", "post:12", "https://a.example/%zz", None)
    drafts = []
    for number in range(60):
        plain = world.draft(
            "nantang", f"{names[number % 5]} {number}", names[number % 3], minutes=number, category="tech"
        )
        drafts.append(
            replace(
                plain,
                guid=guids[number % 7] and f"{guids[number % 7]}{number}",
                url=f"https://例.example/路 径/{number}?a[]=1&b=2",
                html=sanitise(_HTML),
                author=names[number % 5],
                editor=names[(number + 1) % 5],
                language=("cn", "english", "zh_TW", "ug")[number % 4],
                rights="© 甲 <a@b.example> &copy;",
                terms=("<i>", "a&b", " ", "要闻"),
                media=(
                    MediaFile("https://a.example/声 音.mp3", "audio mpeg", None),
                    MediaFile("javascript:x", "image/png", -1),
                    MediaFile("https://a.example/2.jpg", "image/jpeg", 12),
                    MediaFile("https://a.example/3.jpg", "", 0),
                ),
                updated=plain.published + timedelta(minutes=1) if number % 2 else None,
                place=Gazetteer.load().place("370400", "title"),
                advertorial="label" if number == 7 else None,
            )
        )
    ids = world.insert(store, known["beiling"], drafts)
    store.remove([ids[drafts[3].uid]], NOW, "asked for")
    return Client(create_wsgi(store, made.config, clock=lambda: NOW + timedelta(minutes=1)))


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
def test_every_document_is_without_a_complaint(client: Client, format: str) -> None:
    paths = [*(f"{path}.{format}" for path in _PATHS), *(path.format(format) for path in _QUERIES)]
    paths += [f"/feeds/tech/archive/1.{format}"]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        document = check(answer.data, format, NOW + timedelta(days=1))
        own = f"https://gedi.example{path}"
        if format == "json":
            assert document["feed_url"] == own
        else:
            assert next(link.get("href") for link in document.iter(a("link")) if link.get("rel") == "self") == own
        assert f'<{own}>; rel="self"' in answer.headers["Link"]


def test_ids_are_kept_where_they_are_iris_and_are_the_same_in_every_format(client: Client) -> None:
    atom = etree.fromstring(client.get("/feeds/tech.atom").data)
    ids = [entry.findtext(a("id")) or "" for entry in atom.findall(a("entry"))]
    rss = etree.fromstring(client.get("/feeds/tech.rss").data)
    assert ids == [item.findtext("guid") for item in rss.iter("item")]
    assert ids == [item["id"] for item in client.get("/feeds/tech.json").json["items"]]  # type: ignore[index]
    assert sum(one.startswith("tag:gedi.example,2026:item/") for one in ids) >= 50


def test_an_advertorial_says_so_in_every_format(client: Client) -> None:
    for format in ("atom", "rss", "json"):
        text = client.get(f"/feeds/tech.{format}").get_data(as_text=True)
        assert text.count("【推广】") == 1, format
        assert "没有合上" in text  # whose source gives full texts
        assert "advertorial" in text
