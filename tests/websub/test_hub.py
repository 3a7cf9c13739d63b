"""Our own hub with real subscribers: requests, verification, leases, deliveries and their failures."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from aggregator.hub import Hub as OwnHub
from aggregator.pipeline import Tools, publish_stale
from aggregator.store import subscribers
from aggregator.working import sync
from tests.service.processes import eventually
from tests.store.making import draft, publish
from tests.websub.conftest import Gedi
from tests.websub.hub import fetch
from tests.websub.listener import Listener

FEED = "/feeds/all.atom"


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as running:
        yield running


@pytest.fixture
def site(gedi: Gedi) -> Gedi:
    """A hub with one feed of one item."""
    gedi.more += '[publishing]\nhub = "self"\n'
    gedi.sources["lunan"] = "http://127.0.0.1:1/feed"
    gedi.restart()
    news(gedi, "one")
    return gedi


def news(gedi: Gedi, name: str) -> None:
    """A new item, in its feeds."""
    sync(gedi.config(), gedi.store, gedi.now())
    publish(gedi.store, "lunan", draft(name, title=f"消息{name}"))
    with gedi.store.writing() as writer:
        writer.mark_stale({"all"})

    async def job(tools: Tools) -> None:
        while await publish_stale(tools):
            pass

    gedi.work(job)


def ask(gedi: Gedi, callback: str, **more: str) -> int:
    """A POST to the hub; its status."""
    form = {"hub.mode": "subscribe", "hub.topic": gedi.site + FEED, "hub.callback": callback}
    form |= {f"hub.{name}": value for name, value in more.items()}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return fetch(f"{gedi.site}/hub", urlencode(form).encode(), headers)[0]


def tend(gedi: Gedi, after: timedelta = timedelta(0)) -> None:
    """A worker's hub, until nothing is under way."""
    gedi.late += after

    async def job(tools: Tools) -> None:
        hub = OwnHub()
        await hub.tend(tools)
        while hub.busy:
            await asyncio.sleep(0.01)
            await hub.tend(tools)
        await hub.stop(tools)

    gedi.work(job)


def subscribed(gedi: Gedi, listener: Listener, path: str = "/a", **more: str) -> str:
    callback = listener.url(path)
    listener.wants.setdefault(path, set()).add(gedi.site + FEED)
    assert ask(gedi, callback, **more) == 202
    tend(gedi)
    return callback


# ---------------------------------------------------------------- asked for
def test_feeds_name_the_hub_and_themselves(site: Gedi) -> None:
    with urllib.request.urlopen(site.site + FEED, timeout=10) as answer:
        links, body = answer.headers["Link"], answer.read().decode()
    assert f'<{site.site}/hub>; rel="hub"' in links
    assert f'<{site.site}{FEED}>; rel="self"' in links
    assert f'href="{site.site}/hub" rel="hub"' in body or f'rel="hub" href="{site.site}/hub"' in body
    assert "/hub" not in fetch(f"{site.site}/feeds/search.atom?q=a")[1]


WRONG: tuple[tuple[dict[str, str], int], ...] = (
    ({"mode": "publish"}, 400),
    ({"mode": ""}, 400),
    ({"topic": "http://elsewhere.example/feeds/all.atom"}, 400),
    ({"topic": "{site}/feeds/all.atom?x=1"}, 400),
    ({"topic": "{site}/feeds/all.atom#x"}, 400),
    ({"topic": "{site}/feeds/../feeds/all.atom"}, 400),
    ({"topic": "{site}/feeds/search.atom?q=a"}, 400),
    ({"topic": "{site}/feeds/nothing.atom"}, 404),
    ({"topic": "{site}/latest"}, 400),
    ({"callback": ""}, 400),
    ({"callback": "ftp://a.example/"}, 400),
    ({"callback": "http://user:pw@a.example/"}, 400),
    ({"callback": "http://a.example/#fragment"}, 400),
    ({"callback": "http://10.0.0.1/"}, 400),
    ({"callback": "http://[::1]:99/"}, 400),
    ({"callback": "http://169.254.169.254/latest"}, 400),
    ({"callback": "http://a.example/" + "x" * 1000}, 400),
    ({"secret": "s" * 200}, 400),
    ({"lease_seconds": "-1"}, 400),
    ({"lease_seconds": "a day"}, 400),
)


def test_what_is_wrong_is_said_at_once(site: Gedi) -> None:
    for change, status in WRONG:
        asked = {name: value.replace("{site}", site.site) for name, value in change.items()}
        assert ask(site, asked.pop("callback", "http://127.0.0.1:9/"), **asked) == status, change
        tend(site)
        assert site.store.subscriber_count() == 0, change


def test_a_site_that_is_no_hub_says_so(gedi: Gedi) -> None:
    assert ask(gedi, "http://127.0.0.1:9/") == 404


def test_a_subscription_counts_once_the_callback_confirms_it(site: Gedi, listener: Listener) -> None:
    subscribed(site, listener, secret="s", lease_seconds="100000")
    (asked,) = listener.asked
    assert asked["hub.mode"] == "subscribe"
    assert asked["hub.topic"] == site.site + FEED
    assert asked["hub.lease_seconds"] == "100000"
    assert len(asked["hub.challenge"]) >= 32
    assert site.store.subscriber_count() == 1
    tend(site)
    assert listener.got == {}  # it may have read what there was


@pytest.mark.parametrize("echo", ["", "wrong", "{}x"])
def test_whoever_does_not_repeat_the_challenge_gets_nothing(site: Gedi, listener: Listener, echo: str) -> None:
    listener.echo = lambda challenge: echo.replace("{}", challenge)
    subscribed(site, listener)
    assert site.store.subscriber_count() == 0
    news(site, "two")
    tend(site)
    assert listener.got == {}


def test_nobody_can_be_subscribed_by_others_nor_have_his_secret_changed(site: Gedi, listener: Listener) -> None:
    callback = subscribed(site, listener, secret="mine")
    listener.wants.clear()
    assert ask(site, callback, secret="theirs") == 202
    assert ask(site, listener.url("/victim")) == 202
    tend(site)
    news(site, "two")
    tend(site)
    ((headers, body),) = listener.got["/a"]
    assert headers["x-hub-signature"] == "sha256=" + hmac.new(b"mine", body, hashlib.sha256).hexdigest()
    assert "/victim" not in listener.got


def test_a_callback_with_a_query_keeps_it(site: Gedi, listener: Listener) -> None:
    listener.wants["/a"] = {site.site + FEED}
    assert ask(site, listener.url("/a?id=7")) == 202
    tend(site)
    assert listener.asked[0]["id"] == "7"
    assert site.store.subscriber_count() == 1


def test_a_callback_that_is_away_for_a_moment_is_asked_again(site: Gedi) -> None:
    with Listener() as first:
        address = first.url("/a")
    assert ask(site, address) == 202
    tend(site)
    assert site.store.subscriber_count() == 0
    later = site.now() + timedelta(minutes=2)
    (again,) = site.store.due_hub_requests(later, 10, timedelta(minutes=1))
    assert again.attempts == 2
    for _ in range(3):
        tend(site, timedelta(hours=1))
    assert site.store.due_hub_requests(site.now() + timedelta(days=1), 10, timedelta(0)) == []


def test_leases_end(site: Gedi, listener: Listener) -> None:
    subscribed(site, listener, lease_seconds="1")  # the shortest is a day
    tend(site, timedelta(hours=23))
    assert site.store.subscriber_count() == 1
    tend(site, timedelta(hours=2))
    assert site.store.subscriber_count() == 0


def test_unsubscribing(site: Gedi, listener: Listener) -> None:
    callback = subscribed(site, listener)
    assert ask(site, callback, mode="unsubscribe") == 202
    tend(site)
    assert site.store.subscriber_count() == 0
    news(site, "two")
    tend(site)
    assert listener.got == {}


def test_requests_are_bounded(site: Gedi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "MOST_REQUESTS_OF_HOST", 3)
    answers = [ask(site, f"http://127.0.0.1:9/{n}") for n in range(5)]
    assert answers == [202, 202, 202, 503, 503]
    assert ask(site, "http://127.0.0.1:9/0") == 202  # again the same


# ---------------------------------------------------------------- delivered
def test_a_change_is_delivered_with_its_bytes_type_links_and_signature(site: Gedi, listener: Listener) -> None:
    subscribed(site, listener, secret="geheim")
    news(site, "two")
    tend(site)
    ((headers, body),) = listener.got["/a"]
    document = site.store.document(FEED)
    assert document is not None
    assert body == document.body
    assert "消息two" in body.decode()
    assert headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert f'<{site.site}/hub>; rel="hub"' in headers["link"]
    assert f'<{site.site}{FEED}>; rel="self"' in headers["link"]
    assert headers["x-hub-signature"] == "sha256=" + hmac.new(b"geheim", body, hashlib.sha256).hexdigest()
    tend(site)
    assert len(listener.got["/a"]) == 1


def test_without_a_secret_nothing_is_signed(site: Gedi, listener: Listener) -> None:
    subscribed(site, listener)
    news(site, "two")
    tend(site)
    assert "x-hub-signature" not in listener.got["/a"][0][0]


def test_a_failure_is_tried_again_and_only_the_newest_is_delivered(site: Gedi, listener: Listener) -> None:
    subscribed(site, listener)
    listener.status["/a"] = 500
    news(site, "two")
    tend(site)
    tend(site)
    assert len(listener.got["/a"]) == 1  # not at once again
    news(site, "three")
    listener.status.clear()
    tend(site, timedelta(minutes=2))
    assert len(listener.got["/a"]) == 2
    assert "消息three" in listener.got["/a"][-1][1].decode()
    tend(site, timedelta(hours=1))
    assert len(listener.got["/a"]) == 2


def test_retries_end_after_a_day_and_the_next_change_begins_anew(site: Gedi, listener: Listener) -> None:
    subscribed(site, listener)
    listener.status["/a"] = 500
    news(site, "two")
    for _ in range(18):
        tend(site, timedelta(hours=2))
    tried = len(listener.got["/a"])
    assert 5 <= tried <= 14
    tend(site, timedelta(hours=12))
    assert len(listener.got["/a"]) == tried
    assert site.store.subscriber_count() == 1
    news(site, "three")
    tend(site)
    assert len(listener.got["/a"]) == tried + 1


def test_410_ends_a_subscription(site: Gedi, listener: Listener) -> None:
    subscribed(site, listener)
    listener.status["/a"] = 410
    news(site, "two")
    tend(site)
    assert site.store.subscriber_count() == 0


def test_one_delivery_at_a_time_to_a_callback(site: Gedi, listener: Listener) -> None:
    callback = subscribed(site, listener)
    listener.wants["/a"].add(f"{site.site}/feeds/all.json")
    assert ask(site, callback, topic=f"{site.site}/feeds/all.json") == 202
    tend(site)
    listener.slow["/a"] = 0.2
    news(site, "two")
    tend(site)
    types = sorted(headers["content-type"].partition(";")[0] for headers, _ in listener.got["/a"])
    assert types == ["application/atom+xml", "application/feed+json"]
    assert listener.most_running == 1


def test_many_subscribers_are_served_and_a_slow_one_holds_up_none(site: Gedi, listener: Listener) -> None:
    number = 60
    for n in range(number):
        listener.wants[f"/{n}"] = {site.site + FEED}
        assert ask(site, listener.url(f"/{n}")) == 202
    tend(site)
    assert site.store.subscriber_count() == number
    news(site, "two")
    listener.slow["/0"] = 1.5
    tend(site)
    assert sorted(listener.order) == sorted(f"/{n}" for n in range(number))
    assert listener.order[-1] == "/0"
    assert site.store.due_subscribers(site.now() + timedelta(hours=1), 10, timedelta(0)) == []  # all is written down


def test_a_worker_that_is_killed_leaves_nothing_undelivered(site: Gedi, listener: Listener) -> None:
    subscribed(site, listener)
    news(site, "two")
    assert len(site.store.due_subscribers(site.now(), 10, timedelta(minutes=2))) == 1  # and then the process dies
    tend(site)
    assert listener.got == {}
    site.store.release_subscribers()
    tend(site)
    assert len(listener.got["/a"]) == 1


def test_two_workers_never_have_the_same_callback(site: Gedi, listener: Listener) -> None:
    subscribed(site, listener)
    news(site, "two")
    lease = timedelta(minutes=2)
    assert len(site.store.due_subscribers(site.now(), 10, lease)) == 1
    assert site.store.due_subscribers(site.now(), 10, lease) == []
    assert len(site.store.due_subscribers(site.now() + 2 * lease, 10, lease)) == 1


# ---------------------------------------------------------------- other hubs
def test_another_hub_is_told_of_changes_until_it_knows(gedi: Gedi, listener: Listener) -> None:
    gedi.more += f'[publishing]\nhub = "{listener.url("/hub")}"\n'
    gedi.sources["lunan"] = "http://127.0.0.1:1/feed"
    gedi.restart()
    news(gedi, "one")
    assert fetch(gedi.site + FEED)[0] == 200
    listener.status["/hub"] = 500
    news(gedi, "two")
    tend(gedi)
    tend(gedi)
    assert len(listener.got["/hub"]) == 1
    listener.status.clear()
    tend(gedi, timedelta(hours=1))
    tend(gedi, timedelta(hours=1))
    assert len(listener.got["/hub"]) == 2
    headers, body = listener.got["/hub"][-1]
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert body.decode() == urlencode([("hub.mode", "publish"), ("hub.url", gedi.site + FEED)])


def test_our_subscriber_at_our_hub(site: Gedi, listener: Listener) -> None:
    """One Gedi subscribes at its own hub, and a push goes round: a feed of ours is a source of ours."""
    site.sources["mirror"] = site.site + FEED
    site.poll()
    site.tend()
    site.late += timedelta(minutes=1)
    site.tend()
    tend(site)
    (found,) = site.store.subscriptions()
    assert found.hub == f"{site.site}/hub"
    assert found.topic == site.site + FEED
    assert found.since is not None
    publish(site.store, "lunan", draft("round trip", title="绕了一圈的消息"))
    news(site, "two")
    tend(site)
    assert site.read() == 1
    mirrored = [row for row in site.store.export_items(source="mirror") if row["title"] == "绕了一圈的消息"]
    assert len(mirrored) == 1
    assert eventually(lambda: site.store.subscriptions()[0].pushes == 1)
