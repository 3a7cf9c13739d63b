"""When to come back: tables of (what happened, when next)."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from aggregator.messages import TEXT, Message, poll_reasons
from aggregator.model import Failed, Fetched, NotModified, ParsedDocument, Poll, Source, SourceState, Validators
from aggregator.polling.publishing_profile import PublishingProfile
from aggregator.polling.schedule import NextPoll, plan_next_poll, redirect_state, request_validators, source_state
from tests.aggregator.settings import Settings

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SETTINGS = Settings()  # 30 min, between 5 min and 6 h
SOURCE = Source(1, "lunan", "http://example.org/feed", "鲁南晚报")
VISITED = Poll(SOURCE, SOURCE.url, interval=timedelta(minutes=30), last_success=NOW - timedelta(minutes=30))
FIRST = replace(VISITED, last_success=None)
TIMEOUT = Failed("timeout", TEXT(text="Too slow."))
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def ok(**headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched(SOURCE.url, 200, named, b"<rss/>", 0.1)


def later(
    poll: Poll, outcome: Fetched | NotModified | Failed, settings: Settings = SETTINGS, **facts: object
) -> NextPoll:
    return plan_next_poll(poll, outcome, settings=settings, now=NOW, rng=random.Random(1), **facts)  # type: ignore[arg-type]


def wait(rhythm: NextPoll) -> timedelta:
    assert rhythm.next_poll is not None
    return rhythm.next_poll - NOW


def read(ages: Iterable[float | None] = (), **facts: Any) -> ParsedDocument:
    """A document whose new items say they came out so many minutes ago."""
    arrivals = tuple(None if age is None else NOW - age * MINUTE for age in ages)
    values: dict[str, Any] = {"drafts": (), "unchanged_uids": ("old",), "title": None, "link": None, "id": None}
    values |= {
        "entry_count": 20,
        "skipped": 0,
        "filtered": 0,
        "update_interval_seconds": None,
        "new_item_dates": arrivals,
    }
    return ParsedDocument(**values | facts)


@pytest.mark.parametrize(
    ("ages", "least", "most"),
    [
        ([], 27, 33),  # no evidence
        ([10, 20], 27, 33),  # too little
        ([0, 0, 0, 0], 27, 33),  # dates made up at the visit
        ([60, 60, 60, 60], 27, 33),  # all the same
        ([10 * n for n in range(1, 21)], 10, 14),  # six an hour
        ([1 * n for n in range(1, 21)], 5, 6.6),  # sixty an hour
        ([10 * n for n in range(1, 20)] + [500_000], 10, 14),  # one is pinned
        ([1440 * n - 600 for n in range(1, 21)], 27, 33),  # daily, but nobody is left alone for longer than known
        ([None] * 20, 27, 33),
    ],
)
def test_the_first_visit_guesses_from_the_dates(ages: list[float | None], least: float, most: float) -> None:
    rhythm = later(FIRST, ok(), parsed=read(ages))
    assert least * MINUTE <= wait(rhythm) <= most * MINUTE


def test_a_quiet_source_is_left_alone_for_as_long_as_it_is_known() -> None:
    poll, now, dice, waits = FIRST, NOW, random.Random(2), []
    for _ in range(16):
        rhythm = plan_next_poll(poll, ok(), settings=SETTINGS, parsed=None, now=now, rng=dice)
        assert rhythm.next_poll is not None
        waits.append((rhythm.next_poll - now) / MINUTE)
        poll = replace(poll, last_success=now, interval=rhythm.interval, profile=rhythm.profile)
        now = rhythm.next_poll
    assert 27 <= waits[0] <= 33
    assert 27 <= waits[1] <= 40
    assert all(later_one >= 0.8 * one for one, later_one in pairwise(waits))
    assert waits[-1] > 180


def test_a_fixed_interval_goes_on_learning_but_is_kept() -> None:
    poll = replace(VISITED, source=replace(SOURCE, interval=timedelta(minutes=45)))
    rhythm = later(poll, ok(), parsed=read([1, 2, 3, 4]))
    assert rhythm.interval == timedelta(minutes=45)
    assert rhythm.profile is not None
    assert rhythm.why == poll_reasons.FIXED()


def test_while_a_hub_pushes_its_news_it_is_visited_as_a_check_only() -> None:
    rhythm = later(replace(VISITED, covered_by_push=True), ok(), parsed=read([1, 2, 3, 4]))
    assert 5.4 * HOUR <= wait(rhythm) <= 6.6 * HOUR
    assert rhythm.why == poll_reasons.PUSHED()


def test_a_fixed_interval_is_kept_whatever_happens() -> None:
    settings = Settings(minimum=timedelta(seconds=1), maximum=timedelta(seconds=60))
    poll = replace(VISITED, source=replace(SOURCE, interval=timedelta(seconds=2)), interval=timedelta(hours=1))
    for outcome, found in ((ok(), None), (ok(), read([1] * 9)), (NotModified(SOURCE.url, {}, 0.1), None)):
        rhythm = later(poll, outcome, settings, parsed=found)
        assert rhythm.interval == timedelta(seconds=2)
        assert timedelta(seconds=1.8) <= wait(rhythm) <= timedelta(seconds=2.2)


def test_no_fixed_interval_goes_below_the_minimum() -> None:
    poll = replace(VISITED, source=replace(SOURCE, interval=timedelta(seconds=2)))
    assert later(poll, ok()).interval == SETTINGS.minimum


@pytest.mark.parametrize(
    ("poll", "usual"),
    [(FIRST, 30 * MINUTE), (replace(VISITED, source=replace(SOURCE, interval=HOUR)), HOUR)],
)
def test_there_is_always_jitter_of_a_tenth(poll: Poll, usual: timedelta) -> None:
    dice = random.Random(3)
    waits = [wait(plan_next_poll(poll, ok(), settings=SETTINGS, now=NOW, rng=dice)) / usual for _ in range(500)]
    assert 0.9 <= min(waits) < 0.91
    assert 1.09 < max(waits) <= 1.1


@pytest.mark.parametrize("ages", [[n * 0.1 for n in range(1, 60)], [1440.0 * n for n in range(5, 40)]])
def test_at_the_bounds_there_is_jitter_too(ages: list[float]) -> None:
    long_ago = replace(
        PublishingProfile(), first_success_at=NOW.timestamp() - 9e6, learned_until=NOW.timestamp() - 9e6
    ).pack()
    poll = replace(VISITED, last_success=NOW - timedelta(days=60), profile=long_ago)
    waits = [
        wait(plan_next_poll(poll, ok(), settings=SETTINGS, parsed=read(ages), now=NOW, rng=random.Random(seed)))
        for seed in range(50)
    ]
    assert len(set(waits)) == 50
    assert SETTINGS.minimum <= min(waits)
    assert max(waits) <= SETTINGS.maximum


@pytest.mark.parametrize(
    ("headers", "hint", "at_least"),
    [
        ({"cache_control": "public, max-age=7200"}, None, 2 * HOUR),
        ({"cache_control": "max-age=7200", "age": "3600"}, None, 1 * HOUR),
        ({"cache_control": "MAX-AGE=\"7200\""}, None, 2 * HOUR),
        ({"cache_control": "max-age=31536000"}, None, 6 * HOUR),
        ({"expires": "Sun, 01 Mar 2026 10:00:00 GMT", "date": "Sun, 01 Mar 2026 08:00:00 GMT"}, None, 2 * HOUR),
        ({"expires": "Sun, 01 Mar 2026 10:00:00 GMT"}, None, 2 * HOUR),
        ({"expires": "Sun, 01 Mar 2026 10:00:00 GMT", "cache_control": "max-age=3600"}, None, 1 * HOUR),
        ({"retry_after": "36000"}, None, 10 * HOUR),
        ({"retry_after": "999999999"}, None, 24 * HOUR),
        ({}, 7200, 2 * HOUR),
        ({}, 999_999_999, 6 * HOUR),
        ({"cache_control": "max-age=3600"}, 7200, 2 * HOUR),
    ],
)  # fmt: skip
def test_publishers_may_ask_for_more_time(headers: dict[str, str], hint: int | None, at_least: timedelta) -> None:
    rhythm = later(VISITED, ok(**headers), parsed=read([1], update_interval_seconds=hint))
    assert at_least <= wait(rhythm) <= at_least * 1.1
    assert rhythm.interval == later(VISITED, ok(), parsed=read([1])).interval, "our own rhythm stays as it is"
    assert rhythm.why in (poll_reasons.RETRY_AFTER(), poll_reasons.UPDATE_INTERVAL(), poll_reasons.FRESHNESS())


def test_what_a_hub_brought_is_not_missed_in_what_is_learnt() -> None:
    learnt = later(FIRST, ok(), parsed=read([10 * n for n in range(1, 21)])).profile
    poll = replace(VISITED, last_success=NOW - timedelta(days=9), profile=learnt)
    assert later(replace(poll, covered_by_push=True), ok()).interval < later(poll, ok()).interval


def test_after_a_long_rest_only_what_the_document_shows_is_taken_for_seen() -> None:
    ages = [6 * n for n in range(1, 21)]
    learnt = later(FIRST, ok(), parsed=read(ages)).profile
    poll = replace(VISITED, last_success=NOW - timedelta(days=20), profile=learnt)
    all_new, some_old = (later(poll, ok(), parsed=read(ages, entry_count=entries)) for entries in (20, 21))
    assert all_new.interval < some_old.interval / 2


def test_what_the_document_asks_for_holds_while_it_does_not_change() -> None:
    first = later(FIRST, ok(), parsed=read([], update_interval_seconds=7200))
    poll = replace(VISITED, profile=first.profile)
    assert wait(later(poll, NotModified(SOURCE.url, {}, 0.1))) >= 2 * HOUR
    poll = replace(poll, profile=later(poll, ok(), parsed=read([])).profile)
    assert wait(later(poll, NotModified(SOURCE.url, {}, 0.1))) < 2 * HOUR


@pytest.mark.parametrize(
    ("hours", "days", "least", "most"),
    [
        ((8, 9), (), 2 * HOUR, 2.2 * HOUR),  # it is Sunday, 8 o'clock GMT
        ((9, 10), (), timedelta(0), 33 * MINUTE),
        (tuple(range(8, 24)), (), 6 * HOUR, 6.6 * HOUR),  # never beyond the maximum
        (tuple(range(24)), (), timedelta(0), 33 * MINUTE),  # that cannot be meant
        ((), ("Sunday",), 6 * HOUR, 6.6 * HOUR),
        ((), ("Monday",), timedelta(0), 33 * MINUTE),
        ((), ("Funday",), timedelta(0), 33 * MINUTE),
    ],
)  # fmt: skip
def test_hours_and_days_to_skip(
    hours: tuple[int, ...], days: tuple[str, ...], least: timedelta, most: timedelta
) -> None:
    rhythm = later(FIRST, ok(), parsed=read([], skip_hours=hours, skip_days=days))
    assert least <= wait(rhythm) <= most
    assert (rhythm.why == poll_reasons.SKIPPED()) == (least > timedelta(0))


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        ({"cache_control": "no-cache, max-age=7200"}, None), ({"cache_control": "max-age=0"}, None),
        ({"cache_control": "max-age=-1"}, None), ({"cache_control": "max-age"}, None),
 ({"expires": "0"}, None), ({"expires": "-1"}, None),
        ({"expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, None), ({"cache_control": "max-age=60", "age": "100"}, None),
        ({}, 0), ({}, -5), ({}, 60), ({"retry_after": "later"}, None),
    ],
)  # fmt: skip
def test_hints_never_hasten(headers: dict[str, str], hint: int | None) -> None:
    assert wait(later(FIRST, ok(**headers), parsed=read([], update_interval_seconds=hint))) <= 33 * MINUTE


def test_failures_double_the_wait_up_to_the_maximum_and_keep_the_rhythm() -> None:
    poll, waits = VISITED, []
    for _ in range(8):
        rhythm = later(poll, TIMEOUT)
        assert rhythm.interval == poll.interval
        assert rhythm.state is SourceState.FAILING
        waits.append(round(wait(rhythm) / (30 * MINUTE) * 10) / 10)
        poll = replace(poll, failures=rhythm.failures)
    factor = waits[0]
    assert 0.9 <= factor <= 1.1
    assert [round(w / factor) for w in waits] == [1, 2, 4, 8, 12, 12, 12, 12]


def test_most_trouble_is_short_so_a_quiet_source_is_tried_again_soon() -> None:
    quiet = replace(VISITED, interval=5 * HOUR)
    waits = [wait(later(replace(quiet, failures=failures), TIMEOUT)) / HOUR for failures in range(7)]
    assert [round(w * 2) / 2 for w in waits] == pytest.approx([0.5, 1, 2, 4, 6, 6, 6], abs=0.6)


def test_a_thousand_failures_are_no_end() -> None:
    assert wait(later(replace(VISITED, failures=100_000), TIMEOUT)) <= 6 * HOUR * 1.1


def test_recovery_is_at_once() -> None:
    well, ill = later(VISITED, ok(), parsed=read([1])), later(replace(VISITED, failures=9), ok(), parsed=read([1]))
    assert ill == well
    assert (ill.failures, ill.state) == (0, SourceState.OK)


@pytest.mark.parametrize("seconds", [0, 3600, 24 * 3600])
def test_retry_after_is_obeyed_even_beyond_the_maximum(seconds: int) -> None:
    rhythm = later(VISITED, Failed("busy", TEXT(text="Busy."), 429, retry_after=timedelta(seconds=seconds)))
    assert wait(rhythm) >= max(timedelta(seconds=seconds), 54 * MINUTE)


def test_busy_counts_double() -> None:
    assert wait(later(VISITED, Failed("busy", TEXT(text="Busy."), 503))) >= 54 * MINUTE


def test_gone_is_the_end() -> None:
    rhythm = later(VISITED, Failed("gone", TEXT(text="Gone."), 410))
    assert (rhythm.next_poll, rhythm.state) == (None, SourceState.GONE)
    assert rhythm.why == poll_reasons.GONE()


@pytest.mark.parametrize(
    ("outcome", "failures", "why"),
    [
        (TIMEOUT, 0, poll_reasons.FAILED_ONCE()),
        (TIMEOUT, 4, poll_reasons.FAILED(times=5)),
        (Failed("busy", TEXT(text="Busy."), 503), 0, poll_reasons.BUSY_ONCE()),
        (Failed("busy", TEXT(text="Busy."), 429, retry_after=12 * HOUR), 0, poll_reasons.RETRY_AFTER()),
        (ok(retry_after="40000"), 0, poll_reasons.RETRY_AFTER()),
        (ok(cache_control="max-age=9999"), 0, poll_reasons.FRESHNESS()),
    ],
)
def test_the_reason_is_told(outcome: Fetched | Failed, failures: int, why: Message) -> None:
    assert later(replace(VISITED, failures=failures), outcome).why == why


def test_before_the_first_success_the_common_interval_counts() -> None:
    settings = Settings(interval=timedelta(seconds=2), minimum=timedelta(seconds=1), maximum=timedelta(seconds=5))
    assert wait(later(FIRST, TIMEOUT, settings)) <= timedelta(seconds=2.2)
    assert wait(later(replace(FIRST, failures=9), TIMEOUT, settings)) <= timedelta(seconds=5.5)


@pytest.mark.parametrize(("elapsed", "state"), [(0.1, SourceState.OK), (11.0, SourceState.SLOW)])
def test_health(elapsed: float, state: SourceState) -> None:
    assert source_state(replace(ok(), elapsed=elapsed), settings=SETTINGS) is state


def test_moving() -> None:
    new, newer = "http://new.example/feed", "http://newer.example/feed"
    assert redirect_state(VISITED, ok()) == (None, 0)
    assert redirect_state(VISITED, replace(ok(), moved_to=new)) == (new, 1)
    once = replace(VISITED, moved_to=new, moved_count=1)
    assert redirect_state(once, replace(ok(), moved_to=new)) == (new, 2)
    assert redirect_state(once, replace(ok(), moved_to=newer)) == (newer, 1)
    assert redirect_state(once, TIMEOUT) == (new, 1)
    assert redirect_state(once, ok()) == (None, 0)
    settled = replace(VISITED, url=new, moved_to=new)
    assert redirect_state(settled, ok()) == (new, 0)
    assert redirect_state(settled, replace(ok(), moved_to=newer)) == (newer, 1)


def test_one_request_in_a_hundred_asks_for_everything() -> None:
    dice, known = random.Random(1), Validators(etag='"1"', last_modified="yesterday", body_hash="00")
    sent = [request_validators(known, dice) for _ in range(10_000)]
    assert set(sent) == {known, Validators(body_hash="00")}
    assert 60 < sent.count(Validators(body_hash="00")) < 140
