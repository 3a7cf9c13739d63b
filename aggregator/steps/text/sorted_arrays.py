"""Sets of numbers as sorted arrays, each number once."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)
_FIRST = np.array([True])


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """Sort the values in place and return each once (``np.unique`` takes several times as long for so few)."""
    values.sort()
    kept = np.concatenate((_FIRST, values[1:] != values[:-1]))
    once: NDArray[Number] = values[kept[: values.size]]
    return once


def count_shared(a: NDArray[Any], b: NDArray[Any]) -> int:
    """Return how many values two arrays share, each ascending and without repetitions."""
    both = np.concatenate((a, b))
    both.sort(kind="stable")  # merges the two runs
    return int(np.count_nonzero(both[1:] == both[:-1]))
