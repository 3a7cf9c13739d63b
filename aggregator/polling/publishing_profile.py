"""How often a source publishes and at what hours: a small, slowly forgetting memory, kept with the source. Pure.

It counts items by the quarter of an hour of the day and by the day of the week, in the source's own zone. What is
older weighs less (``MEMORY``), and what little was seen is drawn towards the plain average: a quarter towards its
hour, an hour towards the day. Beside that stands how the last hours went compared with what was expected, for a
source in a burst goes on for a while.

An item's date tells when it came only if it lies between the last visit and this one. Else (no date, the day alone,
made up, uploaded later) all that is known is that it came in between, and it is shared out over that time.
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

DECAY_SECONDS = 30 * DAY  # the weight of what was seen falls to 1/e in this time
BURST_DECAY_SECONDS = 3 * 3600.0  # likewise for the last hours
BURST_PRIOR = 1.0  # items that come beyond what was expected count by their ratio to it and this
MAX_BURST_FACTOR = 6.0  # times the usual rate
SILENCE_AFTER = (
    14 * DAY
)  # who has been silent for longer has perhaps stopped: the rate is taken to fall with the square

# Days of seeing that the average is worth against what was seen: for the source, an hour, a quarter, a weekday.
SOURCE_PRIOR, HOUR_PRIOR, SLOT_PRIOR, WEEKDAY_PRIOR = 0.02, 1.0, 2.0, 2.0
PRIOR_RATE = 24.0  # items a day of a source never seen

_FORMAT = struct.Struct(f"<B3d{SLOTS}f7f7f2fIIIB")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class PublishingProfile:
    """``at``, ``since`` and ``newest`` are Unix seconds: up to when it is learnt, the first visit that succeeded, and
    the last moment at which an item came; 0 where there was none."""

    learned_until: float = 0.0
    first_success_at: float = 0.0
    last_item_at: float = 0.0
    slot_counts: tuple[float, ...] = (0.0,) * SLOTS  # items by the quarter of the day, from midnight
    weekday_counts: tuple[float, ...] = (0.0,) * 7  # items by the day of the week, from Monday
    observed_days: tuple[float, ...] = (0.0,) * 7  # days of each that were seen
    recent_items: float = 0.0  # items in the last hours
    expected_recent_items: float = 0.0  # ... and how many would have been usual
    document_entries: int = 0  # that the document holds, at the last reading
    update_interval: int = 0  # seconds: the update interval it names
    skip_hours: int = 0  # a bit for each hour, GMT
    skip_days: int = 0  # a bit for each day from Monday, GMT

    def __post_init__(self) -> None:
        if len(self.slot_counts) != SLOTS:
            raise ValueError(f"a day has {SLOTS} quarters of an hour")

    @property
    def per_day(self) -> float:
        """Items a day, on the average of the last weeks."""
        return (sum(self.slot_counts) + SOURCE_PRIOR * PRIOR_RATE) / (sum(self.observed_days) + SOURCE_PRIOR)

    def pack(self) -> bytes:
        """About half a kilobyte."""
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
        """What ``pack`` made; an empty profile for nothing, and for what another version made."""
        if packed is None or len(packed) != _FORMAT.size or packed[0] != _VERSION:
            return cls()
        _, at, since, newest, *counts = _FORMAT.unpack(packed)
        slots, rest = counts[:SLOTS], counts[SLOTS:]
        return cls(at, since, newest, tuple(slots), tuple(rest[:7]), tuple(rest[7:14]), *rest[14:])


def expected_rates(profile: PublishingProfile, start: float, offset: float) -> Iterator[tuple[float, float]]:
    """From Unix time ``start`` on, slot by slot: (seconds, items a second). ``offset``: seconds the zone is ahead."""
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
    """How far the rate is still believed in: wholly for a fortnight, and again when the next item comes."""
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
    """The profile after a visit at ``end`` that showed what has come since ``start``; ``arrivals`` are the dates of
    the new items (Unix seconds), None for those without one."""
    dates = list(arrivals)
    shares = [(date, 1.0) for date in dates if date is not None and start < date <= end]
    if len(dates) > len(shares):
        shares += _distribute(profile, start, end, len(dates) - len(shares), offset)
    seen, expected = _recent_activity(profile, start, end, len(dates), offset)
    return replace(_with_counts(profile, start, end, shares, offset), recent_items=seen, expected_recent_items=expected)


def learn_first_document(dates: Sequence[float | None], now: float, offset: float) -> PublishingProfile:
    """The profile that the first document of a source gives, empty where its dates tell nothing: fewer than three, or
    not three different ones. It shows all that was published since its oldest date but a tenth, for some may be
    pinned. A date at midnight sharp names the day alone."""
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
    """The parts of days between two moments: (beginning, seconds)."""
    while start < end:
        seconds = min(DAY - start % DAY, end - start)
        yield start, seconds
        start += seconds


def _distribute(profile: PublishingProfile, start: float, end: float, count: int, offset: float) -> list[WeightedTime]:
    """So many items, over the last day of a time, as likely as the profile has it."""
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
    """(seen, expected) of the last hours."""
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
    """Seconds that the zone of an aware time is ahead of GMT then."""
    ahead = moment.utcoffset()
    return ahead.total_seconds() if ahead else 0.0
