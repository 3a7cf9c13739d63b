"""When to come back: tables of (what happened, when next)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.model import Failed, Fetched, NotModified, Poll, Source, State, Validators
from aggregator.schedule import Rhythm, after_poll, moved, state_of, to_send
from tests.polling.settings import Settings

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SETTINGS = Settings()  # 30 min, between 5 min and 6 h
SOURCE = Source(1, "lunan", "http://example.org/feed", "鲁南晚报")
VISITED = Poll(SOURCE, SOURCE.url, interval=timedelta(minutes=30), last_success=NOW - timedelta(minutes=30))
FIRST = replace(VISITED, last_success=None)
TIMEOUT = Failed("timeout", "Too slow.")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def ok(**headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched(SOURCE.url, 200, named, b"<rss/>", 0.1)


def later(
    poll: Poll, outcome: Fetched | NotModified | Failed, settings: Settings = SETTINGS, **facts: object
) -> Rhythm:
    return after_poll(poll, outcome, settings=settings, now=NOW, rng=random.Random(1), **facts)  # type: ignore[arg-type]


def wait(rhythm: Rhythm) -> timedelta:
    assert rhythm.next_poll is not None
    return rhythm.next_poll - NOW


@pytest.mark.parametrize(
    ("before", "new_items", "after"),
    [
        (30, 0, 37.5), (30, 1, 20), (30, 4, 20), (30, 5, 15), (30, 500, 15),
        (6, 1, 5), (5, 9, 5), (1, 0, 6.25), (300, 0, 360), (360, 0, 360), (9999, 1, 240),
    ],
)  # fmt: skip
def test_news_shortens_and_silence_lengthens_within_bounds(before: float, new_items: int, after: float) -> None:
    rhythm = later(replace(VISITED, interval=before * MINUTE), ok(), new_items=new_items)
    assert rhythm.interval == after * MINUTE
    assert rhythm.state is State.OK


def test_it_settles_where_a_third_of_the_visits_bring_news() -> None:
    dice = random.Random(7)
    poll, gap, waits = VISITED, 100 * MINUTE, []
    for _ in range(3000):
        news = dice.random() > 2.718 ** (-poll.interval / gap)
        poll = replace(poll, interval=later(poll, ok(), new_items=int(news)).interval)
        waits.append(poll.interval)
    typical = sorted(waits)[1500]
    assert gap / 3 < typical < gap * 2 / 3


@pytest.mark.parametrize(
    ("ages", "after"),
    [
        ([], 30),
        ([10, 20], 30),
        ([60 * n for n in range(1, 21)], 33),
        ([10 * n for n in range(1, 21)], 7.5),
        ([1 * n for n in range(1, 21)], 7.5),
        ([0, 0, 0, 0], 30),
        ([1440 * n for n in range(1, 21)], 120),
        ([60, 60, 60, 500_000], 15),
    ],
)
def test_the_first_visit_guesses_from_the_dates(ages: list[float], after: float) -> None:
    rhythm = later(FIRST, ok(), new_items=len(ages), ages=[age * MINUTE for age in ages])
    assert rhythm.interval == after * MINUTE


def test_a_fixed_interval_is_kept_whatever_happens() -> None:
    settings = Settings(minimum=timedelta(seconds=1), maximum=timedelta(seconds=60))
    poll = replace(VISITED, source=replace(SOURCE, interval=timedelta(seconds=2)), interval=timedelta(hours=1))
    for outcome, new_items in ((ok(), 0), (ok(), 9), (NotModified(SOURCE.url, {}, 0.1), 0)):
        rhythm = later(poll, outcome, settings, new_items=new_items)
        assert rhythm.interval == timedelta(seconds=2)
        assert timedelta(seconds=1.8) <= wait(rhythm) <= timedelta(seconds=2.2)


def test_no_fixed_interval_goes_below_the_minimum() -> None:
    poll = replace(VISITED, source=replace(SOURCE, interval=timedelta(seconds=2)))
    assert later(poll, ok()).interval == SETTINGS.minimum


def test_there_is_always_jitter_of_a_tenth() -> None:
    dice = random.Random(3)
    waits = [
        wait(after_poll(VISITED, ok(), settings=SETTINGS, new_items=1, now=NOW, rng=dice)) / (20 * MINUTE)
        for _ in range(500)
    ]
    assert 0.9 <= min(waits) < 0.91
    assert 1.09 < max(waits) <= 1.1


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
    rhythm = later(VISITED, ok(**headers), new_items=1, hints_seconds=hint)
    assert at_least <= wait(rhythm) <= at_least * 1.1
    assert rhythm.interval == 20 * MINUTE, "what it asks for does not change the rhythm we found"


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        ({"cache_control": "no-cache, max-age=7200"}, None), ({"cache_control": "max-age=0"}, None),
        ({"cache_control": "max-age=-1"}, None), ({"cache_control": "max-age"}, None),
        ({"cache_control": "s-maxage=7200"}, None), ({"expires": "0"}, None), ({"expires": "-1"}, None),
        ({"expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, None), ({"cache_control": "max-age=60", "age": "100"}, None),
        ({}, 0), ({}, -5), ({}, 60), ({"retry_after": "later"}, None),
    ],
)  # fmt: skip
def test_hints_never_hasten(headers: dict[str, str], hint: int | None) -> None:
    assert wait(later(VISITED, ok(**headers), new_items=1, hints_seconds=hint)) <= 22 * MINUTE


def test_failures_double_the_wait_up_to_the_maximum_and_keep_the_rhythm() -> None:
    poll, waits = VISITED, []
    for _ in range(8):
        rhythm = later(poll, TIMEOUT)
        assert rhythm.interval == poll.interval
        assert rhythm.state is State.FAILING
        waits.append(round(wait(rhythm) / (30 * MINUTE) * 10) / 10)
        poll = replace(poll, failures=rhythm.failures)
    factor = waits[0]
    assert 0.9 <= factor <= 1.1
    assert [round(w / factor) for w in waits] == [1, 2, 4, 8, 12, 12, 12, 12]


def test_a_thousand_failures_are_no_end() -> None:
    assert wait(later(replace(VISITED, failures=100_000), TIMEOUT)) <= 6 * HOUR * 1.1


def test_recovery_is_at_once() -> None:
    rhythm = later(replace(VISITED, failures=9), ok(), new_items=1)
    assert (rhythm.failures, rhythm.state, rhythm.interval) == (0, State.OK, 20 * MINUTE)
    assert wait(rhythm) <= 22 * MINUTE


@pytest.mark.parametrize("seconds", [0, 3600, 24 * 3600])
def test_retry_after_is_obeyed_even_beyond_the_maximum(seconds: int) -> None:
    rhythm = later(VISITED, Failed("busy", "Busy.", 429, retry_after=timedelta(seconds=seconds)))
    assert wait(rhythm) >= max(timedelta(seconds=seconds), 54 * MINUTE)


def test_busy_counts_double() -> None:
    assert wait(later(VISITED, Failed("busy", "Busy.", 503))) >= 54 * MINUTE


def test_gone_is_the_end() -> None:
    rhythm = later(VISITED, Failed("gone", "Gone.", 410))
    assert (rhythm.next_poll, rhythm.state) == (None, State.GONE)


def test_before_the_first_success_the_common_interval_counts() -> None:
    settings = Settings(interval=timedelta(seconds=2), minimum=timedelta(seconds=1), maximum=timedelta(seconds=5))
    assert wait(later(FIRST, TIMEOUT, settings)) <= timedelta(seconds=2.2)
    assert wait(later(replace(FIRST, failures=9), TIMEOUT, settings)) <= timedelta(seconds=5.5)


@pytest.mark.parametrize(
    ("elapsed", "newest", "state"),
    [(0.1, None, State.OK), (11.0, None, State.SLOW), (0.1, timedelta(days=31), State.SLOW), (0.1, HOUR, State.OK)],
)
def test_health(elapsed: float, newest: timedelta | None, state: State) -> None:
    assert state_of(replace(ok(), elapsed=elapsed), settings=SETTINGS, newest=newest) is state


def test_moving() -> None:
    new, newer = "http://new.example/feed", "http://newer.example/feed"
    assert moved(VISITED, ok()) == (None, 0)
    assert moved(VISITED, replace(ok(), moved_to=new)) == (new, 1)
    once = replace(VISITED, moved_to=new, moved_count=1)
    assert moved(once, replace(ok(), moved_to=new)) == (new, 2)
    assert moved(once, replace(ok(), moved_to=newer)) == (newer, 1)
    assert moved(once, TIMEOUT) == (new, 1)
    assert moved(once, ok()) == (None, 0)
    settled = replace(VISITED, url=new, moved_to=new)
    assert moved(settled, ok()) == (new, 0)
    assert moved(settled, replace(ok(), moved_to=newer)) == (newer, 1)


def test_one_request_in_a_hundred_asks_for_everything() -> None:
    dice, known = random.Random(1), Validators(etag='"1"', last_modified="yesterday", body_hash="00")
    sent = [to_send(known, dice) for _ in range(10_000)]
    assert set(sent) == {known, Validators(body_hash="00")}
    assert 60 < sent.count(Validators(body_hash="00")) < 140
