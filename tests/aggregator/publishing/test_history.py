"""Archives, deltas, windows and tombstones, as used by a reader that must not miss an item."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from lxml import etree
from werkzeug.test import Client, TestResponse

from aggregator.publishing.render import render
from aggregator.store import Store
from tests.aggregator.publishing.rules import ATOM, check
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import create_wsgi

FEED = "/feeds/livelihood.atom"
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"


class Site:
    """A site whose items the test stores itself."""

    def __init__(self, store: Store) -> None:
        self.world = fixture_site.build(store)
        self.store = store
        self.now = NOW
        self.source = store.sync_sources(fixture_site.sources(), NOW, timedelta(0))["nantang"]

    def arrive(self, number: int, name: str) -> list[int]:
        drafts = [
            fixture_site.draft(
                "nantang", f"{name}{n}", "文字", minutes=n, category="livelihood", region="370400", now=self.now
            )
            for n in range(number)
        ]
        return list(fixture_site.insert(self.store, self.source, drafts, self.now).values())

    def published(self) -> Client:
        """Render the feed; return a client of a web application that starts afterwards."""
        document = render(self.store, self.world.config, FEED, self.now)
        assert document is not None
        self.store.put_documents([document], self.now)
        now = self.now
        return Client(create_wsgi(self.store, self.world.config, clock=lambda: now))


@pytest.fixture
def site(store: Store) -> Site:
    return Site(store)


def entries(answer: TestResponse) -> list[str]:
    root = etree.fromstring(answer.data)
    return [entry.findtext(f"{ATOM}id") or "" for entry in root.findall(f"{ATOM}entry")]


def link(answer: TestResponse, rel: str) -> str | None:
    found = etree.fromstring(answer.data).find(f"{ATOM}link[@rel='{rel}']")
    return None if found is None else (found.get("href") or "").removeprefix("https://gedi.example")


def test_the_feed_and_its_archives_hold_everything_that_came(site: Site) -> None:
    for hour in range(4):
        site.now = NOW + timedelta(hours=hour)
        site.arrive(60, f"第{hour}批")
    client = site.published()
    answer = client.get(FEED)
    found = set(entries(answer))
    pages = 0
    while (path := link(answer, "prev-archive")) is not None:
        answer = client.get(path)
        check(answer.data, "atom")
        assert etree.fromstring(answer.data).find(ARCHIVE) is not None
        assert link(answer, "current") == FEED
        found |= set(entries(answer))
        pages += 1
    assert pages >= 4
    assert len([one for one in found if "nantang" in one]) >= 240


def test_an_archive_does_not_change_and_what_follows_is_there_already(site: Site) -> None:
    site.arrive(60, "先")
    client = site.published()
    first = client.get("/feeds/livelihood/archive/1.atom")
    follows = client.get(link(first, "next-archive") or "")
    assert (follows.status_code, follows.headers["Location"]) == (302, FEED)
    site.now += timedelta(days=1)
    site.arrive(120, "后")
    client = site.published()
    site.store.delete_documents(["/feeds/livelihood/archive/1.atom"])
    again = client.get("/feeds/livelihood/archive/1.atom")
    assert again.data == first.data
    assert again.headers["ETag"] == first.headers["ETag"]
    assert client.get("/feeds/livelihood/archive/2.rss").status_code == 200
    assert client.get("/feeds/livelihood/archive/99.atom").status_code == 404


def test_an_archive_that_was_read_once_stays_as_it_was_read(site: Site) -> None:
    site.arrive(60, "先")
    path = "/feeds/livelihood/archive/1.atom"
    first = site.published().get(path)
    site.now += timedelta(days=60)
    site.store.prune(site.now, timedelta(days=365))
    assert site.store.document_etag(FEED) is None
    assert f'"{site.store.document_etag(path)}"' in first.headers["ETag"]


def test_a_delta_tells_what_is_new_edited_and_withdrawn(site: Site) -> None:
    site.arrive(10, "旧")
    tag = site.published().get(FEED).headers["ETag"]
    site.now += timedelta(hours=1)
    one, _other, _ = site.arrive(3, "新")
    site.store.remove([one], site.now, "asked for")
    client = site.published()
    answer = client.get(FEED, headers={"A-IM": "feed", "If-None-Match": tag, "Accept-Encoding": "gzip;q=0"})
    assert answer.status_code == 226
    assert answer.headers["IM"] == "feed"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["ETag"] == client.get(FEED, headers={"Accept-Encoding": "gzip;q=0"}).headers["ETag"]
    check(answer.data, "atom")
    assert len(entries(answer)) == 2
    assert [stone.tag for stone in etree.fromstring(answer.data).iter(DELETED)] == [DELETED]
    newest = {"A-IM": "feed", "If-None-Match": answer.headers["ETag"]}
    assert client.get(FEED, headers=newest).status_code == 304
    assert client.get(FEED, headers={"A-IM": "feed", "If-None-Match": '"unknown"'}).status_code == 200
    assert client.get(FEED, headers={"A-IM": "vcdiff", "If-None-Match": tag}).status_code == 200


def test_a_withdrawn_item_leaves_a_tombstone_and_never_comes_back(site: Site) -> None:
    ids = site.arrive(60, "条")
    before = site.published().get("/feeds/livelihood/archive/1.atom")
    site.store.remove([ids[0]], site.now + timedelta(hours=1), "asked for")
    client = site.published()
    detail = site.store.item(ids[0])
    assert detail is not None
    assert detail.guid
    assert detail.guid in entries(before)
    site.store.delete_documents(["/feeds/livelihood/archive/1.atom"])
    for path in (FEED, "/feeds/livelihood/archive/1.atom", "/feeds/source/nantang.atom"):
        answer = client.get(path)
        check(answer.data, "atom")
        assert detail.guid not in entries(answer), path
        assert detail.guid in [stone.get("ref") for stone in etree.fromstring(answer.data).iter(DELETED)], path
    assert client.get(f"/item/{ids[0]}").status_code == 410
    assert site.store.removal_reason(ids[0]) == "asked for"
    same = fixture_site.draft("jiangpan", "换了来源的同一篇", "文字", category="livelihood")
    other = site.store.sync_sources(fixture_site.sources(), NOW, timedelta(0))["jiangpan"]
    again = type(same)(**{name: getattr(same, name) for name in same.__slots__} | {"url": detail.card.url})
    assert fixture_site.insert(site.store, other, [again]) == {}


def test_windows_by_time(site: Site) -> None:
    site.arrive(120, "早")
    site.now += timedelta(hours=2)
    site.arrive(3, "晚")
    client = site.published()
    since = client.get(f"{FEED}?since={(NOW + timedelta(hours=1)).isoformat()}")
    assert len(entries(since)) == 3
    older = client.get(f"{FEED}?before={NOW:%Y-%m-%dT%H:%M:%SZ}")
    assert len(entries(older)) == 100
    further = client.get(link(older, "next") or "")
    assert entries(further)
    assert not set(entries(further)) & set(entries(older))
    for query in ("since=soon", "before=", "since=2026-13-45"):
        refused = client.get(f"{FEED}?{query}")
        assert (refused.status_code, refused.mimetype) == (400, "text/plain"), query
    assert client.get(f"{FEED}?utm_source=x").status_code == 200
    assert client.get("/feeds/hot.atom?before=2026-01-01").status_code == 400


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
def test_every_kind_of_document_keeps_to_its_rules(site: Site, format: str) -> None:
    site.arrive(60, "条")
    client = site.published()
    for name in (
        "all", "livelihood", "emotion/story", "all/370400", "livelihood/370400", "source/nantang", "hot",
        f"story/{site.world.story}", "livelihood/archive/1", "source/nantang/archive/1",
    ):  # fmt: skip
        answer = client.get(f"/feeds/{name}.{format}")
        assert answer.status_code == 200, name
        check(answer.data, format)
    for query in ("q=运河", "q=运河&category=livelihood&region=370400&source=nantang"):
        check(client.get(f"/feeds/search.{format}", query_string=query).data, format)
    assert client.get(f"/feeds/search.{format}?q=x&region=1").status_code == 400


def test_what_was_there_once_is_gone_or_moved(site: Site) -> None:
    wanted = [one for one in fixture_site.sources() if one.slug != "nantang"]
    site.store.sync_sources(wanted, NOW, timedelta(0))
    client = Client(create_wsgi(site.store, site.world.config, clock=lambda: NOW))
    assert client.get("/feeds/source/nantang.atom").status_code == 410
    assert client.get("/feeds/story/999999.atom").status_code == 404


def test_documents_nobody_asks_for_are_dropped_and_made_again(site: Site) -> None:
    client = site.published()
    body = client.get(FEED).data
    later: datetime = NOW + timedelta(days=20)
    site.store.prune(later, timedelta(days=400))
    assert FEED not in list(site.store.document_paths())
    fresh = Client(create_wsgi(site.store, site.world.config, clock=lambda: NOW))
    assert fresh.get(FEED).data == body
