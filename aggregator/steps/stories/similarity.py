"""How near reports are in what they tell: cosine of weighted terms, the weights drawn from the reports at hand.

A term that many of them hold says little, as everywhere; but only a few reports are at hand, all of them alike in some
way, so that each term is taken to stand in one more report of a larger world, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.stories.term_ids import NUMBER, Codes, report_codes
from aggregator.steps.text.normalize import fold

LEAD = 800  # characters of text that count; Latin letters say a third as much
_NUMBERS = 4  # times a number's weight, squared: sister events differ in numbers first
_WORLD = 2000  # reports outside those at hand, in which a term is taken to stand once
Floats = NDArray[np.float64]
_TELLING = 40  # terms from which a report says enough to be told from another event
_MIXER = np.uint64(0x9E3779B97F4A7C15)


def features(title: str, text: str, lead: int = LEAD) -> Codes:
    """What a report speaks of: terms, pairs of Latin words, and once more the terms of its title, marked, so that they
    count for more between titles. ``title`` as published, ``text`` folded."""
    return _features(title, text[: 3 * lead], lead)


@lru_cache(maxsize=3000)  # the same reports are candidates again and again: for a story, to be related, next time
def _features(title: str, text: str, lead: int) -> Codes:
    latin = len(text[:lead].encode("utf-8", "replace")) < 1.2 * len(text[:lead])
    return report_codes(fold(title), text if latin else text[:lead])


class Likeness:
    """How like the reports at hand are. ``copies`` are weighed by the others' words: they would make an event's own
    words look common."""

    def __init__(self, told: Mapping[int, Codes], copies: Iterable[int] = ()) -> None:
        """``told``: what each report speaks of, every term once."""
        sizes = [report.size for report in told.values()]
        codes = np.concatenate([*told.values(), np.empty(0, np.int64)])
        numbers, known = _numbered(codes)
        left_out = set(copies)
        counted = np.repeat(np.array([key not in left_out for key in told], bool), np.array(sizes, np.int64))
        held = np.bincount(numbers[counted], minlength=known)[numbers]
        originals = len(told) - len(left_out.intersection(told))
        weights = np.log((originals + _WORLD) / np.arange(1, originals + 2)) ** 2
        weights[0] = 0.0  # what no original holds was not weighed
        self._weights = weights[held]
        self._weights[codes & NUMBER != 0] *= _NUMBERS
        ends = list(accumulate(sizes))
        self._at = {key: slice(end - size, end) for key, size, end in zip(told, sizes, ends, strict=True)}
        self._numbers = {key: numbers[at] for key, at in self._at.items()}
        self._lengths = dict(zip(told, np.sqrt(_sums(self._weights, sizes)).tolist(), strict=True))
        self._scratch = np.zeros(known)

    def tells(self, one: int) -> bool:
        """Does a report say enough for what it does not share to mean something?"""
        return self._at[one].stop - self._at[one].start >= _TELLING

    def between(self, one: int, others: Sequence[int]) -> list[float]:
        """The cosine, 0..1, of one report with each of the others."""
        if not others:
            return []
        self._scratch[self._numbers[one]] = self._weights[self._at[one]]
        theirs = [self._numbers[other] for other in others]
        shared = _sums(self._scratch[np.concatenate(theirs)], [numbers.size for numbers in theirs])
        self._scratch[self._numbers[one]] = 0.0
        length = self._lengths[one]
        return [
            alike / (length * self._lengths[other]) if alike else 0.0
            for other, alike in zip(others, shared.tolist(), strict=True)
        ]


def _sums(values: Floats, sizes: Sequence[int]) -> Floats:
    """The sum of each stretch, of ``sizes``, of the values."""
    found = np.zeros(len(sizes))
    lengths = np.array(sizes, np.int64)
    filled = np.flatnonzero(lengths)
    if filled.size:
        found[filled] = np.add.reduceat(values, (lengths.cumsum() - lengths)[filled])
    return found


def _numbered(codes: Codes) -> tuple[NDArray[np.int64], int]:
    """A small number for every distinct code, and the least above all of them. A table as large as they are many gives
    each the number of its place; those whose place another code has taken, a few in a hundred, are sorted."""
    bits = max(codes.size.bit_length(), 8)
    places = ((codes.view(np.uint64) * _MIXER) >> np.uint64(64 - bits)).astype(np.int64)
    table = np.zeros(1 << bits, np.int64)
    table[places] = codes
    crowded = np.flatnonzero(table[places] != codes)
    rest, order = np.unique(codes[crowded], return_inverse=True)
    places[crowded] = (1 << bits) + order
    return places, (1 << bits) + rest.size
