"""The publishing profile of a source, and the next poll by it. Times are Unix seconds."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from aggregator.messages import render
from aggregator.polling import reasons
from aggregator.polling.next_visit import next_visit, typical_interval
from aggregator.polling.publishing_profile import (
    DAY,
    SLOTS,
    PublishingProfile,
    expected_rates,
    learn_first_document,
    learn_poll,
)

MONDAY = 1_767_571_200.0
MINUTE, HOUR, WEEK = 60.0, 3600.0, 7 * DAY
COMMON, LONGEST = 30 * MINUTE, 6 * HOUR


def learn_profile(
    days: int, items: Callable[[float], list[float]], *, every: float = HOUR, dated: bool = True
) -> PublishingProfile:
    """Return the profile after regular polls over ``days`` days; ``items(start)``: item times of a day."""
    times = sorted(time for day in range(days) for time in items(MONDAY + day * DAY))
    profile, last = replace(PublishingProfile(), learned_until=MONDAY, first_success_at=MONDAY), MONDAY
    while last < MONDAY + days * DAY:
        now = last + every
        found = [time if dated else None for time in times if last < time <= now]
        profile, last = learn_poll(profile, last, now, found, 0.0), now
    return profile


def hours_until_visit(profile: PublishingProfile, now: float) -> float:
    return next_visit(profile, now, 0.0, COMMON, LONGEST).seconds / HOUR


def daily_at_six(day: float) -> list[float]:
    return [day + 6 * HOUR + n for n in range(20)]


def test_a_profile_is_kept_as_bytes() -> None:
    profile = learn_profile(20, daily_at_six)
    kept = PublishingProfile.unpack(profile.pack())
    assert kept.per_day == pytest.approx(profile.per_day, rel=1e-5)
    assert (kept.learned_until, kept.first_success_at) == (profile.learned_until, profile.first_success_at)
    assert PublishingProfile.unpack(kept.pack()) == kept
    assert len(kept.pack()) < 512


@pytest.mark.parametrize("packed", [None, b"", b"\x01", b"\x63" * 478])
def test_what_cannot_be_read_is_an_empty_profile(packed: bytes | None) -> None:
    assert PublishingProfile.unpack(packed) == PublishingProfile()


def test_of_a_source_never_seen_one_item_an_hour_is_expected() -> None:
    assert hours_until_visit(PublishingProfile(), MONDAY) == pytest.approx(0.5)
    assert typical_interval(PublishingProfile(), COMMON) == pytest.approx(COMMON)


@pytest.mark.parametrize(("per_day", "minutes"), [(96, 15), (24, 30), (6, 60), (1.5, 120)])
def test_the_interval_follows_the_square_root_of_the_silence(per_day: float, minutes: float) -> None:
    steady = learn_profile(30, lambda day: [day + (n + 0.5) * DAY / per_day for n in range(int(per_day))] if per_day > 1
                     else [], every=2 * HOUR)  # fmt: skip
    steady = replace(steady, slot_counts=(per_day * sum(steady.observed_days) / SLOTS,) * SLOTS,
                     weekday_counts=(0.0,) * 7,
                     observed_days=(sum(steady.observed_days) / 7,) * 7, recent_items=0.0)  # fmt: skip
    steady = replace(steady, weekday_counts=(per_day * steady.observed_days[0],) * 7)
    assert next_visit(steady, MONDAY, 0.0, COMMON, LONGEST).seconds / MINUTE == pytest.approx(minutes, rel=0.05)
    assert typical_interval(steady, COMMON) / MINUTE == pytest.approx(minutes, rel=0.05)


@pytest.mark.parametrize("dated", [True, False])
def test_a_daily_upload_is_met_soon_after_and_its_night_left_alone(dated: bool) -> None:
    profile = learn_profile(21, daily_at_six, every=20 * MINUTE, dated=dated)
    midnight = MONDAY + 21 * DAY
    assert hours_until_visit(profile, midnight + 30 * MINUTE) > 5
    arrival = 5.25 + hours_until_visit(profile, midnight + 5.25 * HOUR)
    assert 5.9 < arrival < 6.4
    assert hours_until_visit(profile, midnight + 12 * HOUR) > 4


def test_dates_that_name_the_day_alone_do_not_deceive() -> None:
    midnights = [MONDAY + day * DAY for day in range(21) for _ in range(20)]
    profile, last = learn_first_document(midnights, MONDAY + 21 * DAY, 0.0), MONDAY + 21 * DAY
    assert hours_until_visit(profile, last) == pytest.approx(hours_until_visit(profile, last + 12 * HOUR), rel=0.1)
    for number in range(1, 24 * 14):  # then items are published at six, dated at midnight
        now = MONDAY + 21 * DAY + number * HOUR
        found = [now // DAY * DAY] * 20 if number % 24 == 7 else []
        profile, last = learn_poll(profile, last, now, found, 0.0), now
    busiest = max(range(SLOTS), key=lambda slot: profile.slot_counts[slot])
    assert 6 * 4 <= busiest < 7 * 4


def test_office_hours_and_weekends_are_learnt() -> None:
    def office_hours(day: float) -> list[float]:
        return [day + 9 * HOUR + n * 40 * MINUTE for n in range(12)] if (day - MONDAY) % WEEK < 5 * DAY else []

    profile = learn_profile(28, office_hours)
    monday, sunday = MONDAY + 28 * DAY, MONDAY + 27 * DAY
    assert hours_until_visit(profile, monday + 10 * HOUR) < 0.6
    assert hours_until_visit(profile, monday + 20 * HOUR) > 4
    assert hours_until_visit(profile, sunday + 10 * HOUR) > 1.5 * hours_until_visit(profile, monday + 10 * HOUR)


def test_hours_are_those_of_the_sources_own_zone() -> None:
    dates = [MONDAY + day * DAY - 2 * HOUR + n * MINUTE for day in range(1, 10) for n in range(9)]  # 6:00 in Shanghai
    profile = learn_first_document([float(date) for date in dates], MONDAY + 10 * DAY, 8 * HOUR)
    assert max(range(SLOTS), key=lambda slot: profile.slot_counts[slot]) == 24


def test_one_burst_is_followed_and_soon_forgotten() -> None:
    quiet = learn_profile(20, lambda day: [day + 10 * HOUR])
    now = MONDAY + 20 * DAY + 15 * HOUR
    calm = hours_until_visit(quiet, now)
    excited = learn_poll(quiet, now - HOUR, now, [now - n * 5 * MINUTE for n in range(10)], 0.0)
    assert hours_until_visit(excited, now) < calm / 2
    for number in range(1, 18):
        excited = learn_poll(excited, now + (number - 1) * HOUR, now + number * HOUR, [], 0.0)
    assert hours_until_visit(excited, now + 17 * HOUR) > 0.8 * hours_until_visit(quiet, now + 17 * HOUR)


def test_a_source_that_falls_silent_is_visited_less_and_one_that_wakes_soon_more() -> None:
    lively = learn_profile(20, lambda day: [day + n * HOUR for n in range(24)])
    now = MONDAY + 20 * DAY
    silent = learn_poll(lively, now, now + 60 * DAY, [], 0.0)
    assert hours_until_visit(silent, now + 60 * DAY) > 5
    awake = learn_poll(silent, now + 60 * DAY, now + 60 * DAY + HOUR, [now + 60 * DAY + 60], 0.0)
    assert hours_until_visit(awake, now + 60 * DAY + HOUR) < 1.5


def test_a_document_is_never_expected_to_overflow() -> None:
    busy = learn_profile(3, lambda day: [day + n * MINUTE for n in range(1440)], every=5 * MINUTE)
    assert next_visit(replace(busy, document_entries=6), MONDAY, 0.0, 4 * HOUR, LONGEST).items == pytest.approx(3)


@pytest.mark.parametrize(
    "dates",
    [[], [None] * 30, [MONDAY] * 30, [MONDAY + WEEK] * 3, [1.0, 2.0], [float("1e15"), 2e15, 3e15]],
)
def test_dates_without_sense_teach_nothing(dates: list[float | None]) -> None:
    assert learn_first_document(dates, MONDAY, 0.0).slot_counts == PublishingProfile().slot_counts


def test_any_course_of_things_gives_a_wait_within_bounds() -> None:
    dice = random.Random(5)
    profile, last = PublishingProfile(), MONDAY
    for _ in range(400):
        now = last + dice.choice([0.0, 1.0, 300.0, 5000.0, 9e4, 3e6])
        dates = [dice.choice([None, 0.0, now, now - 10, now + 1e7, last, -1e9]) for _ in range(dice.choice([0, 1, 50]))]
        offset = dice.choice([0.0, 8 * HOUR, -9.5 * HOUR, 12.75 * HOUR])
        profile = PublishingProfile.unpack(learn_poll(profile, last, now, dates, offset).pack())
        found = next_visit(profile, now, offset, COMMON, LONGEST)
        assert 0 < found.seconds <= LONGEST
        assert found.items >= 0
        assert reasons.expected(found, profile)
        last = now


def test_rates_go_on_slot_by_slot() -> None:
    parts = expected_rates(PublishingProfile(), MONDAY + 100, 0.0)
    assert [round(next(parts)[0]) for _ in range(3)] == [800, 900, 900]


@pytest.mark.parametrize(
    ("items", "hour", "words"),
    [
        (lambda day: [day + n * 15 * MINUTE for n in range(96)], 9, "publishes about 4 an hour at this time of day"),
        (lambda day: [day + n * 3 * HOUR for n in range(8)], 10, "publishes about 8 a day"),
        (daily_at_six, 0.5, "usually publishes next at that hour"),
        (daily_at_six, 14, "publishes little at this time of day, about 20 a day on average"),
    ],
)
def test_the_reason_is_put_into_words(items: Callable[[float], list[float]], hour: float, words: str) -> None:
    profile = learn_profile(28, items, every=15 * MINUTE)
    assert (
        render(reasons.expected(next_visit(profile, MONDAY + 28 * DAY + hour * HOUR, 0.0, COMMON, LONGEST), profile))
        == words
    )
