"""Polling intervals: number of requests and delay of items, compared with fixed intervals and other readers' rules."""

from __future__ import annotations

import math
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Protocol

from aggregator.model import Fetched, ParsedDocument, Poll
from aggregator.model import Source as ModelSource
from aggregator.polling.publishing_profile import PublishingProfile, expected_rates
from aggregator.polling.schedule import plan_next_poll
from benchmarks.simulated_sources import DAY, HOUR, KINDS, START, WEEK, Source, sources

DAYS, EACH = (90, 3) if os.environ.get("GEDI_BENCH_FULL") else (35, 1)
SEED = 7
LEAST, MOST, COMMON = 5 * 60.0, 6 * HOUR, 30 * 60.0
BASE = "every 30 min"


@dataclass(frozen=True, slots=True)
class Pace:
    interval: timedelta = timedelta(seconds=COMMON)
    minimum: timedelta = timedelta(seconds=LEAST)
    maximum: timedelta = timedelta(seconds=MOST)
    timeout: timedelta = timedelta(seconds=30)


class Rule(Protocol):
    """A polling rule for one source: ``next`` returns the seconds to wait after a poll that found these items."""

    def next(self, source: Source, now: float, found: range) -> float: ...


class Fixed(Rule):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def next(self, source: Source, now: float, found: range) -> float:
        return self._seconds


class WeeklyAverage(Rule):
    """A week divided by the number of entries of the last week, 5 min to 24 h (Miniflux)."""

    def next(self, source: Source, now: float, found: range) -> float:
        number = source.count_past_week(now)
        return _clamp(WEEK / number if number else 24 * HOUR, LEAST, 24 * HOUR)


class HalfAverageGap(Rule):
    """Half the average gap between the entries of the document, 5 min to 4 h (CommaFeed)."""

    def next(self, source: Source, now: float, found: range) -> float:
        dates = [date for n in source.new(0, now) if (date := source.dates[n]) is not None]
        if len(dates) < 2:
            return COMMON
        return _clamp((max(dates) - min(dates)) / (len(dates) - 1) / 2, LEAST, 4 * HOUR)


class AdaptiveInterval(Rule):
    """Multiply the interval by one factor after new items and by another after none."""

    def __init__(self, news: float, silence: float, much: float | None = None) -> None:
        self._news, self._much, self._silence, self._interval = news, much or news, silence, COMMON

    def next(self, source: Source, now: float, found: range) -> float:
        factor = self._silence if not found else self._much if len(found) >= 5 else self._news
        self._interval = _clamp(self._interval * factor, LEAST, MOST)
        return self._interval


class Gedi(Rule):
    """The rule of ``aggregator.polling.schedule`` itself."""

    def __init__(self, pace: Pace = Pace()) -> None:
        self._pace, self._rng = pace, random.Random(SEED)
        given = ModelSource(1, "s", "http://a.example/", "S", timezone="UTC")
        self._poll = Poll(given, given.url)
        self._answer = Fetched(given.url, 200, {}, b"", 0.1)

    def next(self, source: Source, now: float, found: range) -> float:
        at = datetime.fromtimestamp(now, UTC)
        arrivals = tuple(
            None if (date := source.dates[n]) is None else datetime.fromtimestamp(date, UTC) for n in found
        )
        digest = (
            ParsedDocument((), ("old",), None, None, None, source.entries, 0, 0, None, new_item_dates=arrivals)
            if found
            else None
        )
        rhythm = plan_next_poll(self._poll, self._answer, settings=self._pace, parsed=digest, now=at, rng=self._rng)
        self._poll = replace(self._poll, last_success=at, interval=rhythm.interval, profile=rhythm.profile)
        assert rhythm.next_poll is not None
        return rhythm.next_poll.timestamp() - now


class SquareRoot(Gedi):
    """The same without the hours of the day: the interval follows from the daily average only."""

    def next(self, source: Source, now: float, found: range) -> float:
        super().next(source, now, found)
        return self._poll.interval.total_seconds() * self._rng.uniform(0.9, 1.1)


class OneExpectedItem(Gedi):
    """The same with another criterion: poll when one new item is expected."""

    def next(self, source: Source, now: float, found: range) -> float:
        super().next(source, now, found)
        expected, passed = 0.0, 0.0
        for seconds, rate in expected_rates(PublishingProfile.unpack(self._poll.profile), now, 0.0):
            if expected + rate * seconds >= 1 or passed + seconds >= MOST:
                return _clamp(passed + min((1 - expected) / rate, seconds), LEAST, MOST)
            expected, passed = expected + rate * seconds, passed + seconds
        raise AssertionError("a day without end")


RULES: dict[str, Callable[[], Rule]] = {
    BASE: lambda: Fixed(30 * 60.0),
    "every 15 min": lambda: Fixed(15 * 60.0),
    "a week by its entries": WeeklyAverage,
    "half the average gap": HalfAverageGap,
    "halve and double": lambda: AdaptiveInterval(0.5, 2.0),
    "two thirds, five quarters": lambda: AdaptiveInterval(2 / 3, 5 / 4, 1 / 2),
    "Gedi, counting items": OneExpectedItem,
    "Gedi, no hours": SquareRoot,
    "Gedi": Gedi,
}
SCALES = (1 / 3, 2 / 3, 1.0, 2.0)  # factors of the default interval, for Gedi with more and fewer requests


@dataclass(slots=True)
class Outcome:
    """The result of one rule for one kind of source."""

    requests: int = 0
    lost: int = 0
    delays: list[float] = field(default_factory=list)

    def share(self, part: float) -> float:
        return sorted(self.delays)[int(part * (len(self.delays) - 1))] if self.delays else math.nan


Outcomes = dict[str, Outcome]


def simulate(rule: Callable[[], Rule], those: Iterable[Source], days: int) -> Outcomes:
    """Return the outcome by kind of source; items published before the first poll are not counted."""
    outcomes: Outcomes = defaultdict(Outcome)
    for number, source in enumerate(those):
        mine, own = outcomes[source.kind], rule()
        rng = random.Random(number)
        now, last, end = START + rng.uniform(0, COMMON), 0.0, START + days * DAY
        while now < end:
            found = source.new(last, now)
            mine.requests += 1
            if last:
                mine.delays += [now - source.times[n] for n in found]
                mine.lost += source.count_lost(last, now)
            last = now
            now += own.next(source, now, found)
    return outcomes


def _clamp(seconds: float, least: float, most: float) -> float:
    return min(max(seconds, least), most)


def _mean_ratio(outcomes: Outcomes, base: Outcomes, part: float) -> float:
    """Return the ratio of a quantile of the delay, as the geometric mean over the kinds of source."""
    logs = [math.log(outcomes[kind].share(part) / base[kind].share(part)) for kind in KINDS if base[kind].delays]
    return math.exp(sum(logs) / len(logs))


def _requests(outcomes: Outcomes) -> int:
    return sum(one.requests for one in outcomes.values())


def _interpolate(curve: Sequence[tuple[float, float]], requests: float) -> float:
    """Interpolate a curve of (requests, value) at ``requests``, linearly in logarithms; NaN outside the curve."""
    curve = sorted(curve)
    if not curve[0][0] <= requests <= curve[-1][0]:
        return math.nan
    pairs = pairwise(curve)
    (x0, y0), (x1, y1) = next(pair for pair in pairs if pair[0][0] <= requests <= pair[1][0])
    share = math.log(requests / x0) / math.log(x1 / x0) if x1 > x0 else 0.0
    return float(y0 * (y1 / y0) ** share)


def main() -> None:
    """Print every rule as ratios to a fixed interval, and Gedi's delays with the same number of requests."""
    those = sources(SEED, DAYS, EACH)
    results = {name: simulate(rule, those, DAYS) for name, rule in RULES.items()}
    base = results[BASE]
    scaled = [simulate(partial(Gedi, Pace(timedelta(seconds=COMMON * scale))), those, DAYS) for scale in SCALES]
    curves = {part: [(_requests(one), _mean_ratio(one, base, part)) for one in scaled] for part in (0.5, 0.9)}
    print(f"   {len(those)} sources of {len(KINDS)} kinds over {DAYS} days; ratios to {BASE!r}")
    print(f"   {'':27}{'requests':>9}{'median':>9}{'90th':>7}{'lost':>6}{'Gedi for as many:':>20}{'90th':>7}")
    for name, found in results.items():
        spent = _requests(found)
        line = f"   {name:27}{spent / _requests(base):9.2f}"
        line += f"{_mean_ratio(found, base, 0.5):9.2f}{_mean_ratio(found, base, 0.9):7.2f}"
        line += f"{sum(one.lost for one in found.values()):6}"
        print(
            line
            + "".join(
                _format(_interpolate(curve, spent), width)
                for curve, width in zip(curves.values(), (20, 7), strict=True)
            )
        )
    print(f"\n   {'Gedi, by kind':27}{'a day':>9}{'median':>13}{'90th':>7}")
    for kind, one in results["Gedi"].items():
        daily = one.requests / EACH / DAYS
        print(f"   {kind:27}{daily:9.1f}{_format(one.share(0.5) / 60, 9, 0)} min{_format(one.share(0.9) / 60, 7, 0)}")


def _format(value: float, width: int, digits: int = 2) -> str:
    return f"{'–':>{width}}" if math.isnan(value) else f"{value:{width}.{digits}f}"


if __name__ == "__main__":
    main()
