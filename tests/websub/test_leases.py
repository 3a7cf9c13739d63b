"""The life of a subscription, step by step: the clock and the dice are given."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator import leases
from aggregator.model import Standing, Subscription
from tests.store.making import draft

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DICE = random.Random(5)


def wanted(**more: object) -> Subscription:
    values: dict[str, object] = {
        "id": 1,
        "source_id": 1,
        "hub": "https://hub.example/",
        "topic": "https://a.example/feed",
        "token": "t" * 40,
        "callback": "https://gedi.example/push/" + "t" * 40,
        "secret": "s",
        "standing": Standing.WANTED,
        "next_at": NOW,
    }
    return Subscription(**values | more)  # type: ignore[arg-type]


def active(**more: object) -> Subscription:
    found = leases.verified(leases.asked(wanted(), NOW), 10 * DAY, NOW, DICE)
    return replace(found, **more)  # type: ignore[arg-type]


def test_a_request_is_known_before_it_goes_out_and_verified_once_or_twice() -> None:
    asked, ask = leases.look(wanted(), NOW, DICE)
    assert ask
    assert asked is not None
    assert asked.standing is Standing.ASKED
    assert leases.answers(asked, "subscribe", asked.topic, NOW)
    found = leases.verified(asked, 10 * DAY, NOW, DICE)
    assert found.standing is Standing.ACTIVE
    assert leases.answers(found, "subscribe", found.topic, NOW + MINUTE)  # our answer was lost, the hub asks again
    assert not leases.answers(found, "subscribe", found.topic, NOW + 2 * HOUR)


@pytest.mark.parametrize(
    ("mode", "topic"),
    [
        ("unsubscribe", "https://a.example/feed"),
        ("subscribe", "https://b.example/feed"),
        ("subscribe", ""),
        ("", "https://a.example/feed"),
        ("订阅", "https://a.example/feed"),
    ],
)
def test_what_we_did_not_ask_for_is_not_confirmed(mode: str, topic: str) -> None:
    assert not leases.answers(leases.asked(wanted(), NOW), mode, topic, NOW)


def test_nothing_is_confirmed_without_a_request() -> None:
    assert not leases.answers(wanted(), "subscribe", "https://a.example/feed", NOW)
    assert not leases.answers(wanted(), "", "https://a.example/feed", NOW)


def test_a_lease_is_renewed_before_it_ends() -> None:
    for days in (1, 10, 30):
        found = leases.verified(leases.asked(wanted(), NOW), days * DAY, NOW, DICE)
        assert found.lease_ends == NOW + days * DAY
        assert 0.6 * days * DAY <= found.next_at - NOW <= 0.8 * days * DAY
        again, ask = leases.look(found, found.next_at, DICE)
        assert ask
        assert again is not None
        assert again.standing is Standing.ACTIVE  # deliveries go on meanwhile


@pytest.mark.parametrize("lease", [None, timedelta(0), timedelta(seconds=1), timedelta(days=36500)])
def test_absurd_leases_are_bounded(lease: timedelta | None) -> None:
    found = leases.verified(leases.asked(wanted(), NOW), lease, NOW, DICE)
    assert found.lease_ends is not None
    assert leases.SHORTEST_LEASE <= found.lease_ends - NOW <= leases.LONGEST_LEASE


def test_a_site_that_hubs_cannot_reach_is_tried_ever_more_seldom() -> None:
    found: Subscription | None = wanted()
    now, requests, waits = NOW, 0, []
    while now < NOW + 10 * DAY:
        assert found is not None
        found, ask = leases.look(found, now, DICE)
        assert found is not None
        requests += ask
        waits.append(found.next_at - now)
        now = found.next_at
    assert requests < 20
    assert max(waits) <= 1.2 * leases.LAST_RETRY
    assert found is not None
    assert found.reason == leases.NEVER_VERIFIED
    assert not leases.carries(found, now)


def test_a_verification_that_comes_late_still_counts() -> None:
    asked = leases.asked(wanted(), NOW)
    late, ask = leases.look(asked, asked.next_at, DICE)
    assert not ask
    assert late is not None
    assert late.standing is Standing.WANTED
    assert leases.answers(late, "subscribe", late.topic, asked.next_at + MINUTE)


def test_a_refused_request_awaits_no_verification() -> None:
    refused = leases.failed(leases.asked(wanted(), NOW), "no", NOW, DICE)
    assert refused is not None
    assert refused.standing is Standing.WANTED
    assert not leases.answers(refused, "subscribe", refused.topic, NOW)


def test_a_failed_renewal_keeps_what_runs_and_a_lapsed_lease_begins_anew() -> None:
    found = active()
    asked, _ = leases.look(found, found.next_at, DICE)
    assert asked is not None
    failed = leases.failed(asked, "no", found.next_at, DICE)
    assert failed is not None
    assert failed.standing is Standing.ACTIVE
    assert leases.carries(failed, found.next_at)
    later = NOW + 11 * DAY
    assert not leases.carries(failed, later)
    lapsed, ask = leases.look(failed, later, DICE)
    assert ask
    assert lapsed is not None
    assert lapsed.standing is Standing.ASKED


def test_a_failure_that_is_overtaken_by_the_verification_changes_nothing() -> None:
    found = active()
    assert leases.failed(found, "timeout", NOW, DICE) == found


def test_a_denial_rests_the_subscription() -> None:
    found = leases.denied(active(), "no more", NOW, DICE)
    assert found is not None
    assert found.standing is Standing.RESTING
    assert "no more" in (found.reason or "")
    assert found.next_at > NOW + 12 * HOUR
    assert leases.look(found, found.next_at, DICE)[1]


def test_a_farewell_is_said_a_few_times_and_then_left_to_the_lease() -> None:
    found: Subscription | None = replace(active(), standing=Standing.LEAVING, pending=None, next_at=NOW)
    now, requests = NOW, 0
    while found is not None:
        found, ask = leases.look(found, now, DICE)
        requests += ask
        now += DAY
    assert requests == leases.FAREWELLS


def test_an_ended_subscription_is_forgotten_after_a_while() -> None:
    leaving = leases.asked(replace(active(), standing=Standing.LEAVING), NOW)
    left = leases.verified(leaving, None, NOW, DICE)
    assert left.standing is Standing.LEFT
    assert leases.answers(left, "unsubscribe", left.topic, NOW + MINUTE)
    assert leases.look(left, left.next_at, DICE) == (None, False)


def test_only_items_that_should_have_been_pushed_count_as_missed() -> None:
    found = active(since=NOW - DAY)
    drafts = [
        draft("just now", minutes=1),
        draft("missed", minutes=30),
        draft("before we subscribed", minutes=2 * 24 * 60),
        draft("without a date", minutes=40, dated=False),
    ]
    drafts = [replace(one, published=one.published - (draft("x").published - NOW)) for one in drafts]
    assert leases.missed(found, drafts, NOW) == 1
    assert leases.missed(wanted(), drafts, NOW) == 0


def test_a_hub_that_missed_something_is_no_longer_relied_on_until_it_delivers_again() -> None:
    once = leases.checked(active(), 2, NOW)
    assert not leases.carries(once, NOW)
    assert leases.accepts(once, NOW)
    assert leases.checked(once, 0, NOW + HOUR) == once  # nothing was published: that proves nothing
    delivered = replace(once, last_push=NOW + HOUR)
    assert leases.carries(leases.checked(delivered, 0, NOW + 2 * HOUR), NOW)
    assert leases.checked(delivered, 1, NOW + 2 * HOUR).strikes == leases.STRIKES


def test_rests_grow() -> None:
    assert [leases.rest(drops) / DAY for drops in (0, 1, 2, 99)] == [1, 2, 4, 30]
