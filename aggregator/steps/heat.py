"""How widely and how recently a story is covered, as one number that never has to be brought up to date.

Every outlet counts exp(t / tau) by the time of its first report; the logarithm of the sum is the heat. As time goes by
all stories cool at the same pace, so their order stays true and an index can serve it for ever: 1 more is the same as
tau later, or as 2.7 times the outlets.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import exp, log

DAY = timedelta(hours=12)  # tau for "hot today"
WEEK = timedelta(days=3)  # tau for "hot this week"
REPRINT_WEIGHT = 0.5  # an outlet that only reprints says less than one that sent somebody


def heat(reports: Iterable[tuple[int, datetime, bool]], tau: timedelta) -> float:
    """``reports``: (outlet, published, is a reprint) of each report, at least one."""
    first: dict[int, float] = {}
    weight: dict[int, float] = {}
    for outlet, published, reprint in reports:
        at = published.timestamp() / tau.total_seconds()
        first[outlet] = min(at, first.get(outlet, at))
        weight[outlet] = max(REPRINT_WEIGHT if reprint else 1.0, weight.get(outlet, 0.0))
    newest = max(first.values())  # taken out of the sum: exp of a time of day today is beyond any float
    return newest + log(sum(weight[outlet] * exp(at - newest) for outlet, at in first.items()))


def least_heat(since: datetime, tau: timedelta) -> float:
    """What a story has at least when an outlet joined it after ``since``."""
    return since.timestamp() / tau.total_seconds() + log(REPRINT_WEIGHT)
