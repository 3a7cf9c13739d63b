"""Our own hub with real subscribers: requests, verification and leases."""

from __future__ import annotations

import hashlib
import hmac
import urllib.request
from datetime import timedelta

import pytest

from aggregator.store.api import websub_hub
from tests.aggregator.websub.conftest import Gedi
from tests.aggregator.websub.hub import fetch
from tests.aggregator.websub.listener import Listener
from tests.aggregator.websub.own_hub import FEED, post_to_hub, publish_item, run_hub, subscribe

pytestmark = pytest.mark.clock(every=34)


def test_feeds_name_the_hub_and_themselves(site: Gedi) -> None:
    with urllib.request.urlopen(site.site + FEED, timeout=10) as answer:
        links, body = answer.headers["Link"], answer.read().decode()
    assert f'<{site.site}/hub>; rel="hub"' in links
    assert f'<{site.site}{FEED}>; rel="self"' in links
    assert f'<link href="{site.site}/hub" rel="hub"/>' in body
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
        assert post_to_hub(site, asked.pop("callback", "http://127.0.0.1:9/"), **asked) == status, change
        run_hub(site)
        assert site.store.count_subscribers() == 0, change


def test_a_site_that_is_no_hub_says_so(gedi: Gedi) -> None:
    assert post_to_hub(gedi, "http://127.0.0.1:9/") == 404


def test_a_subscription_counts_once_the_callback_confirms_it(site: Gedi, listener: Listener) -> None:
    subscribe(site, listener, secret="s", lease_seconds="100000")
    (asked,) = listener.asked
    assert asked["hub.mode"] == "subscribe"
    assert asked["hub.topic"] == site.site + FEED
    assert asked["hub.lease_seconds"] == "100000"
    assert len(asked["hub.challenge"]) >= 32
    assert site.store.count_subscribers() == 1
    run_hub(site)
    assert listener.got == {}  # the subscriber may have read the current version


def test_any_2xx_that_repeats_the_challenge_confirms_and_nothing_else(site: Gedi, listener: Listener) -> None:
    for number, (status, confirmed) in enumerate(((201, 1), (202, 2), (206, 3), (304, 3), (400, 3), (500, 3))):
        listener.confirms = status
        subscribe(site, listener, f"/{number}")
        assert site.store.count_subscribers() == confirmed, status


@pytest.mark.parametrize("echo", ["", "wrong", "{}x"])
def test_whoever_does_not_repeat_the_challenge_gets_nothing(site: Gedi, listener: Listener, echo: str) -> None:
    listener.echo = lambda challenge: echo.replace("{}", challenge)
    subscribe(site, listener)
    assert site.store.count_subscribers() == 0
    publish_item(site, "two")
    run_hub(site)
    assert listener.got == {}


def test_nobody_can_be_subscribed_by_others_nor_have_his_secret_changed(site: Gedi, listener: Listener) -> None:
    callback = subscribe(site, listener, secret="mine")
    listener.wants.clear()
    assert post_to_hub(site, callback, secret="theirs") == 202
    assert post_to_hub(site, listener.url("/victim")) == 202
    run_hub(site)
    publish_item(site, "two")
    run_hub(site)
    ((headers, body),) = listener.got["/a"]
    assert headers["x-hub-signature"] == "sha256=" + hmac.new(b"mine", body, hashlib.sha256).hexdigest()
    assert "/victim" not in listener.got


def test_a_callback_with_a_query_keeps_it(site: Gedi, listener: Listener) -> None:
    listener.wants["/a"] = {site.site + FEED}
    assert post_to_hub(site, listener.url("/a?id=7")) == 202
    run_hub(site)
    assert listener.asked[0]["id"] == "7"
    assert site.store.count_subscribers() == 1


def test_a_callback_that_is_away_for_a_moment_is_asked_again(site: Gedi) -> None:
    with Listener() as first:
        address = first.url("/a")
    assert post_to_hub(site, address) == 202
    run_hub(site)
    assert site.store.count_subscribers() == 0
    later = site.now() + timedelta(minutes=2)
    (again,) = site.store.claim_hub_requests(later, 10, timedelta(minutes=1), "me")
    assert again.attempts == 2
    for _ in range(3):
        run_hub(site, timedelta(hours=1))
    assert site.store.claim_hub_requests(site.now() + timedelta(days=1), 10, timedelta(0), "me") == []


def test_leases_end(site: Gedi, listener: Listener) -> None:
    subscribe(site, listener, lease_seconds="1")  # the shortest is a day
    run_hub(site, timedelta(hours=23))
    assert site.store.count_subscribers() == 1
    run_hub(site, timedelta(hours=2))
    assert site.store.count_subscribers() == 0


def test_unsubscribing(site: Gedi, listener: Listener) -> None:
    callback = subscribe(site, listener)
    assert post_to_hub(site, callback, mode="unsubscribe") == 202
    run_hub(site)
    assert site.store.count_subscribers() == 0
    publish_item(site, "two")
    run_hub(site)
    assert listener.got == {}


def test_requests_are_bounded(site: Gedi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websub_hub, "MAX_REQUESTS_OF_HOST", 3)
    answers = [post_to_hub(site, f"http://127.0.0.1:9/{n}") for n in range(5)]
    assert answers == [202, 202, 202, 503, 503]
    assert post_to_hub(site, "http://127.0.0.1:9/0") == 202  # again the same
