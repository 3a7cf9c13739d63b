"""Counts of requests for our feeds by program."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.test import Client

from aggregator.model.health import FeedClient
from aggregator.store import Store
from tests.web.fixture_site import NOW, World
from web import create_wsgi
from web.feeds import request_log
from web.feeds.request_log import BROWSER, OTHER, FeedRequestLog, program_of, subscribers_of

FEEDLY = "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers; like FeedFetcher-Google)"
BROWSERS = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("agent", "program", "subscribers"),
    [
        (FEEDLY, "Feedly", 12),
        ("Feedbin feed-id:1373711 - 3 subscribers", "Feedbin", 3),
        ("NewsBlur Feed Fetcher - 1 subscriber - http://www.newsblur.com/site/1", "NewsBlur Feed Fetcher", 1),
        ("Mozilla/5.0 (compatible; theoldreader.com; 5 subscribers; feed-id=1)", "theoldreader.com", 5),
        ("Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 2 subscribers)", "BazQux", 2),
        ("Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 999999999 subscribers; )", "Inoreader", 1_000_000),
        ("Tiny Tiny RSS/21.05 (https://tt-rss.org/)", "Tiny Tiny RSS", None),
        ("FreshRSS/1.24.0 (Linux; https://freshrss.org)", "FreshRSS", None),
        ("newsboat 2.10", "newsboat", None),
        (BROWSERS, BROWSER, None),
        ("", "", None),
        ("\x1b[31mred\n/1", "[31mred", None),
        ("x" * 500, "x" * 40, None),
    ],
)
def test_the_program_and_its_subscribers_are_read(agent: str, program: str, subscribers: int | None) -> None:
    assert program_of(agent) == program
    assert subscribers_of(agent) == subscribers


def test_requests_are_counted_and_written_together(world: World) -> None:
    requests = FeedRequestLog()
    client = Client(create_wsgi(world.store, world.config, clock=lambda: NOW, feed_requests=requests))
    etag = client.get("/feeds/all.atom", headers={"User-Agent": FEEDLY}).headers["ETag"]
    client.get("/feeds/society.atom", headers={"User-Agent": FEEDLY.replace("12", "30")})
    same = {"User-Agent": "newsboat/2.10", "If-None-Match": etag}
    assert client.get("/feeds/all.atom", headers=same).status_code == 304
    assert client.get("/feeds/nothing-of-the-kind.atom", headers=same).status_code == 404
    assert world.store.feed_clients(NOW) == []
    requests.flush(world.store, NOW)
    requests.flush(world.store, NOW)
    assert world.store.feed_clients(NOW) == [FeedClient("Feedly", 2, 0, 42), FeedClient("newsboat", 1, 1)]
    today = world.store.feed_days(NOW)[-1]
    assert (today.requests, today.not_modified) == (3, 1)
    client.get("/feeds/all.atom", headers={"User-Agent": FEEDLY.replace("12", "10")})
    requests.flush(world.store, NOW)
    assert world.store.feed_clients(NOW)[0] == FeedClient("Feedly", 3, 0, 40)


def test_many_programs_are_counted_as_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "MAX_AGENTS", 5)
    monkeypatch.setattr(request_log, "MAX_NAMES", 3)
    requests = FeedRequestLog()
    for name in "abcdefgh":
        requests.count(name, "/feeds/all.atom", not_modified=False)
    requests.flush(store, NOW)
    assert {one.name: one.requests for one in store.feed_clients(NOW)} == {"a": 1, "b": 1, "c": 1, OTHER: 5}


def test_nothing_is_lost_while_the_store_fails(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = FeedRequestLog()
    requests.count(FEEDLY, "/feeds/all.atom", not_modified=True)

    def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "record_feed_requests", fail)
        with pytest.raises(OSError, match="gone"):
            requests.flush(store, NOW)
    requests.flush(store, NOW)
    assert store.feed_clients(NOW) == [FeedClient("Feedly", 1, 1, 12)]


def test_counts_are_deleted_after_a_month(store: Store) -> None:
    requests = FeedRequestLog()
    requests.count(FEEDLY, "/feeds/all.atom", not_modified=False)
    requests.flush(store, NOW)
    store.record_size(NOW)
    later = NOW + timedelta(days=29)
    store.prune(later, timedelta(days=180))
    assert [one.requests for one in store.feed_clients(later)] == [1]
    assert len(store.service_history(later).sizes) == 1
    store.prune(later + timedelta(days=1), timedelta(days=180))
    assert store.feed_clients(NOW) == []
    assert not store.service_history(NOW).sizes
