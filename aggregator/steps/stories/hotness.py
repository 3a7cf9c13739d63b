"""How widely and how recently a story is covered, as one number that never has to be brought up to date.

Every outlet counts exp(t / tau) by the time of its first report; the logarithm of the sum is the heat. As time goes by
all stories cool at the same pace, so their order stays true and an index can serve it for ever: 1 more is the same as
tau later, or as 2.7 times the outlets. Outlets that repeat one text, a news agency's, count less and less: however many
there are, they are one voice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import exp, log

DAY_TAU = timedelta(hours=12)  # tau for "hot today"
WEEK_TAU = timedelta(days=3)  # tau for "hot this week"
REPRINT_WEIGHT = 0.5  # an outlet that only reprints says less than one that sent somebody
MIN_WEIGHT = REPRINT_WEIGHT / 16  # ... and the tenth one that does next to nothing, but never less than this


def hotness(reports: Iterable[tuple[int, datetime, int | None]], tau: timedelta) -> float:
    """``reports``: (outlet, published, the item it reprints or None) of each report, at least one."""
    first: dict[int, float] = {}
    copied: dict[int, int | None] = {}  # by an outlet that has nothing but copies: what it copied first
    for outlet, published, original in sorted(reports, key=lambda report: report[1]):
        first.setdefault(outlet, published.timestamp() / tau.total_seconds())
        copied[outlet] = original if copied.get(outlet, original) is not None else None
    newest = max(first.values())  # taken out of the sum: exp of a time of day today is beyond any float
    copies: Counter[int] = Counter()
    total = 0.0
    for outlet, at in first.items():  # in the order of their first reports
        original = copied[outlet]
        copies[original or 0] += 1
        weight = 1.0 if original is None else max(REPRINT_WEIGHT / copies[original], MIN_WEIGHT)
        total += weight * exp(at - newest)
    return newest + log(total)


def min_hotness(since: datetime, tau: timedelta) -> float:
    """What a story has at least when an outlet joined it after ``since``."""
    return since.timestamp() / tau.total_seconds() + log(MIN_WEIGHT)
