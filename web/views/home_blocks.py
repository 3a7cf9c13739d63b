"""The arrangement of the blocks of the home page: blocks of one size in full rows of three."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from aggregator.reference.categories import Category

T = TypeVar("T")

COLUMNS = 3  # of a desktop
MOST_TITLES = 4  # of a block
_ENOUGH = 3  # categories that must fill a block of a size; others are listed in one block


@dataclass(frozen=True, slots=True)
class HomeBlocks(Generic[T]):
    """The categories of the home page in the order of the tree, with their titles."""

    blocks: Sequence[tuple[Category, Sequence[T]]]  # all of ``size`` titles
    others: Sequence[tuple[Category, T]]  # the newest title of each category that has too few for a block
    size: int
    latest_rows: int  # rows of blocks that the list of the latest items fills beside them; 0: it stands alone

    @property
    def latest_items(self) -> int:
        """Return the number of latest items that fill the rows: the heading of each row but the first is a line too."""
        return self.latest_rows * (self.size + 1) - 1 if self.latest_rows else 2 * COLUMNS


def arrange(categories: Sequence[tuple[Category, Sequence[T]]]) -> HomeBlocks[T]:
    """Return the largest blocks that at least three categories fill, and the other categories with a title each."""
    lengths = sorted((len(titles) for _, titles in categories), reverse=True)
    size = min(lengths[_ENOUGH - 1] if len(lengths) >= _ENOUGH else 1, MOST_TITLES)
    blocks = [(category, titles[:size]) for category, titles in categories if len(titles) >= size]
    others = [(category, titles[0]) for category, titles in categories if 0 < len(titles) < size]
    return HomeBlocks(blocks, others, size, _latest_rows(len(blocks)))


def _latest_rows(blocks: int) -> int:
    """Return how many cells of the last column make the rows full, if the blocks fill the other columns beside them."""
    rows = COLUMNS - blocks % COLUMNS
    return rows if blocks >= rows * (COLUMNS - 1) else 0
