"""The places of a list shared among outlets, so that none floods it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from math import ceil


def source_quota(limit: int, share: float) -> int:
    """The places that one outlet gets of ``limit``; all of them where ``share`` is 0."""
    return max(1, ceil(limit * share)) if share else limit


def apply_source_quota(source_ids: Sequence[Hashable], limit: int, share: float) -> list[int]:
    """Which of a list's candidates to show: their places, in order.

    ``outlets``: of each candidate, the best first. The first of them get a place, but of one outlet no more than
    ``share`` (0..1) of all places; those passed over fill up what is then left, so that a list is never shorter than
    it need be, and one outlet alone gets all of it. An outlet's own candidates are always taken in their order.
    """
    most = source_quota(limit, share)
    chosen: list[int] = []
    passed: list[int] = []
    held: Counter[Hashable] = Counter()
    for place, outlet in enumerate(source_ids):
        if len(chosen) == limit:
            break
        if held[outlet] < most:
            held[outlet] += 1
            chosen.append(place)
        else:
            passed.append(place)
    return sorted(chosen + passed[: limit - len(chosen)])
