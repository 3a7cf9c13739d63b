"""Find the places where two largely equal texts differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

_MAX_CHANGE = 16  # maximum characters of one change; beyond it the texts simply differ
_STRIDES = (96, 24, 6)  # step in characters through equal passages
_LOOKAHEAD = 160  # characters of the first text searched for the next common run


class Change(NamedTuple):
    """``a[a_start:a_end]`` corresponds to ``b[b_start:b_end]``; either may be empty."""

    a_start: int
    a_end: int
    b_start: int
    b_end: int


def find_changes(a: str, b: str, run: int = 4) -> Iterator[Change]:
    """Yield the short changes between common runs of at least ``run`` characters, in order, lazily.

    A passage in only one text is skipped; moved passages are not followed.
    """
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            step = _common_length(a, i, b, j)
            i, j = min(i + step, len(a)), min(j + step, len(b))
            continue
        meeting = _next_common_run(a, b, i, j, run)
        if meeting is None:
            break
        yield from _change_if_short(i, meeting[0], j, meeting[1])
        i, j = meeting
    yield from _change_if_short(i, len(a), j, len(b))


def _common_length(a: str, i: int, b: str, j: int) -> int:
    """Return how far both texts are equal, or nearly."""
    for stride in _STRIDES:
        if a[i : i + stride] == b[j : j + stride]:
            return stride
    return 1


def _change_if_short(i: int, next_i: int, j: int, next_j: int) -> Iterator[Change]:
    if next_i - i <= _MAX_CHANGE and next_j - j <= _MAX_CHANGE and (next_i > i or next_j > j):
        yield Change(i, next_i, j, next_j)


def _next_common_run(a: str, b: str, i: int, j: int, run: int) -> tuple[int, int] | None:
    """Return where both texts are equal again with the least text in between."""
    best: tuple[int, int] | None = None
    least = len(a) + len(b)
    for start in range(i, min(len(a) - run + 1, i + _LOOKAHEAD)):
        passed = start - i
        if passed >= least:
            break
        at = b.find(a[start : start + run], j, j + least - passed + run - 1)
        if at >= 0:
            best, least = (start, at), passed + at - j
    return best
