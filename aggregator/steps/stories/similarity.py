"""Similarity of reports: cosine of idf-weighted terms, with weights from the reports at hand.

A term in many of them carries little information; but only a few reports are at hand, all similar in some way, so each
term is assumed to occur in one more report of a larger collection.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.stories.term_ids import NUMBER_BIT, TermIds, report_term_ids
from aggregator.steps.text.normalize import fold

LEAD_LENGTH = 800  # characters of text that count; a third for Han, because Latin letters carry less
_NUMBER_WEIGHT = 4  # factor of a number's weight, squared: different events differ in numbers first
_BACKGROUND_REPORTS = 2000  # reports outside of those at hand, in which a term is assumed to occur once
Floats = NDArray[np.float64]
_DATE_TIME = re.compile(r"\d{1,2}月\d{1,2}日(?:\d{1,2}[时点](?:\d{1,2}分)?)?|\d{1,2}[时点]\d{1,2}分")
_MIN_TERMS = 40  # minimum number of terms to distinguish events
_HASH_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def report_terms(title: str, text: str, lead_length: int = LEAD_LENGTH) -> TermIds:
    """Return terms, pairs of Latin words, and title terms again with a mark, so that they count more between titles.

    ``title`` as published, ``text`` normalized. Dates and times are no terms: two bulletins of one minute would be
    similar by nothing else.
    """
    return _cached_report_terms(title, text[: 3 * lead_length], lead_length)


@lru_cache(maxsize=3000)  # the same reports are candidates repeatedly
def _cached_report_terms(title: str, text: str, lead_length: int) -> TermIds:
    latin = len(text[:lead_length].encode("utf-8", "replace")) < 1.2 * len(text[:lead_length])
    lead = text if latin else text[:lead_length]
    return report_term_ids(_DATE_TIME.sub(" ", fold(title)), _DATE_TIME.sub(" ", lead))


class TermSimilarity:
    """Similarity of the reports at hand. ``copies`` are weighted by the others' terms, because they would make an
    event's own terms look common.
    """

    def __init__(self, terms_by_report: Mapping[int, TermIds], copies: Iterable[int] = ()) -> None:
        """``told``: the terms of each report, each once."""
        sizes = [report.size for report in terms_by_report.values()]
        codes = np.concatenate([*terms_by_report.values(), np.empty(0, np.int64)])
        numbers, known = _dense_ids(codes)
        left_out = set(copies)
        counted = np.repeat(np.array([key not in left_out for key in terms_by_report], bool), np.array(sizes, np.int64))
        held = np.bincount(numbers[counted], minlength=known)[numbers]
        originals = len(terms_by_report) - len(left_out.intersection(terms_by_report))
        weights = np.log((originals + _BACKGROUND_REPORTS) / np.arange(1, originals + 2)) ** 2
        weights[0] = 0.0  # terms of no original have no weight
        self._weights = weights[held]
        self._weights[codes & NUMBER_BIT != 0] *= _NUMBER_WEIGHT
        ends = list(accumulate(sizes))
        self._slices = {
            key: slice(end - size, end) for key, size, end in zip(terms_by_report, sizes, ends, strict=True)
        }
        self._numbers = {key: numbers[at] for key, at in self._slices.items()}
        self._lengths = dict(zip(terms_by_report, np.sqrt(_segment_sums(self._weights, sizes)).tolist(), strict=True))
        self._scratch = np.zeros(known)

    def is_informative(self, report_id: int) -> bool:
        """Return whether a report has enough terms for a difference to matter."""
        return self._slices[report_id].stop - self._slices[report_id].start >= _MIN_TERMS

    def similarities(self, report_id: int, other_ids: Sequence[int]) -> list[float]:
        """Return the cosine, 0..1, of one report with each of the others."""
        if not other_ids:
            return []
        self._scratch[self._numbers[report_id]] = self._weights[self._slices[report_id]]
        theirs = [self._numbers[other] for other in other_ids]
        shared = _segment_sums(self._scratch[np.concatenate(theirs)], [numbers.size for numbers in theirs])
        self._scratch[self._numbers[report_id]] = 0.0
        length = self._lengths[report_id]
        return [
            alike / (length * self._lengths[other]) if alike else 0.0
            for other, alike in zip(other_ids, shared.tolist(), strict=True)
        ]


def _segment_sums(values: Floats, sizes: Sequence[int]) -> Floats:
    """Return the sum of each segment of the values; ``sizes`` are the segment lengths."""
    found = np.zeros(len(sizes))
    lengths = np.array(sizes, np.int64)
    filled = np.flatnonzero(lengths)
    if filled.size:
        found[filled] = np.add.reduceat(values, (lengths.cumsum() - lengths)[filled])
    return found


def _dense_ids(codes: TermIds) -> tuple[NDArray[np.int64], int]:
    """Return a small number for each distinct code, and the upper bound of all.

    A table of that size gives each code the number of its slot; codes whose slot is taken, a few in a hundred, are
    sorted.
    """
    bits = max(codes.size.bit_length(), 8)
    places = ((codes.view(np.uint64) * _HASH_MULTIPLIER) >> np.uint64(64 - bits)).astype(np.int64)
    table = np.zeros(1 << bits, np.int64)
    table[places] = codes
    crowded = np.flatnonzero(table[places] != codes)
    rest, order = np.unique(codes[crowded], return_inverse=True)
    places[crowded] = (1 << bits) + order
    return places, (1 << bits) + rest.size
