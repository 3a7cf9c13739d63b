"""Gedi as a subscriber: subscription, verification, delivery, renewal and unsubscription, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.model import PollSelection
from aggregator.store.api.websub_subscriptions import MAX_WAITING
from tests.aggregator.websub.conftest import Gedi
from tests.aggregator.websub.hub import Hub, fetch
from tests.aggregator.websub.outlet import fresh_item, next_item, old_item, only_subscription
from tests.clock import now
from tests.gedi.processes import eventually
from tests.rss import OTHER, item, rss

pytestmark = pytest.mark.clock(every=34)


def test_a_feed_that_names_a_hub_is_subscribed_there(gedi: Gedi, hub: Hub) -> None:
    subscribed = gedi
    gedi.sources["lunan"] = hub.feed("/feed", rss("鲁南", old_item()))
    gedi.poll()
    gedi.run_subscriber()
    gedi.late += timedelta(minutes=1)
    gedi.run_subscriber()
    assert eventually(lambda: bool(hub.answers))
    (request,) = hub.asked
    found = only_subscription(subscribed)
    assert request["hub.mode"] == "subscribe"
    assert request["hub.topic"] == hub.url("/feed")
    assert request["hub.callback"] == f"{subscribed.site}/push/{found.token}"
    assert request["hub.secret"] == found.secret
    assert int(request["hub.lease_seconds"]) == 864000
    assert len(found.token) >= 43
    assert found.secret not in request["hub.callback"]
    assert hub.answers == [(200, "a-challenge-nobody-guesses")]
    subscribed.run_subscriber()
    assert len(hub.asked) == 1  # no request is repeated


def test_a_push_is_stored_like_a_fetched_document(subscribed: Gedi, hub: Hub) -> None:
    before = hub.polls
    assert hub.push("/feed", rss("鲁南", fresh_item())) == [202]
    assert subscribed.read() == 1
    assert "秋汛鲅鱼上岸渔村摆开长桌宴" in subscribed.titles()
    assert "秋汛鲅鱼上岸渔村摆开长桌宴" in fetch(f"{subscribed.site}/feeds/all.atom")[1]
    found = only_subscription(subscribed)
    assert (found.pushes, found.ignored) == (1, 0)
    assert hub.polls == before


def test_the_validators_of_polls_stay_as_they_were(subscribed: Gedi, hub: Hub) -> None:
    subscribed.poll()
    (before,) = subscribed.store.claim_polls(subscribed.now(), 1, timedelta(0), "test", PollSelection(all_sources=True))
    subscribed.store.release_leases("test")
    hub.push("/feed", rss("鲁南", fresh_item()))
    subscribed.read()
    (poll,) = subscribed.store.claim_polls(subscribed.now(), 1, timedelta(0), "test", PollSelection(all_sources=True))
    assert poll.validators == before.validators
    assert poll.validators.body_hash is not None
    assert poll.covered_by_push


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_every_method_of_signing_is_known(subscribed: Gedi, hub: Hub, method: str) -> None:
    assert hub.push("/feed", rss("鲁南", fresh_item()), method=method) == [202]
    assert subscribed.read() == 1


@pytest.mark.parametrize(
    ("signature", "headers"),
    [
        ("sha256=" + "0" * 64, {}),
        ("", {}),
        ("md5=" + "0" * 32, {}),
        ("sha256", {}),
        ("=", {}),
        ("sha256=中", {}),
        (None, {"Link": '<http://elsewhere.example/feed>; rel="self"'}),
        (None, {"Content-Type": "image/png"}),
        (None, {"Content-Type": "multipart/form-data; boundary=x"}),
    ],
)
def test_what_cannot_be_believed_is_answered_kindly_and_ignored(
    subscribed: Gedi, hub: Hub, signature: str | None, headers: dict[str, str]
) -> None:
    signature = signature.encode().decode("latin-1") if signature else signature
    assert hub.push("/feed", rss("鲁南", fresh_item()), signature=signature, headers=headers) == [202]
    assert subscribed.read() == 0
    assert only_subscription(subscribed).ignored == 1
    assert only_subscription(subscribed).reason


def test_a_giant_push_is_refused_unread(subscribed: Gedi, hub: Hub) -> None:
    assert hub.push("/feed", b"x" * 100_001) == [413]
    assert subscribed.read() == 0


def test_a_packed_push_is_refused(subscribed: Gedi, hub: Hub) -> None:
    assert hub.push("/feed", b"x", headers={"Content-Encoding": "gzip"}) == [415]


def test_a_push_that_is_no_feed_is_counted_and_stops_nothing(subscribed: Gedi, hub: Hub) -> None:
    hub.push("/feed", b"this is no feed")
    hub.push("/feed", rss("鲁南", fresh_item()))
    assert subscribed.read() == 2
    found = only_subscription(subscribed)
    assert (found.pushes, found.ignored) == (1, 1)
    assert "秋汛鲅鱼上岸渔村摆开长桌宴" in subscribed.titles()


def test_a_replayed_push_does_not_bring_back_an_earlier_state(subscribed: Gedi, hub: Hub) -> None:
    first = rss("鲁南", fresh_item())
    second = rss("鲁南", item("2", "长桌宴改在周日举行", OTHER, now()))
    for body in (first, second, first):
        assert hub.push("/feed", body) == [202]
        subscribed.read()
    assert "长桌宴改在周日举行" in subscribed.titles()
    assert only_subscription(subscribed).pushes == 2


def test_the_box_of_a_source_is_bounded(subscribed: Gedi, hub: Hub) -> None:
    answers = [hub.push("/feed", rss("鲁南", item(f"n{n}", f"第{n}条", "")))[0] for n in range(MAX_WAITING + 2)]
    assert answers == [202] * MAX_WAITING + [503] * 2
    assert subscribed.read() == MAX_WAITING
    assert hub.push("/feed", rss("鲁南", fresh_item())) == [202]


def test_a_reader_that_was_killed_loses_nothing(subscribed: Gedi, hub: Hub) -> None:
    hub.push("/feed", rss("鲁南", fresh_item()))
    lease = timedelta(minutes=2)
    assert len(subscribed.store.claim_pushes(subscribed.now(), 5, lease, "me")) == 1  # and then the process dies
    assert subscribed.store.claim_pushes(subscribed.now(), 5, lease, "me") == []
    subscribed.late += timedelta(minutes=3)
    assert subscribed.read() == 1
    assert "秋汛鲅鱼上岸渔村摆开长桌宴" in subscribed.titles()


def test_a_push_that_kills_its_readers_is_given_up(subscribed: Gedi, hub: Hub) -> None:
    hub.push("/feed", rss("鲁南", fresh_item()))
    hub.push("/feed", rss("鲁南", next_item()))
    for _ in range(3):
        assert len(subscribed.store.claim_pushes(subscribed.now(), 5, timedelta(minutes=2), "me")) == 1
        subscribed.late += timedelta(minutes=3)
    assert subscribed.read() == 1
    assert "翠湖边的退休教师合唱团唱了十年" in subscribed.titles()


def test_a_restarted_worker_need_not_wait_for_leases(subscribed: Gedi, hub: Hub) -> None:
    hub.push("/feed", rss("鲁南", fresh_item()))
    subscribed.store.claim_pushes(subscribed.now(), 5, timedelta(minutes=2), "me")
    subscribed.store.leave("me", subscribed.now())
    assert subscribed.read() == 1
