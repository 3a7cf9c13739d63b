"""Deliveries of our hub to real subscribers, failures, and notifications of other hubs."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tests.aggregator.store.factories import draft, publish
from tests.aggregator.websub.conftest import Gedi
from tests.aggregator.websub.hub import fetch
from tests.aggregator.websub.listener import Listener
from tests.aggregator.websub.own_hub import FEED, post_to_hub, publish_item, run_hub, subscribe
from tests.gedi.processes import eventually

pytestmark = pytest.mark.clock(every=34)


def test_a_change_is_delivered_with_its_bytes_type_links_and_signature(site: Gedi, listener: Listener) -> None:
    subscribe(site, listener, secret="geheim")
    publish_item(site, "two")
    run_hub(site)
    ((headers, body),) = listener.got["/a"]
    document = site.store.get_document(FEED)
    assert document is not None
    assert body == document.body
    assert "消息two" in body.decode()
    assert headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert f'<{site.site}/hub>; rel="hub"' in headers["link"]
    assert f'<{site.site}{FEED}>; rel="self"' in headers["link"]
    assert headers["x-hub-signature"] == "sha256=" + hmac.new(b"geheim", body, hashlib.sha256).hexdigest()
    run_hub(site)
    assert len(listener.got["/a"]) == 1


def test_without_a_secret_nothing_is_signed(site: Gedi, listener: Listener) -> None:
    subscribe(site, listener)
    publish_item(site, "two")
    run_hub(site)
    assert "x-hub-signature" not in listener.got["/a"][0][0]


def test_a_failure_is_tried_again_and_only_the_newest_is_delivered(site: Gedi, listener: Listener) -> None:
    subscribe(site, listener)
    listener.status["/a"] = 500
    publish_item(site, "two")
    run_hub(site)
    run_hub(site)
    assert len(listener.got["/a"]) == 1  # no immediate retry
    publish_item(site, "three")
    listener.status.clear()
    run_hub(site, timedelta(minutes=2))
    assert len(listener.got["/a"]) == 2
    assert "消息three" in listener.got["/a"][-1][1].decode()
    run_hub(site, timedelta(hours=1))
    assert len(listener.got["/a"]) == 2


def test_retries_end_after_a_day_and_the_next_change_begins_anew(site: Gedi, listener: Listener) -> None:
    subscribe(site, listener)
    listener.status["/a"] = 500
    publish_item(site, "two")
    for _ in range(18):
        run_hub(site, timedelta(hours=2))
    tried = len(listener.got["/a"])
    assert 5 <= tried <= 14
    run_hub(site, timedelta(hours=12))
    assert len(listener.got["/a"]) == tried
    assert site.store.count_subscribers() == 1
    publish_item(site, "three")
    run_hub(site)
    assert len(listener.got["/a"]) == tried + 1


def test_410_ends_a_subscription(site: Gedi, listener: Listener) -> None:
    subscribe(site, listener)
    listener.status["/a"] = 410
    publish_item(site, "two")
    run_hub(site)
    assert site.store.count_subscribers() == 0


def test_a_callback_that_leads_elsewhere_has_failed(site: Gedi, listener: Listener) -> None:
    """A redirect is a failure, both of a verification (WebSub 5.3) and of a delivery (7)."""
    listener.moved["/asked"] = "/elsewhere"
    listener.wants["/elsewhere"] = {site.site + FEED}
    assert post_to_hub(site, listener.url("/asked")) == 202
    run_hub(site)
    assert site.store.count_subscribers() == 0
    subscribe(site, listener)
    listener.moved["/a"] = "/elsewhere"
    publish_item(site, "two")
    run_hub(site)
    assert list(listener.got) == ["/a"]
    listener.moved.clear()
    run_hub(site, timedelta(minutes=2))
    assert len(listener.got["/a"]) == 2


def test_one_delivery_at_a_time_to_a_callback(site: Gedi, listener: Listener) -> None:
    callback = subscribe(site, listener)
    listener.wants["/a"].add(f"{site.site}/feeds/all.json")
    assert post_to_hub(site, callback, topic=f"{site.site}/feeds/all.json") == 202
    run_hub(site)
    listener.slow["/a"] = 0.2
    publish_item(site, "two")
    run_hub(site)
    types = sorted(headers["content-type"].partition(";")[0] for headers, _ in listener.got["/a"])
    assert types == ["application/atom+xml", "application/feed+json"]
    assert listener.most_running == 1


def test_many_subscribers_are_served_and_a_slow_one_holds_up_none(site: Gedi, listener: Listener) -> None:
    number = 60
    for n in range(number):
        listener.wants[f"/{n}"] = {site.site + FEED}
        assert post_to_hub(site, listener.url(f"/{n}")) == 202
    run_hub(site)
    assert site.store.count_subscribers() == number
    publish_item(site, "two")
    listener.slow["/0"] = 1.5
    run_hub(site)
    assert sorted(listener.order) == sorted(f"/{n}" for n in range(number))
    assert listener.order[-1] == "/0"
    assert (
        site.store.claim_due_subscribers(site.now() + timedelta(hours=1), 10, timedelta(0), "me") == []
    )  # the state is in the database


def test_a_worker_that_is_killed_leaves_nothing_undelivered(site: Gedi, listener: Listener) -> None:
    subscribe(site, listener)
    publish_item(site, "two")
    assert (
        len(site.store.claim_due_subscribers(site.now(), 10, timedelta(minutes=2), "me")) == 1
    )  # and then the process dies
    run_hub(site)
    assert listener.got == {}
    site.store.leave("me", site.now())
    run_hub(site)
    assert len(listener.got["/a"]) == 1


def test_two_workers_never_have_the_same_callback(site: Gedi, listener: Listener) -> None:
    subscribe(site, listener)
    publish_item(site, "two")
    lease = timedelta(minutes=2)
    assert len(site.store.claim_due_subscribers(site.now(), 10, lease, "me")) == 1
    assert site.store.claim_due_subscribers(site.now(), 10, lease, "me") == []
    assert len(site.store.claim_due_subscribers(site.now() + 2 * lease, 10, lease, "me")) == 1


# ---------------------------------------------------------------- other hubs
def test_another_hub_is_told_of_changes_until_it_knows(gedi: Gedi, listener: Listener) -> None:
    gedi.more += f'[publishing]\nhub = "{listener.url("/hub")}"\n'
    gedi.sources["lunan"] = "http://127.0.0.1:1/feed"
    gedi.restart()
    publish_item(gedi, "one")
    assert fetch(gedi.site + FEED)[0] == 200
    listener.status["/hub"] = 500
    publish_item(gedi, "two")
    run_hub(gedi)
    run_hub(gedi)
    assert len(listener.got["/hub"]) == 1
    listener.status.clear()
    run_hub(gedi, timedelta(hours=1))
    run_hub(gedi, timedelta(hours=1))
    assert len(listener.got["/hub"]) == 2
    headers, body = listener.got["/hub"][-1]
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert body.decode() == urlencode([("hub.mode", "publish"), ("hub.url", gedi.site + FEED)])


def test_our_subscriber_at_our_hub(site: Gedi, listener: Listener) -> None:
    """An instance subscribes at its own hub and receives its own push: one of its feeds is one of its sources."""
    site.sources["mirror"] = site.site + FEED
    site.poll()
    site.run_subscriber()
    site.late += timedelta(minutes=1)
    site.run_subscriber()
    run_hub(site)
    (found,) = site.store.subscriptions()
    assert found.hub == f"{site.site}/hub"
    assert found.topic == site.site + FEED
    assert found.since is not None
    publish(site.store, "lunan", draft("round trip", title="绕了一圈的消息"))
    publish_item(site, "two")
    run_hub(site)
    assert site.read() == 1
    mirrored = [row for row in site.store.export_items(source="mirror") if row["title"] == "绕了一圈的消息"]
    assert len(mirrored) == 1
    assert eventually(lambda: site.store.subscriptions()[0].pushes == 1)
