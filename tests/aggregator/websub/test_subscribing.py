"""Subscriptions: verification, renewal, denial, unsubscription, and addresses at which none is requested."""

from __future__ import annotations

import random
import threading
import urllib.request
from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.messages import english, push_errors
from aggregator.model import SubscriptionState
from aggregator.websub.subscriber import reconcile
from tests.aggregator.websub.conftest import Gedi
from tests.aggregator.websub.hub import Hub, deliver, fetch
from tests.aggregator.websub.outlet import after, fresh_item, next_item, old_item, only_subscription
from tests.clock import now
from tests.gedi.processes import eventually
from tests.rss import item, rss

pytestmark = pytest.mark.clock(every=34)


# ---------------------------------------------------------------- verification
@pytest.mark.parametrize(
    "changes", [{"hub.topic": "http://elsewhere.example/"}, {"hub.mode": "unsubscribe"}, {"hub.challenge": ""}]
)
def test_a_verification_that_does_not_fit_is_a_404(gedi: Gedi, hub: Hub, changes: dict[str, str]) -> None:
    hub.changes = changes
    gedi.sources["lunan"] = hub.feed("/feed", rss("鲁南", old_item()))
    gedi.learn(hub)
    gedi.run_subscriber()
    gedi.late += timedelta(minutes=1)
    gedi.run_subscriber()
    assert eventually(lambda: hub.answers == [(404, "")])
    assert only_subscription(gedi).standing is SubscriptionState.ASKED
    assert hub.push("/feed", rss("鲁南", fresh_item())) == []
    callback = hub.asked[0]["hub.callback"]
    assert (
        deliver(callback, hub.url("/feed"), hub.url("/hub"), only_subscription(gedi).secret, rss("鲁南", fresh_item()))
        == 410
    )
    assert gedi.read() == 0


def test_strangers_get_nothing(subscribed: Gedi, hub: Hub) -> None:
    query = f"?hub.mode=subscribe&hub.topic={hub.url('/feed')}&hub.challenge=x"
    assert fetch(f"{subscribed.site}/push/{'a' * 43}{query}")[0] == 404
    assert fetch(f"{subscribed.site}/push/{'a' * 43}", b"x")[0] == 410
    assert fetch(f"{subscribed.site}/push/..%2f{query}")[0] == 404
    subscribed.late += timedelta(days=1)
    assert fetch(f"{only_subscription(subscribed).callback}{query}")[0] == 404  # long after our request


def test_a_challenge_is_never_a_page(subscribed: Gedi, hub: Hub) -> None:
    address = only_subscription(subscribed).callback
    query = f"?hub.mode=subscribe&hub.topic={hub.url('/feed')}&hub.challenge=%3Cscript%3E"
    with urllib.request.urlopen(address + query, timeout=5) as answer:
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_hub_that_never_verifies_leaves_polling_as_it_was(gedi: Gedi, hub: Hub) -> None:
    hub.verify = False
    gedi.sources["lunan"] = hub.feed("/feed", rss("鲁南", old_item()))
    gedi.learn(hub)
    for _ in range(24):
        gedi.run_subscriber()
        gedi.late += timedelta(hours=2)
    assert 2 <= len(hub.asked) <= 10
    assert only_subscription(gedi).reason == push_errors.UNCONFIRMED()
    assert not gedi.is_covered_by_push()


def test_a_hub_that_refuses_is_asked_ever_more_seldom(gedi: Gedi, hub: Hub) -> None:
    hub.status = 500
    gedi.sources["lunan"] = hub.feed("/feed", rss("鲁南", old_item()))
    gedi.learn(hub)
    for _ in range(24):
        gedi.run_subscriber()
        gedi.late += timedelta(hours=2)
    assert 4 <= len(hub.asked) <= 10
    assert "HTTP 500" in (english(only_subscription(gedi).reason) or "")


def test_a_denial_ends_it_for_a_day(subscribed: Gedi, hub: Hub) -> None:
    found = only_subscription(subscribed)
    assert hub.deny(found.callback, "http://elsewhere.example/", "x") == 404
    assert hub.deny(found.callback, found.topic, "too many subscribers") == 200
    denied = only_subscription(subscribed)
    assert denied.standing is SubscriptionState.RESTING
    assert denied.reason == push_errors.DENIED_BECAUSE(reason="too many subscribers")
    assert hub.push("/feed", rss("鲁南", fresh_item())) == [410]
    subscribed.late += timedelta(hours=30)
    subscribed.run_subscriber()
    assert len(hub.asked) == 2


def test_a_lease_is_renewed_at_the_hub(subscribed: Gedi, hub: Hub) -> None:
    token, ends = only_subscription(subscribed).token, only_subscription(subscribed).lease_ends
    subscribed.late += timedelta(seconds=500)  # of 600
    subscribed.run_subscriber()
    assert eventually(lambda: only_subscription(subscribed).lease_ends != ends)
    assert only_subscription(subscribed).token == token
    assert [request["hub.mode"] for request in hub.asked] == ["subscribe", "subscribe"]


# ---------------------------------------------------------------- changes
def is_unsubscribed(gedi: Gedi, hub: Hub) -> bool:
    """Return whether the hub has received and verified the unsubscription."""
    gedi.run_subscriber()
    return eventually(lambda: not hub.subscribers) and hub.asked[-1]["hub.mode"] == "unsubscribe"


def test_a_removed_source_is_unsubscribed(subscribed: Gedi, hub: Hub) -> None:
    callback, secret = only_subscription(subscribed).callback, only_subscription(subscribed).secret
    subscribed.sources.clear()
    subscribed.learn(hub)
    assert is_unsubscribed(subscribed, hub)
    assert deliver(callback, hub.url("/feed"), hub.url("/hub"), secret, rss("鲁南", fresh_item())) == 410
    subscribed.late += timedelta(hours=2)
    subscribed.run_subscriber()
    assert subscribed.store.subscriptions() == []
    assert fetch(callback, b"x")[0] == 410


def test_switched_off_in_the_config_it_is_unsubscribed(subscribed: Gedi, hub: Hub) -> None:
    subscribed.push = "false"
    assert is_unsubscribed(subscribed, hub)


def test_a_site_that_moves_subscribes_again_from_its_new_address(subscribed: Gedi, hub: Hub) -> None:
    old = only_subscription(subscribed).callback
    subscribed.site = f"http://localhost:{subscribed.port}"
    subscribed.more += ""
    config = subscribed.config
    subscribed.config = lambda: _allowing(config(), f"localhost:{subscribed.port}")  # type: ignore[method-assign]
    subscribed.run_subscriber()
    subscribed.late += timedelta(minutes=1)
    subscribed.run_subscriber()
    assert eventually(lambda: len(hub.subscribers) == 1 and old not in hub.subscribers)
    assert only_subscription(subscribed).callback.startswith(subscribed.site)


def _allowing(config, place: str):  # type: ignore[no-untyped-def]
    polling = config.polling.model_copy(update={"allow": (*config.polling.allow, place)})
    return replace(config, settings=config.settings.model_copy(update={"polling": polling}))


def test_another_hub_takes_the_place_of_the_first(subscribed: Gedi, hub: Hub) -> None:
    with Hub() as second:
        subscribed.sources["lunan"] = second.feed("/feed", rss("鲁南", old_item(), next_item()))
        subscribed.learn(second)
        subscribed.run_subscriber()
        subscribed.late += timedelta(minutes=1)
        subscribed.run_subscriber()
        assert eventually(lambda: not hub.subscribers and len(second.subscribers) == 1)
        assert only_subscription(subscribed).hub == second.url("/hub")


def test_a_hub_that_misses_items_is_dropped_for_a_time(subscribed: Gedi, hub: Hub) -> None:
    missed = []
    for number in (10, 11):
        subscribed.late += timedelta(hours=1)
        published = subscribed.now() - timedelta(minutes=30)
        missed.append(item(f"{number}", f"没有推送的第{number}条", "", published))
        hub.feeds["/feed"] = rss("鲁南", old_item(), *missed)
        after(subscribed, lambda found: replace(found, lease_ends=subscribed.now() + timedelta(days=1)))
        subscribed.poll()
        assert not subscribed.is_covered_by_push()  # after the first missed item it is polled as usual
        (health,) = subscribed.store.source_health(subscribed.now())
        assert health.next_poll is not None
        assert health.next_poll <= subscribed.now() + timedelta(minutes=1 if number == 10 else 45)
        subscribed.poll()  # no further missed item is no evidence
    found = only_subscription(subscribed)
    assert found.standing is SubscriptionState.RESTING
    assert push_errors.MISSED.matches(found.reason)
    assert is_unsubscribed(subscribed, hub)
    subscribed.late += timedelta(hours=30)
    subscribed.run_subscriber()
    assert eventually(lambda: only_subscription(subscribed).standing is SubscriptionState.ACTIVE)
    assert only_subscription(subscribed).drops == 1


def test_a_check_poll_that_finds_only_what_was_pushed_changes_nothing(subscribed: Gedi, hub: Hub) -> None:
    after(subscribed, lambda found: replace(found, since=now() - timedelta(days=1)))
    is_covered_by_push = item("9", "推送过的一条", "", now() - timedelta(minutes=30))
    hub.push("/feed", rss("鲁南", is_covered_by_push))
    subscribed.read()
    hub.feeds["/feed"] = rss("鲁南", old_item(), is_covered_by_push)
    subscribed.poll()
    assert only_subscription(subscribed).strikes == 0


# ---------------------------------------------------------------- permitted hubs
def test_a_private_site_does_not_show_itself_to_public_hubs(gedi: Gedi, hub: Hub) -> None:
    gedi.sources["lunan"] = hub.feed("/feed", rss("鲁南", old_item()))
    gedi.learn(hub)
    row = gedi.store.sources()[0]
    with gedi.store.write_transaction() as writer:
        writer.set_hub_offers([(row.id, "https://hub.gedi.cn/", "https://a.gedi.cn/feed")])
    reconcile(gedi.store, gedi.config(), gedi.now(), random.Random(1))
    assert gedi.store.subscriptions() == []


@pytest.mark.parametrize(
    "site", ["http://localhost:8000", "http://gedi", "http://10.0.0.7", "http://gedi.lan", "http://[fe80::1]"]
)
def test_a_site_that_nobody_can_reach_asks_nobody(gedi: Gedi, hub: Hub, site: str) -> None:
    gedi.site = site
    gedi.sources["lunan"] = hub.feed("/feed", rss("鲁南", old_item()))
    gedi.learn(hub)
    gedi.run_subscriber()
    gedi.late += timedelta(minutes=1)
    gedi.run_subscriber()
    assert hub.asked == []


def test_a_hub_at_a_forbidden_address_is_not_contacted(gedi: Gedi, hub: Hub) -> None:
    gedi.sources["lunan"] = hub.feed("/feed", rss("鲁南", old_item()))
    gedi.site = "https://gedi.example.org"
    gedi.learn(hub)
    row = gedi.store.sources()[0]
    with gedi.store.write_transaction() as writer:
        writer.set_hub_offers([(row.id, "http://169.254.169.254/latest", hub.url("/feed"))])
    gedi.run_subscriber()
    gedi.late += timedelta(minutes=1)
    gedi.run_subscriber()
    found = only_subscription(gedi)
    assert found.failures == 1
    assert push_errors.REFUSED.matches(found.reason)


def test_many_subscriptions_are_spread(gedi: Gedi, hub: Hub) -> None:
    for n in range(30):
        gedi.sources[f"s{n}"] = hub.feed(f"/{n}", rss(f"{n}", old_item()))
    gedi.learn(hub)
    gedi.run_subscriber()
    waits = sorted(one.next_at - gedi.now() for one in gedi.store.subscriptions())
    assert len(waits) == 30
    assert waits[-1] > timedelta(seconds=30)


def test_two_workers_ask_once(gedi: Gedi, hub: Hub) -> None:
    for n in range(6):
        gedi.sources[f"s{n}"] = hub.feed(f"/{n}", rss(f"{n}", old_item()))
    gedi.learn(hub)
    workers = [threading.Thread(target=gedi.run_subscriber) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    gedi.late += timedelta(minutes=1)
    for _ in range(3):
        gedi.run_subscriber()
    assert len({request["hub.topic"] for request in hub.asked}) == len(hub.asked) == 6
