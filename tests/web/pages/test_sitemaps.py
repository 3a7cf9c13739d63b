"""Tests of the sitemaps: indexable pages only, correct lastmod, and a cost proportional to the pages listed."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import etree

from aggregator.model import Place, Placement, Relation
from aggregator.store import Store
from tests.aggregator.store.factories import draft, outlets
from tests.aggregator.store.writing import apply_placements, insert_items
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from tests.web.html_checks import page_of
from tests.web.reports import EVENT
from web import create_app
from web.pages import sitemap
from web.views import sitemap_xml
from web.views.sitemap_xml import NewsEntry, SitemapEntry

HERE = Path(__file__).parent
SITE = "https://gedi.example"
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "n": "http://www.google.com/schemas/sitemap-news/0.9"}
SCHEMA = etree.XMLSchema(etree.parse(HERE / "sitemap.xsd"))
NEWS_SCHEMA = etree.XMLSchema(etree.parse(HERE / "news.xsd"))


def validated(body: bytes) -> etree._Element:
    """Return the document after validating it against the schemas."""
    document = etree.fromstring(body)
    SCHEMA.assertValid(document)
    for entry in document.iterfind(".//n:news", NAMES):
        NEWS_SCHEMA.assertValid(entry)
    return document


def fetch_xml(client: FlaskClient, path: str) -> etree._Element:
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (200, "application/xml"), path
    return validated(response.data)


def paths(document: etree._Element) -> list[str]:
    return [str(loc.text).removeprefix(SITE) for loc in document.iterfind("*/s:loc", NAMES)]


def listed_pages(client: FlaskClient) -> dict[str, str | None]:
    """Return path -> lastmod of all sitemaps in the index."""
    pages: dict[str, str | None] = {}
    for path in paths(fetch_xml(client, "/sitemap.xml")):
        for entry in fetch_xml(client, path):
            pages[str(entry[0].text).removeprefix(SITE)] = entry.findtext("s:lastmod", None, NAMES)
    return pages


def robots_of(client: FlaskClient, path: str) -> tuple[list[str], list[str]]:
    page = page_of(client, path)
    return page.xpath("//meta[@name='robots']/@content"), page.xpath("//link[@rel='canonical']/@href")


def test_listed_pages_are_indexable_and_canonical(client: FlaskClient, world: World) -> None:
    pages = listed_pages(client)
    for path in pages:
        assert robots_of(client, path) == ([], [SITE + path]), path
    assert f"/story/{world.story}" in pages
    assert {"/", "/category/livelihood", "/category/society/city", "/region/370400", "/source/shiqiao"} <= set(pages)


def test_noindex_pages_are_not_listed(client: FlaskClient, world: World) -> None:
    alone = world.store.item(world["hostile"])
    assert alone is not None
    pages = listed_pages(client)
    excluded = [
        *("/category/military", "/region/650000", "/region/370406", "/search", "/status"),
        *(f"/story/{alone.card.story_id}", f"/item/{world['hostile']}", f"/item/{world['event0']}"),
    ]
    for path in excluded:
        assert path not in pages
        assert "noindex" in robots_of(client, path)[0][0], path


def test_lastmod_is_the_time_of_the_last_change(store: Store) -> None:
    world = fixture_site.build(store, now=NOW - timedelta(hours=5))
    client = create_app(store, world.config, clock=lambda: NOW).test_client()
    before, story = listed_pages(client), f"/story/{world.story}"
    assert before[story] == before["/"] == before["/region/370400"] == "2026-05-19T21:24:00Z"
    assert before["/about"] is None
    world.store.move([world["event0"]], NOW, category="tech")
    client.application.extensions["site"].cache.clear()
    after = listed_pages(client)
    assert after[story] == after["/category/tech"] == "2026-05-20T02:24:00Z"
    assert after["/source/jiangpan"] == before["/source/jiangpan"]


def test_news_sitemap_lists_recent_stories_of_several_outlets(client: FlaskClient, world: World) -> None:
    (entry,) = fetch_xml(client, "/sitemap/news.xml")
    assert entry[0].text == f"{SITE}/story/{world.story}"
    news = {etree.QName(each).localname: each.text for each in entry[1].iter()}
    assert news["name"] == "各地新闻"
    assert news["language"] == "zh-cn"
    assert news["title"] == EVENT[0][4]
    later = create_app(world.store, world.config, clock=lambda: NOW + timedelta(days=3)).test_client()
    assert later.get("/sitemap/news.xml").status_code == 404
    assert "news.xml" not in later.get("/robots.txt").text


def test_robots_txt_names_the_sitemaps_and_leaves_feeds_open(client: FlaskClient) -> None:
    lines = client.get("/robots.txt").text.splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /search", "Disallow: /admin"} <= set(lines)
    assert not [line for line in lines if line.startswith("Disallow: /feeds")]
    assert lines[-2:] == [f"Sitemap: {SITE}/sitemap.xml", f"Sitemap: {SITE}/sitemap/news.xml"]


def test_empty_site_lists_its_fixed_pages(empty: FlaskClient) -> None:
    assert paths(fetch_xml(empty, "/sitemap.xml")) == ["/sitemap/pages-0.xml"]
    for path in ("/sitemap/stories-0.xml", "/sitemap/pages-1.xml", "/sitemap/stories-99999999999999999999.xml"):
        assert empty.get(path).status_code == 404


def test_sitemaps_support_compression_and_conditional_requests(client: FlaskClient) -> None:
    plain = client.get("/sitemap/pages-0.xml")
    compressed = client.get("/sitemap/pages-0.xml", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(compressed.data) == plain.data
    revalidated = client.get("/sitemap/pages-0.xml", headers={"If-None-Match": plain.headers["ETag"]})
    assert (revalidated.status_code, revalidated.data) == (304, b"")


def test_long_lists_are_split_into_several_sitemaps(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_pages = listed_pages(client)
    monkeypatch.setattr(sitemap, "PAGE_SIZE", 5)
    client.application.extensions["site"].cache.clear()
    parts = paths(fetch_xml(client, "/sitemap.xml"))
    assert f"/sitemap/stories-{world.story // 5}.xml" in parts
    assert len([path for path in parts if path.startswith("/sitemap/pages-")]) == -(-(len(all_pages) - 1) // 5)
    assert listed_pages(client) == all_pages


def test_sitemaps_are_escaped_and_below_the_size_limit() -> None:
    at = datetime(2026, 5, 20, 2, 24, 1, 999_999, tzinfo=UTC)
    body = sitemap_xml.urlset("https://gedi.example/a&b", [SitemapEntry("/x?a=1&b=<2>", at)])
    assert b"a&amp;b/x?a=1&amp;b=&lt;2&gt;</loc><lastmod>2026-05-20T02:24:01Z" in body
    news = sitemap_xml.news_sitemap(SITE, "A & B", [NewsEntry("/story/1", "<b>1 & 2</b>", "ja-JP", at)])
    assert validated(news).findtext(".//n:title", None, NAMES) == "<b>1 & 2</b>"
    full = sitemap_xml.urlset(
        f"https://{'long-name-' * 20}.example", [SitemapEntry(f"/story/{2**62}", at)] * sitemap_xml.MAX_URLS
    )
    assert len(full) < 50_000_000
    validated(full)


@pytest.mark.parametrize(
    ("tag", "language"), [("zh", "zh-cn"), ("zh-Hant-HK", "zh-tw"), ("en-GB", "en"), ("ja-JP", "ja"), ("fil", "fil")]
)
def test_news_sitemap_language_codes(tag: str, language: str) -> None:
    assert sitemap_xml.news_language(tag) == language


def test_store_lists_the_pages_with_items(store: Store) -> None:
    source_ids = outlets(store, "a", "b")
    place = Place("370000", "370400", None)
    with store.write_transaction() as writer:
        first = insert_items(writer, source_ids["a"], [draft(str(n), minutes=n, place=place) for n in range(60)], NOW)
        second = insert_items(writer, source_ids["b"], [draft(f"b{n}", minutes=n, place=place) for n in range(60)], NOW)
        apply_placements(writer, [Placement(number, None, Relation.ORIGINAL) for number in first.values()], NOW)
        pairs = list(zip(first.values(), second.values(), strict=True))[:20]
        apply_placements(writer, [Placement(b, a, Relation.FURTHER) for a, b in pairs], NOW)
    founders = [a for a, _ in pairs]
    assert store.story_id_range() == (founders[0], founders[-1])
    assert store.story_changes(founders[3], founders[6]) == [(number, NOW) for number in founders[3:6]]
    assert store.story_change_summary(founders[3], founders[6]) == (3, NOW)
    assert [each.id for each in store.recent_stories(NOW - timedelta(minutes=5), 3)] == founders[:3]
    assert store.names_with_items(["370000", "370400", "370500", "society"]) == {"370000", "370400"}
    event_times = store.last_event_times(["all/370400", "hot", "all/370500"])
    assert event_times == {"all/370400": NOW, "hot": NOW}
