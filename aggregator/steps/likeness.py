"""How near reports are in what they tell: cosine of weighted terms, the weights drawn from the reports at hand.

A term that many of them hold says little, as everywhere; but only a few reports are at hand, so that each term is
taken to have been seen now and then in a larger world, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import log, sqrt

from aggregator.steps.fold import fold
from aggregator.steps.terms import terms

Vector = Mapping[str, float]

LEAD = 800  # characters of text that count
_WORLD = 300  # reports outside those at hand, in which a term is taken to stand once


def features(title: str, text: str) -> dict[str, float]:
    """Term -> how much this report says of it. ``title`` as published, ``text`` folded."""
    headline, body = terms(fold(title)), terms(text[:LEAD])
    counts = Counter(headline)
    counts.update(body)
    counts.update(f"{a} {b}" for a, b in pairwise(body) if a.isascii() and b.isascii())
    return {term: 1 + log(count) for term, count in counts.items()}


def weigh(reports: Mapping[int, Mapping[str, float]], counted: Iterable[int] | None = None) -> dict[int, Vector]:
    """Unit vectors of reports' features. ``counted``: the reports whose terms are counted (copies would make an event's
    own words look common); by default all."""
    spread: Counter[str] = Counter()
    number = 0
    for key in reports if counted is None else counted:
        spread.update(reports[key].keys())
        number += 1
    world = number + _WORLD
    weight = {term: log(world / (count + 1)) for term, count in spread.items()}
    rare = log(world / 2)
    return {key: _unit({t: w * weight.get(t, rare) for t, w in report.items()}) for key, report in reports.items()}


def _unit(vector: dict[str, float]) -> Vector:
    size = sqrt(sum(w * w for w in vector.values()))
    return {term: w / size for term, w in vector.items()} if size else {}


def cosine(a: Vector, b: Vector) -> float:
    """0..1."""
    if len(b) < len(a):
        a, b = b, a
    get = b.get
    return sum(w * get(term, 0.0) for term, w in a.items())
