"""Invented sources for the simulation of polling, each with the times at which its items are published."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

HOUR, DAY, WEEK = 3600.0, 86400.0, 7 * 86400.0
START = 1_767_571_200.0  # a Monday, 00:00 GMT
BEFORE = 21 * DAY  # history before the first poll

Dates = list[float | None]


@dataclass(slots=True)
class Source:
    """A source: ``times`` of publishing, sorted; ``dates`` as stated; number of ``entries`` in a document."""

    kind: str
    times: list[float]
    dates: Dates
    entries: int = 60

    def new(self, since: float, now: float) -> range:
        """Return the items published after ``since``, up to ``now``, that the document still contains."""
        first, end = bisect_right(self.times, since), bisect_right(self.times, now)
        return range(max(first, end - self.entries), end)

    def count_past_week(self, now: float) -> int:
        """Return the number of items published in the last week."""
        return bisect_right(self.times, now) - bisect_right(self.times, now - WEEK)

    def count_lost(self, since: float, now: float) -> int:
        """Return the number of items that appeared and disappeared between two polls."""
        return max(0, bisect_right(self.times, now) - self.entries - bisect_right(self.times, since))


def hourly(rates: Callable[[int, int], float]) -> Callable[[random.Random, float, float], list[float]]:
    """Return a publisher that publishes ``rates(weekday, hour)`` items per hour at random times."""

    def publish(rng: random.Random, start: float, end: float) -> list[float]:
        times, at = [], start
        while at < end:
            day, hour = int((at - START) // DAY) % 7, int(at % DAY // HOUR)
            rate, stop = rates(day, hour), at + HOUR
            moment = at
            while rate > 0 and (moment := moment + rng.expovariate(rate) * HOUR) < stop:
                times.append(moment)
            at = stop
        return times

    return publish


def wire(day: int, hour: int) -> float:
    return 40.0 if 7 <= hour < 23 else 12.0


def portal(day: int, hour: int) -> float:
    return {9: 6.0, 10: 6.0, 15: 5.0, 16: 5.0}.get(hour, 2.5 if 7 <= hour < 22 else 0.1)


def office(day: int, hour: int) -> float:
    return 1.2 if day < 5 and (9 <= hour < 12 or 14 <= hour < 18) else 0.01


def evenings(day: int, hour: int) -> float:
    return 0.12 if 19 <= hour < 23 else 0.005


def any_time(day: int, hour: int) -> float:
    return 0.25


def uploads(moment: float, number: int, days: tuple[int, ...] = tuple(range(7))) -> Callable[..., list[float]]:
    """Return a publisher of about ``number`` items at once, at about the second ``moment`` of the day."""

    def publish(rng: random.Random, start: float, end: float) -> list[float]:
        own = moment + rng.uniform(-1500, 1500)
        times = []
        for day in range(int((start - START) // DAY), int((end - START) // DAY)):
            if day % 7 in days and rng.random() < 0.97:
                at = START + day * DAY + own + rng.gauss(0, 240)
                times += [at + n for n in range(rng.randint(number // 2, number * 3 // 2))]
        return times

    return publish


def bursts(rng: random.Random, start: float, end: float) -> list[float]:
    """Publish nothing but a burst of items over some hours, about every other day."""
    times, at = [], start
    while (at := at + rng.expovariate(1 / (2 * DAY))) < end:
        moment = at
        for _ in range(rng.randint(8, 30)):
            times.append(moment)
            moment += rng.expovariate(1 / (12 * 60))
    return [time for time in times if time < end]


def moving_upload(rng: random.Random, start: float, end: float) -> list[float]:
    """Publish once a day at 6:00, in the second half of the period at 18:00."""
    middle = START + (end - START) // (2 * DAY) * DAY
    return uploads(6 * HOUR, 15)(rng, start, middle) + uploads(18 * HOUR, 15)(rng, middle, end)


def stop_at_start(rng: random.Random, start: float, end: float) -> list[float]:
    """Publish for some hours, then never again."""
    return [start + n * HOUR for n in range(20)]


def true_dates(times: list[float]) -> Dates:
    return [float(int(time)) for time in times]


def midnights(times: list[float]) -> Dates:
    return [time // DAY * DAY for time in times]


def no_dates(times: list[float]) -> Dates:
    return [None] * len(times)


Publisher = Callable[[random.Random, float, float], list[float]]
KINDS: dict[str, tuple[Publisher, Callable[[list[float]], Dates]]] = {
    "busy wire": (hourly(wire), true_dates),
    "daytime portal": (hourly(portal), true_dates),
    "office hours": (hourly(office), true_dates),
    "daily upload at 6": (uploads(6 * HOUR, 30), true_dates),
    "daily upload, day as date": (uploads(6 * HOUR, 30), midnights),
    "upload that moves": (moving_upload, true_dates),
    "daytime, no dates": (hourly(office), no_dates),
    "evening blog": (hourly(evenings), true_dates),
    "any hour": (hourly(any_time), true_dates),
    "bursts": (bursts, true_dates),
    "weekly, Mondays at 10": (uploads(10 * HOUR, 5, (0,)), true_dates),
    "fallen silent": (stop_at_start, true_dates),
}


def sources(seed: int, days: int, each: int) -> list[Source]:
    """Return ``each`` sources of every kind, with items over ``days`` days and the weeks before."""
    all_sources = []
    for kind, (publisher, dating) in KINDS.items():
        for number in range(each):
            rng = random.Random(f"{seed} {kind} {number}")
            times = sorted(publisher(rng, START - BEFORE, START + days * DAY))
            all_sources.append(Source(kind, times, dating(times)))
    return all_sources
