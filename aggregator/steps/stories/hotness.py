"""Hotness: how widely and how recently a story is covered, as a number that never needs an update.

Every outlet counts exp(t / tau) by the time of its first report; hotness is the logarithm of the sum. All stories decay
at the same rate, so their order stays valid and an index can serve it: 1 more equals tau later, or 2.7 times the
outlets. Outlets that repeat one text count less and less: copies of an agency report are one voice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import exp, log

DAY_TAU = timedelta(hours=12)  # tau of the 24-hour list
WEEK_TAU = timedelta(days=3)  # tau of the 7-day list
REPRINT_WEIGHT = 0.5  # an outlet that only reprints counts less
MIN_WEIGHT = REPRINT_WEIGHT / 16  # the tenth of them next to nothing, but never less than this


def hotness(reports: Iterable[tuple[int, datetime, int | None]], tau: timedelta) -> float:
    """Return the hotness of ``reports``: (outlet, published, reprinted item or None), at least one."""
    first: dict[int, float] = {}
    copied: dict[int, int | None] = {}  # for an outlet with copies only: what it copied first
    for outlet, published, original in sorted(reports, key=lambda report: report[1]):
        first.setdefault(outlet, published.timestamp() / tau.total_seconds())
        copied[outlet] = original if copied.get(outlet, original) is not None else None
    newest = max(first.values())  # subtracted from the sum: exp of a current time exceeds any float
    copies: Counter[int] = Counter()
    total = 0.0
    for outlet, at in first.items():  # in order of their first reports
        original = copied[outlet]
        copies[original or 0] += 1
        weight = 1.0 if original is None else max(REPRINT_WEIGHT / copies[original], MIN_WEIGHT)
        total += weight * exp(at - newest)
    return newest + log(total)


def min_hotness(since: datetime, tau: timedelta) -> float:
    """Return the minimum hotness of a story that an outlet joined after ``since``."""
    return since.timestamp() / tau.total_seconds() + log(MIN_WEIGHT)
