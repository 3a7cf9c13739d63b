"""Long lists of numbers, cut so that no statement has more parameters than a database takes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeVar

T = TypeVar("T", int, str)

BATCH_SIZE = 500


def in_batches(values: Collection[T]) -> Iterator[list[T]]:
    """In order, so that the same set always makes the same statements."""
    ordered = sorted(values)
    for at in range(0, len(ordered), BATCH_SIZE):
        yield ordered[at : at + BATCH_SIZE]
