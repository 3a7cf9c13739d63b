"""Tests of the arrangement of the home page's blocks."""

from __future__ import annotations

import pytest

from aggregator.reference.categories import CategoryTree
from web.views.home_blocks import COLUMNS, MOST_TITLES, arrange

TOPS = CategoryTree.default().top_level()


@pytest.mark.parametrize(
    ("lengths", "size", "blocks", "others"),
    [
        ([], 1, 0, 0),
        ([4], 1, 1, 0),
        ([4, 4, 4], 4, 3, 0),
        ([9, 4, 4, 1], 4, 3, 1),
        ([4, 4, 3, 1], 3, 3, 1),
        ([2, 1, 1, 1], 1, 4, 0),
        ([4] * 15 + [1, 2, 3, 0], 4, 15, 3),
    ],
)
def test_blocks_have_one_size(lengths: list[int], size: int, blocks: int, others: int) -> None:
    arranged = arrange([(TOPS[n], list(range(length))) for n, length in enumerate(lengths)])
    assert (arranged.size, len(arranged.blocks), len(arranged.others)) == (size, blocks, others)
    assert {len(titles) for _, titles in arranged.blocks} <= {size}
    shown = [category for category, _ in arranged.blocks]
    assert shown == sorted(shown, key=TOPS.index)


@pytest.mark.parametrize("count", range(1, 25))
def test_latest_items_make_the_rows_full(count: int) -> None:
    arranged = arrange([(TOPS[0], "abcd")] * count)
    rows = arranged.latest_rows
    if count >= 4:
        assert rows
    if rows:
        assert (count + rows) % COLUMNS == 0
        assert (count + rows) // COLUMNS >= rows
        lines = arranged.latest_items + 1  # with its heading
        assert lines == rows * (arranged.size + 1)
    assert arranged.size == (MOST_TITLES if count >= 3 else 1)
