"""The states of a subscription, with a given time and given random numbers."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.messages import TEXT, push_errors
from aggregator.model import Subscription, SubscriptionState
from aggregator.model.push import carries
from aggregator.websub import subscription_state
from tests.aggregator.store.factories import draft

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DICE = random.Random(5)
SAID = TEXT(text="no")


def wanted(**more: object) -> Subscription:
    values: dict[str, object] = {
        "id": 1,
        "source_id": 1,
        "hub": "https://hub.example/",
        "topic": "https://a.example/feed",
        "token": "t" * 40,
        "callback": "https://gedi.example/push/" + "t" * 40,
        "secret": "s",
        "standing": SubscriptionState.WANTED,
        "next_at": NOW,
    }
    return Subscription(**values | more)  # type: ignore[arg-type]


def active(**more: object) -> Subscription:
    found = subscription_state.verified(subscription_state.requested(wanted(), NOW), 10 * DAY, NOW, DICE)
    return replace(found, **more)  # type: ignore[arg-type]


def test_a_request_is_known_before_it_goes_out_and_verified_once_or_twice() -> None:
    asked, post_to_hub = subscription_state.advance(wanted(), NOW, DICE)
    assert post_to_hub
    assert asked is not None
    assert asked.standing is SubscriptionState.ASKED
    assert subscription_state.matches_pending(asked, "subscribe", asked.topic, NOW)
    found = subscription_state.verified(asked, 10 * DAY, NOW, DICE)
    assert found.standing is SubscriptionState.ACTIVE
    assert subscription_state.matches_pending(
        found, "subscribe", found.topic, NOW + MINUTE
    )  # our response was lost; the hub verifies again
    assert not subscription_state.matches_pending(found, "subscribe", found.topic, NOW + 2 * HOUR)


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
    assert not subscription_state.matches_pending(subscription_state.requested(wanted(), NOW), mode, topic, NOW)


def test_nothing_is_confirmed_without_a_request() -> None:
    assert not subscription_state.matches_pending(wanted(), "subscribe", "https://a.example/feed", NOW)
    assert not subscription_state.matches_pending(wanted(), "", "https://a.example/feed", NOW)


def test_a_lease_is_renewed_before_it_ends() -> None:
    for days in (1, 10, 30):
        found = subscription_state.verified(subscription_state.requested(wanted(), NOW), days * DAY, NOW, DICE)
        assert found.lease_ends == NOW + days * DAY
        assert 0.6 * days * DAY <= found.next_at - NOW <= 0.8 * days * DAY
        again, post_to_hub = subscription_state.advance(found, found.next_at, DICE)
        assert post_to_hub
        assert again is not None
        assert again.standing is SubscriptionState.ACTIVE  # deliveries continue


@pytest.mark.parametrize("lease", [None, timedelta(0), timedelta(seconds=1), timedelta(days=36500)])
def test_absurd_leases_are_bounded(lease: timedelta | None) -> None:
    found = subscription_state.verified(subscription_state.requested(wanted(), NOW), lease, NOW, DICE)
    assert found.lease_ends is not None
    assert subscription_state.MIN_LEASE <= found.lease_ends - NOW <= subscription_state.MAX_LEASE


def test_a_site_that_hubs_cannot_reach_is_tried_ever_more_seldom() -> None:
    found: Subscription | None = wanted()
    now, requests, waits = NOW, 0, []
    while now < NOW + 10 * DAY:
        assert found is not None
        found, post_to_hub = subscription_state.advance(found, now, DICE)
        assert found is not None
        requests += post_to_hub
        waits.append(found.next_at - now)
        now = found.next_at
    assert requests < 20
    assert max(waits) <= 1.2 * subscription_state.MAX_RETRY
    assert found is not None
    assert found.reason == push_errors.UNCONFIRMED()
    assert not carries(found, now)


def test_a_verification_that_comes_late_still_counts() -> None:
    asked = subscription_state.requested(wanted(), NOW)
    late, post_to_hub = subscription_state.advance(asked, asked.next_at, DICE)
    assert not post_to_hub
    assert late is not None
    assert late.standing is SubscriptionState.WANTED
    assert subscription_state.matches_pending(late, "subscribe", late.topic, asked.next_at + MINUTE)


def test_a_refused_request_awaits_no_verification() -> None:
    refused = subscription_state.request_failed(subscription_state.requested(wanted(), NOW), SAID, NOW, DICE)
    assert refused is not None
    assert refused.standing is SubscriptionState.WANTED
    assert not subscription_state.matches_pending(refused, "subscribe", refused.topic, NOW)


def test_a_failed_renewal_keeps_what_runs_and_a_lapsed_lease_begins_anew() -> None:
    found = active()
    asked, _ = subscription_state.advance(found, found.next_at, DICE)
    assert asked is not None
    failed = subscription_state.request_failed(asked, SAID, found.next_at, DICE)
    assert failed is not None
    assert failed.standing is SubscriptionState.ACTIVE
    assert carries(failed, found.next_at)
    later = NOW + 11 * DAY
    assert not carries(failed, later)
    lapsed, post_to_hub = subscription_state.advance(failed, later, DICE)
    assert post_to_hub
    assert lapsed is not None
    assert lapsed.standing is SubscriptionState.ASKED


def test_a_failure_that_is_overtaken_by_the_verification_changes_nothing() -> None:
    found = active()
    assert subscription_state.request_failed(found, SAID, NOW, DICE) == found


def test_a_denial_rests_the_subscription() -> None:
    found = subscription_state.denied(active(), "no more", NOW, DICE)
    assert found is not None
    assert found.standing is SubscriptionState.RESTING
    assert found.reason == push_errors.DENIED_BECAUSE(reason="no more")
    assert found.next_at > NOW + 12 * HOUR
    assert subscription_state.advance(found, found.next_at, DICE)[1]


def test_a_farewell_is_said_a_few_times_and_then_left_to_the_lease() -> None:
    found: Subscription | None = replace(active(), standing=SubscriptionState.LEAVING, pending=None, next_at=NOW)
    now, requests = NOW, 0
    while found is not None:
        found, post_to_hub = subscription_state.advance(found, now, DICE)
        requests += post_to_hub
        now += DAY
    assert requests == subscription_state.MAX_UNSUBSCRIBE_ATTEMPTS


def test_an_ended_subscription_is_forgotten_after_a_while() -> None:
    leaving = subscription_state.requested(replace(active(), standing=SubscriptionState.LEAVING), NOW)
    unsubscribed = subscription_state.verified(leaving, None, NOW, DICE)
    assert unsubscribed.standing is SubscriptionState.LEFT
    assert subscription_state.matches_pending(unsubscribed, "unsubscribe", unsubscribed.topic, NOW + MINUTE)
    assert subscription_state.advance(unsubscribed, unsubscribed.next_at, DICE) == (None, False)


def test_only_items_that_should_have_been_pushed_count_as_missed() -> None:
    found = active(since=NOW - DAY)
    drafts = [
        draft("just now", minutes=1),
        draft("missed", minutes=30),
        draft("before we subscribed", minutes=2 * 24 * 60),
        draft("without a date", minutes=40, dated=False),
    ]
    drafts = [replace(one, published=one.published - (draft("x").published - NOW)) for one in drafts]
    assert subscription_state.missed_items(found, drafts, NOW) == 1
    assert subscription_state.missed_items(wanted(), drafts, NOW) == 0


def test_a_hub_that_missed_something_is_no_longer_relied_on_until_it_delivers_again() -> None:
    once = subscription_state.after_check_poll(active(), 2, NOW)
    assert not carries(once, NOW)
    assert subscription_state.accepts_deliveries(once, NOW)
    assert subscription_state.after_check_poll(once, 0, NOW + HOUR) == once  # no items, so no evidence
    delivered = replace(once, last_push=NOW + HOUR)
    assert carries(subscription_state.after_check_poll(delivered, 0, NOW + 2 * HOUR), NOW)
    assert subscription_state.after_check_poll(delivered, 1, NOW + 2 * HOUR).strikes == subscription_state.MAX_STRIKES


def test_rests_grow() -> None:
    assert [subscription_state.cooldown(drops) / DAY for drops in (0, 1, 2, 99)] == [1, 2, 4, 30]
