"""Share the places of a list among outlets, so that none dominates it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from math import ceil


def source_quota(limit: int, share: float) -> int:
    """Return the places of one outlet among ``limit``; all of them if ``share`` is 0."""
    return max(1, ceil(limit * share)) if share else limit


def apply_source_quota(source_ids: Sequence[Hashable], limit: int, share: float) -> list[int]:
    """Return the positions of the candidates to show, in order.

    ``outlets``: of each candidate, best first. One outlet gets at most ``share`` (0..1) of the places; skipped
    candidates fill what is left, so that the list is not shorter than necessary. Candidates of one outlet keep their
    order.
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
