"""Recognize that two texts share one continuous passage, as an excerpt shares one with the text it was cut from.

N-grams without their order say little about short texts: a lead-in of 20 characters and an exchanged word take a third
of those of an excerpt of 80. What counts instead is the passage between the first and the last common run: on either
side of it one of the texts ends, hardly a character within it differs, and no figure or place does. Bulletins share
long passages as well, but what they begin with, or what interrupts them, states other facts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.stories.comparable_text import NgramCodes, ngram_codes
from aggregator.steps.stories.fact_conflicts import NUMERALS, find_numbers, find_places

MAX_EXCERPT = 320  # characters of the shorter text
_MIN_PASSAGE = 60  # characters; two reports of one event may share a shorter one
_MIN_SHARE = 0.45  # of the shorter text that the passage makes up
_MIN_COVERED = 0.6  # share of the passage that is in common runs,
_MAX_REPLACED = 0.16  # that is worded differently, the rest being clauses that the other text lacks
_MAX_HEAD = 16  # characters before the passage of the text that has fewer of them
_MAX_TAIL = 12  # characters after it: of a link, or of a word exchanged just before the cut
_MAX_SEAM = 2  # characters in place of a clause that was left out
_LATIN_FACTOR = 2.4  # so many Latin letters say as much as a Han character
_SEED = 2  # n-grams in a row with which a passage begins and ends, because one may coincide


class _Passage(NamedTuple):
    """Where the passage is in the shorter text, and how much of it and of its surroundings the texts share."""

    start: int
    end: int
    covered: int
    replaced: tuple[tuple[int, int], ...]  # parts of the shorter text within it for which the longer one has others,
    added: tuple[tuple[int, int], ...]  # and for which it has nothing
    longer_start: int  # of the passage in the longer text
    longer_rest: int  # characters of the longer text after it


def share_passage(a: str, b: str, size: int) -> bool:
    """Return whether a passage of two comparable texts is one and the same; ``size``: characters of their runs."""
    shorter, longer = sorted((a, b), key=len)
    scale = 1.0 if size < 8 else _LATIN_FACTOR
    if len(shorter) > MAX_EXCERPT * scale:
        return False
    found = _find_passage(shorter, longer, size)
    if found is None or not _is_long_enough(found, len(shorter), scale):
        return False
    if min(len(shorter) - found.end, found.longer_rest) > _MAX_TAIL * scale:
        return False
    return not _has_other_beginning(shorter, longer, found, scale) and not _states_other_facts(shorter, longer, found)


def _find_passage(shorter: str, longer: str, size: int) -> _Passage | None:
    ours, theirs = ngram_codes(shorter, size), ngram_codes(longer, size)
    shared = _are_in(ours, theirs)
    seeds = np.flatnonzero(shared[: 1 - _SEED] & shared[_SEED - 1 :])
    if not seeds.size:
        return None
    first, last = int(seeds[0]), int(seeds[-1]) + _SEED - 1
    starts = np.flatnonzero(shared[first : last + 1]) + first
    steps = np.diff(starts)
    covered = int(np.minimum(steps, size).sum()) + size
    replaced: list[tuple[int, int]] = []
    added: list[tuple[int, int]] = []
    for at in np.flatnonzero(steps > size).tolist():
        before, after = int(starts[at]), int(starts[at + 1])
        between = _position(theirs, ours[after]) - _position(theirs, ours[before]) - size
        (added if 0 <= between <= _MAX_SEAM else replaced).append((before + size, after))
    longer_rest = _position(theirs[::-1], ours[last])
    return _Passage(
        first, last + size, covered, tuple(replaced), tuple(added), _position(theirs, ours[first]), longer_rest
    )


def _are_in(codes: NgramCodes, others: NgramCodes) -> NDArray[np.bool_]:
    """Return which of the codes are among others, at least one (``np.isin`` takes ten times as long)."""
    ordered = np.sort(others)
    places = ordered.searchsorted(codes)
    found: NDArray[np.bool_] = ordered.take(places, mode="clip") == codes
    return found


def _position(codes: NgramCodes, code: np.uint64) -> int:
    return int(np.argmax(codes == code))


def _is_long_enough(found: _Passage, length: int, scale: float) -> bool:
    size = found.end - found.start
    replaced = sum(end - start for start, end in found.replaced)
    return (
        size >= max(_MIN_PASSAGE * scale, _MIN_SHARE * length)
        and found.covered >= _MIN_COVERED * size
        and replaced <= _MAX_REPLACED * size
    )


def _has_other_beginning(shorter: str, longer: str, found: _Passage, scale: float) -> bool:
    """Return whether both texts have something before the passage that may be more than a byline."""
    heads = shorter[: found.start], longer[: found.longer_start]
    return min(map(len, heads)) > _MAX_HEAD * scale or (all(heads) and any(map(find_numbers, heads)))


def _states_other_facts(shorter: str, longer: str, found: _Passage) -> bool:
    """Return whether the shorter text has within the passage a figure or a place that the longer one lacks, other than
    in a clause that the longer one leaves out.
    """
    told, at = [], found.start
    for start, end in found.added:
        told.append(shorter[at:start])
        at = end
    told.append(shorter[at : found.end])
    if not find_numbers(" ".join(told).strip(NUMERALS)) <= find_numbers(longer):  # those at its ends may be cut
        return True
    parts = (shorter[max(0, start - 2) : end + 2] for start, end in found.replaced)
    return any(place not in longer for part in parts for place in find_places(part))
