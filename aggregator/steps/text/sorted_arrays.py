"""Sets of numbers as sorted arrays, each number once."""

from __future__ import annotations

from itertools import accumulate
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)
_FIRST = np.array([True])


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """Sort the values in place and return each once (``np.unique`` takes several times as long for so few)."""
    values.sort()
    once: NDArray[Number] = values[begins_run(values)]
    return once


def begins_run(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return for each value whether the one before it is another."""
    return np.concatenate((_FIRST, values[1:] != values[:-1]))[: values.size]


def distinct_of_each(
    owners: NDArray[np.intp], values: NDArray[np.unsignedinteger], bits: int, count: int
) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Return the values of each of ``count`` owners, ascending, each once; where those of each begin, and the end.

    Args:
        owners: The owner of each value, from 0.
        values: Numbers of so many ``bits``.
    """
    shift = np.uint64(bits)
    once = distinct(owners.astype(np.uint64) << shift | values)
    bounds = once.searchsorted(np.arange(count + 1, dtype=np.uint64) << shift)
    return once & np.uint64((1 << bits) - 1), bounds


def sections_of(places: NDArray[np.intp], edges: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return in which section each of the ascending places is; ``edges``: where each section begins, and the end."""
    cuts = places.searchsorted(edges)
    return np.arange(edges.size - 1).repeat(cuts[1:] - cuts[:-1])


def edges_of(sizes: list[int]) -> NDArray[np.intp]:
    """Return where each section begins, and where the last one ends."""
    return np.array(list(accumulate(sizes, initial=0)), np.intp)


def count_shared(a: NDArray[Any], b: NDArray[Any]) -> int:
    """Return how many values two arrays share, each ascending and without repetitions."""
    both = np.concatenate((a, b))
    both.sort(kind="stable")  # merges the two runs
    return int(np.count_nonzero(both[1:] == both[:-1]))
