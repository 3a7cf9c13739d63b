"""Similarity of reports: cosine of idf-weighted terms, with weights from the reports at hand.

A term in many of them carries little information; but only a few reports are at hand, all similar in some way, so each
term is assumed to occur in one more report of a larger collection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.stories.term_ids import HEADLINE_BIT, NUMBER_BIT, TermIds, unpack_term_ids

_NUMBER_WEIGHT = 4  # factor of a number's weight, squared: different events differ in numbers first
_BACKGROUND_REPORTS = 2000  # reports outside of those at hand, in which a term is assumed to occur once
Floats = NDArray[np.float64]
_MIN_TERMS = 40  # minimum number of terms to distinguish events
_HASH_MULTIPLIER, _NUMBER_BIT, _HEADLINE_BIT = np.uint32(0x9E3779B1), np.uint32(NUMBER_BIT), np.uint32(HEADLINE_BIT)


class TermSimilarity:
    """Similarity of the reports at hand. ``copies`` are weighted by the others' terms, because they would make an
    event's own terms look common.
    """

    def __init__(self, terms_by_report: Mapping[int, bytes], copies: Iterable[int] = ()) -> None:
        """``terms_by_report``: the packed ids of each report's terms."""
        codes, counts = unpack_term_ids(list(terms_by_report.values()))
        sizes = counts.tolist()
        self._codes = codes
        numbers, known = _dense_ids(codes)
        left_out = set(copies)
        counted = np.repeat(np.array([key not in left_out for key in terms_by_report], bool), counts)
        held = np.bincount(numbers[counted], minlength=known).take(numbers)
        originals = len(terms_by_report) - len(left_out.intersection(terms_by_report))
        weights = np.log((originals + _BACKGROUND_REPORTS) / np.arange(1, originals + 2)) ** 2
        weights[0] = 0.0  # terms of no original have no weight
        self._weights = weights.take(held)
        self._weights[codes & _NUMBER_BIT != 0] *= _NUMBER_WEIGHT
        self._sizes: dict[int, int] = dict(zip(terms_by_report, sizes, strict=True))
        ends = list(accumulate(sizes))
        self._slices = {
            key: slice(end - size, end) for key, size, end in zip(terms_by_report, sizes, ends, strict=True)
        }
        self._numbers = {key: numbers[at] for key, at in self._slices.items()}
        self._lengths = dict(zip(terms_by_report, np.sqrt(_segment_sums(self._weights, sizes)).tolist(), strict=True))
        self._scratch = np.zeros(known)

    def is_informative(self, report_id: int) -> bool:
        """Return whether a report has enough terms for a difference to matter."""
        return self._sizes[report_id] >= _MIN_TERMS

    def similarities(self, report_id: int, other_ids: Sequence[int]) -> list[float]:
        """Return the cosine, 0..1, of one report with each of the others."""
        if not other_ids:
            return []
        self._scratch[self._numbers[report_id]] = self._weights[self._slices[report_id]]
        theirs = [self._numbers[other] for other in other_ids]
        shared = _segment_sums(self._scratch.take(np.concatenate(theirs)), [numbers.size for numbers in theirs])
        self._scratch[self._numbers[report_id]] = 0.0
        length = self._lengths[report_id]
        return [
            alike / (length * self._lengths[other]) if alike else 0.0
            for other, alike in zip(other_ids, shared.tolist(), strict=True)
        ]

    def contained(self, short: int, other: int, cosine: float) -> float:
        """Return the share, 0..1, of a report's terms that the other one has; ``cosine``: of both.

        The terms of a headline are there twice, once for comparisons with other headlines, which do not count here.
        """
        at = self._slices[short]
        once = float(self._weights[at][self._codes[at] & _HEADLINE_BIT == 0].sum())
        shared = cosine * self._lengths[short] * self._lengths[other]
        return min(shared / once, 1.0) if once else 0.0

    def share_words(self, report_id: int, other: int) -> bool:
        """Return whether two reports share a term that does not begin with a digit."""
        ours, theirs = self._codes[self._slices[report_id]], self._codes[self._slices[other]]
        return bool((np.intersect1d(ours, theirs, assume_unique=True) & _NUMBER_BIT == 0).any())

    def size(self, report_id: int) -> int:
        """Return the number of terms of a report."""
        return self._sizes[report_id]


def _segment_sums(values: Floats, sizes: Sequence[int]) -> Floats:
    """Return the sum of each segment of the values; ``sizes`` are the segment lengths."""
    starts = [end - size for end, size in zip(accumulate(sizes), sizes, strict=True) if size]
    if len(starts) == len(sizes):
        return np.add.reduceat(values, starts)
    found = np.zeros(len(sizes))
    if starts:
        found[np.flatnonzero(sizes)] = np.add.reduceat(values, starts)
    return found


def _dense_ids(codes: TermIds) -> tuple[NDArray[np.int64], int]:
    """Return a small number for each distinct code, and the upper bound of all.

    A table of that size gives each code the number of its slot; codes whose slot is taken, a few in a hundred, are
    sorted.
    """
    bits = max(codes.size.bit_length(), 8)
    places = ((codes * _HASH_MULTIPLIER) >> np.uint32(32 - bits)).astype(np.int64)
    table = np.zeros(1 << bits, np.uint32)
    table[places] = codes
    crowded = np.flatnonzero(table.take(places) != codes)
    rest, order = np.unique(codes[crowded], return_inverse=True)
    places[crowded] = (1 << bits) + order
    return places, (1 << bits) + rest.size
