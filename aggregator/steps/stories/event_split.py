"""Detect that the reports of a story are about two events, from their similarities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_MIN_REPORTS = 3  # reports needed to tell an event from another
_MAX_CROSS_RATIO = 0.6  # similarity between two events, relative to that within either


def is_ambiguous(similarities: Sequence[float]) -> bool:
    """Return whether a report is much more similar to some reports of its story than to others.
    ``similarities``: to each of them, 0..1.
    """
    ranked = sorted(similarities)
    return len(ranked) >= 2 * _MIN_REPORTS - 1 and sum(ranked[:_MIN_REPORTS]) <= _MAX_CROSS_RATIO * sum(
        ranked[-_MIN_REPORTS:]
    )


def split_two_events(
    similarities: Sequence[Sequence[float]], item_ids: Sequence[int]
) -> tuple[list[int], list[int]] | None:
    """Return the two groups of ``item_ids`` if they report two events. ``similarities``: of each pair of items, 0 to 1.

    Complete linkage merges the most similar groups until two are left. They are two events if the average similarity
    across them is much lower than within them.
    """
    links = np.array(similarities)
    np.fill_diagonal(links, -1.0)
    likeness = np.maximum(links, 0.0)
    groups = {row: [row] for row in range(len(item_ids))}
    while len(groups) > 2:
        one, other = sorted(divmod(int(links.argmax()), len(links)))
        groups[one] += groups.pop(other)
        links[one] = links[:, one] = np.minimum(links[one], links[other])
        links[other] = links[:, other] = links[one, one] = -1.0
    first, second = groups.values()
    if min(len(first), len(second)) < _MIN_REPORTS:
        return None
    within = min(likeness[np.ix_(rows, rows)].sum() / (len(rows) * (len(rows) - 1)) for rows in (first, second))
    if likeness[np.ix_(first, second)].mean() > _MAX_CROSS_RATIO * within:
        return None
    return [item_ids[row] for row in first], [item_ids[row] for row in second]
