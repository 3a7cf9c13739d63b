"""How near reports are in what they tell: cosine of weighted terms, the weights drawn from the reports at hand.

A term that many of them hold says little, as everywhere; but only a few reports are at hand, all of them alike in some
way, so that each term is taken to stand in one more report of a larger world, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt

from aggregator.steps.fold import fold
from aggregator.steps.terms import terms

Features = frozenset[str]
Weights = Mapping[str, float]

LEAD = 800  # characters of text that count; Latin letters say a third as much
_NUMBERS = 4  # times a number's weight, squared: sister events differ in numbers first
_WORLD = 2000  # reports outside those at hand, in which a term is taken to stand once


@lru_cache(maxsize=1024)  # the same reports are candidates again and again: for a story, to be related, next time
def features(title: str, text: str, lead: int = LEAD) -> Features:
    """What a report speaks of: terms, pairs of Latin words, and once more the terms of its title, marked, so that they
    count for more between titles. ``title`` as published, ``text`` folded."""
    latin = len(text[:lead].encode("utf-8", "replace")) < 1.2 * len(text[:lead])
    told = terms(text[: 3 * lead if latin else lead])
    headline = terms(fold(title))
    found = {f"{a} {b}" for a, b in pairwise(told) if a.isascii() and b.isascii()}
    found.update(told, headline, [f"^{term}" for term in headline])
    return frozenset(found)


def weigh(reports: Iterable[Features]) -> dict[str, float]:
    """Every term's weight, squared as the cosine needs it. Leave copies out: they would make an event's own words look
    common."""
    counts: Counter[str] = Counter()
    number = 0
    for report in reports:
        counts.update(report)
        number += 1
    weight = [log((number + _WORLD) / (count + 1)) ** 2 for count in range(number + 1)]
    return {term: weight[count] * (_NUMBERS if _is_number(term) else 1) for term, count in counts.items()}


def _is_number(term: str) -> bool:
    return term[term[0] == "^"].isdigit()


def length(report: Features, weights: Weights) -> float:
    """Of a report's vector. Terms that were not weighed count nothing."""
    get = weights.get
    return sqrt(sum([get(term, 0.0) for term in report]))


def cosine(a: Features, b: Features, weights: Weights, lengths: float) -> float:
    """0..1; ``lengths`` is the product of both lengths."""
    get = weights.get
    return sum([get(term, 0.0) for term in a & b]) / lengths if lengths else 0.0
