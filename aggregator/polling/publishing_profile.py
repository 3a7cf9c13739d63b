"""How often and at what hours a source publishes: a small, decaying histogram stored with the source. Pure.

Counts items by quarter hour and by weekday in the source's time zone. Old counts decay (``MEMORY``), and small counts
are shrunk towards the average: a quarter hour towards its hour, an hour towards the day. The ratio of the last hours to
the expectation is kept as well, because a burst continues for a while.

The date of an item is used only if it lies between the last poll and this one. Otherwise (no date, a date without time,
an invented date, a later upload) the item is distributed over that period.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

DAY = 86400.0
SLOT = 900.0  # seconds
SLOTS = 96

DECAY_SECONDS = 30 * DAY  # decay time of the counts (to 1/e)
BURST_DECAY_SECONDS = 3 * 3600.0  # decay time of the last hours
BURST_PRIOR = 1.0  # smoothing of the ratio of seen to expected items
MAX_BURST_FACTOR = 6.0  # maximum factor over the usual rate
SILENCE_AFTER = 14 * DAY  # a source silent for longer may have stopped: its rate falls with the square of the silence

# Days of observation that the average weighs as a prior: for the source, an hour, a quarter hour, a weekday.
SOURCE_PRIOR, HOUR_PRIOR, SLOT_PRIOR, WEEKDAY_PRIOR = 0.02, 1.0, 2.0, 2.0
PRIOR_RATE = 24.0  # items a day of a source never polled

_FORMAT = struct.Struct(f"<B3d{SLOTS}f7f7f2fIIIB")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class PublishingProfile:
    """``at``, ``since`` and ``newest`` are Unix seconds: end of the observation, first successful poll, and the last
    arrival of an item; 0 if there was none.
    """

    learned_until: float = 0.0
    first_success_at: float = 0.0
    last_item_at: float = 0.0
    slot_counts: tuple[float, ...] = (0.0,) * SLOTS  # items by quarter hour, from midnight
    weekday_counts: tuple[float, ...] = (0.0,) * 7  # items by weekday, from Monday
    observed_days: tuple[float, ...] = (0.0,) * 7  # observed days of each weekday
    recent_items: float = 0.0  # items in the last hours
    expected_recent_items: float = 0.0  # expected items in the same time
    document_entries: int = 0  # entries in the last document
    update_interval: int = 0  # seconds: update interval in the document
    skip_hours: int = 0  # a bit for each hour, GMT
    skip_days: int = 0  # a bit for each weekday from Monday, GMT

    def __post_init__(self) -> None:
        if len(self.slot_counts) != SLOTS:
            raise ValueError(f"a day has {SLOTS} quarters of an hour")

    @property
    def per_day(self) -> float:
        """Return the average number of items a day in the last weeks."""
        return (sum(self.slot_counts) + SOURCE_PRIOR * PRIOR_RATE) / (sum(self.observed_days) + SOURCE_PRIOR)

    def pack(self) -> bytes:
        """Return the profile as bytes, about 500."""
        counts = (
            *self.slot_counts,
            *self.weekday_counts,
            *self.observed_days,
            self.recent_items,
            self.expected_recent_items,
        )
        marks = (self.document_entries, self.update_interval, self.skip_hours, self.skip_days)
        return _FORMAT.pack(_VERSION, self.learned_until, self.first_success_at, self.last_item_at, *counts, *marks)

    @classmethod
    def unpack(cls, packed: bytes | None) -> PublishingProfile:
        """Return the profile from bytes of ``pack``; an empty one for no bytes or those of another version."""
        if packed is None or len(packed) != _FORMAT.size or packed[0] != _VERSION:
            return cls()
        _, at, since, newest, *counts = _FORMAT.unpack(packed)
        slots, rest = counts[:SLOTS], counts[SLOTS:]
        return cls(at, since, newest, tuple(slots), tuple(rest[:7]), tuple(rest[7:14]), *rest[14:])


def expected_rates(profile: PublishingProfile, start: float, offset: float) -> Iterator[tuple[float, float]]:
    """Yield (seconds, items a second) slot by slot from Unix time ``start``. ``offset``: seconds the zone is ahead of
    GMT.
    """
    average, days, faith = profile.per_day, sum(profile.observed_days), _confidence(profile, start)
    burst = (profile.recent_items + BURST_PRIOR) / (profile.expected_recent_items + BURST_PRIOR)
    above = min(max(burst, 1.0), MAX_BURST_FACTOR) - 1
    local = start + offset
    begun = local
    while True:
        seconds = SLOT - local % SLOT
        weekday = (int(local // DAY) + 3) % 7  # 1970 began on a Thursday
        usual = _slot_rate(profile, int(local % DAY // SLOT), average, days) * _weekday_factor(
            profile, weekday, average
        )
        yield seconds, faith * usual * (1 + above * math.exp(-(local - begun) / BURST_DECAY_SECONDS)) / SLOT
        local += seconds


def _confidence(profile: PublishingProfile, now: float) -> float:
    """Return how far to trust the rate (0..1): 1 for a fortnight after the last item."""
    silence = now - profile.last_item_at if profile.last_item_at else 0.0
    return (SILENCE_AFTER / silence) ** 2 if silence > SILENCE_AFTER else 1.0


def _slot_rate(profile: PublishingProfile, slot: int, average: float, days: float) -> float:
    first = slot - slot % 4
    hour = (sum(profile.slot_counts[first : first + 4]) + HOUR_PRIOR * average / 24) / (days + HOUR_PRIOR)
    return (profile.slot_counts[slot] + SLOT_PRIOR * hour / 4) / (days + SLOT_PRIOR)


def _weekday_factor(profile: PublishingProfile, weekday: int, average: float) -> float:
    here = (profile.weekday_counts[weekday] + WEEKDAY_PRIOR * average) / (
        profile.observed_days[weekday] + WEEKDAY_PRIOR
    )
    return here / average


WeightedTime = tuple[float, float]  # (Unix time, items)


def learn_poll(
    profile: PublishingProfile, start: float, end: float, arrivals: Iterable[float | None], offset: float
) -> PublishingProfile:
    """Return the profile after a poll at ``end`` that showed everything since ``start``.

    ``arrivals``: dates of the new items in Unix seconds, None for items without one.
    """
    dates = list(arrivals)
    shares = [(date, 1.0) for date in dates if date is not None and start < date <= end]
    if len(dates) > len(shares):
        shares += _distribute(profile, start, end, len(dates) - len(shares), offset)
    seen, expected = _recent_activity(profile, start, end, len(dates), offset)
    return replace(_with_counts(profile, start, end, shares, offset), recent_items=seen, expected_recent_items=expected)


def learn_first_document(dates: Sequence[float | None], now: float, offset: float) -> PublishingProfile:
    """Return the profile from the first document of a source.

    Empty if the dates are useless: fewer than three, or fewer than three different ones. The document is taken to be
    complete since its oldest date but a tenth, because some entries may be pinned. A date at exactly midnight has no
    time.
    """
    past = sorted(date for date in dates if date is not None and date < now)
    if len(set(past)) < 3:
        return PublishingProfile(learned_until=now)
    start = past[len(past) // 10]
    shares: list[WeightedTime] = []
    for date in past:
        if date > start and (date + offset) % DAY == 0:
            shares += [(min(date + (slot + 0.5) * SLOT, now), 1 / SLOTS) for slot in range(SLOTS)]
        elif date > start:
            shares.append((date, 1.0))
    return _with_counts(PublishingProfile(learned_until=start), start, now, shares, offset)


def _with_counts(
    profile: PublishingProfile, start: float, end: float, shares: Iterable[WeightedTime], offset: float
) -> PublishingProfile:
    faded = math.exp(-max(end - profile.learned_until, 0.0) / DECAY_SECONDS)
    slots = [count * faded for count in profile.slot_counts]
    weekdays = [count * faded for count in profile.weekday_counts]
    observed = [days * faded for days in profile.observed_days]
    for begun, seconds in _days(start + offset, end + offset):
        observed[_weekday(begun)] += seconds / DAY * math.exp(-(end + offset - begun) / DECAY_SECONDS)
    newest = profile.last_item_at
    for date, share in shares:
        weight = share * math.exp(-(end - date) / DECAY_SECONDS)
        local = date + offset
        slots[int(local % DAY // SLOT)] += weight
        weekdays[_weekday(local)] += weight
        newest = max(newest, date)
    return replace(
        profile,
        learned_until=end,
        last_item_at=newest,
        slot_counts=tuple(slots),
        weekday_counts=tuple(weekdays),
        observed_days=tuple(observed),
    )


def _weekday(local: float) -> int:
    return (int(local // DAY) + 3) % 7


def _days(start: float, end: float) -> Iterator[tuple[float, float]]:
    """Yield the parts of days between two moments as (start, seconds)."""
    while start < end:
        seconds = min(DAY - start % DAY, end - start)
        yield start, seconds
        start += seconds


def _distribute(profile: PublishingProfile, start: float, end: float, count: int, offset: float) -> list[WeightedTime]:
    """Add ``count`` items over the last day of a period, in proportion to the profile."""
    start = max(start, end - DAY)
    parts: list[WeightedTime] = []
    at = start
    for seconds, rate in expected_rates(replace(profile, recent_items=0.0, expected_recent_items=0.0), start, offset):
        parts.append((at + min(seconds, end - at) / 2, rate * min(seconds, end - at)))
        at += seconds
        if at >= end:
            break
    whole = sum(weight for _, weight in parts)
    if whole <= 0:
        return [(end, float(count))]
    return [(moment, count * weight / whole) for moment, weight in parts]


def _recent_activity(
    profile: PublishingProfile, start: float, end: float, item_count: int, offset: float
) -> tuple[float, float]:
    """Return (seen, expected) items of the last hours."""
    faded = math.exp(-max(end - profile.learned_until, 0.0) / BURST_DECAY_SECONDS)
    if not profile.learned_until or end - start > DAY:
        return 0.0, 0.0
    usual, at = 0.0, start
    for seconds, rate in expected_rates(replace(profile, recent_items=0.0, expected_recent_items=0.0), start, offset):
        usual += rate * min(seconds, end - at)
        at += seconds
        if at >= end:
            break
    return profile.recent_items * faded + item_count, profile.expected_recent_items * faded + usual


def utc_offset_of(moment: datetime) -> float:
    """Return the offset of an aware time from GMT in seconds."""
    ahead = moment.utcoffset()
    return ahead.total_seconds() if ahead else 0.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Expected new items by hour of the day and by weekday from Monday: items in such an hour or on such a day."""

    hours: tuple[float, ...]
    weekdays: tuple[float, ...]


def learned_rhythm(profiles: Iterable[tuple[PublishingProfile, float]]) -> Rhythm:
    """Return the sum of what sources are expected to publish; with each profile, the seconds by which the clock of the
    rhythm is ahead of its source's."""
    slots, weekdays = [0.0] * SLOTS, [0.0] * 7
    for profile, ahead in profiles:
        days = sum(profile.observed_days)
        if not days:
            continue
        shift = round(ahead / SLOT)
        for slot, count in enumerate(profile.slot_counts):
            slots[(slot + shift) % SLOTS] += count / days
        for weekday, (count, observed) in enumerate(zip(profile.weekday_counts, profile.observed_days, strict=True)):
            weekdays[weekday] += (count + WEEKDAY_PRIOR * profile.per_day) / (observed + WEEKDAY_PRIOR)
    return Rhythm(tuple(sum(slots[hour * 4 : hour * 4 + 4]) for hour in range(24)), tuple(weekdays))
