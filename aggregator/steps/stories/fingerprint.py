"""Compute an item's sketch: the numbers by which candidates are found.

Fingerprints of the text are chosen so that a copy shares some of them: clauses survive another title, byline or
advertisement, the first ones survive cuts, the least (bottom-k MinHash, Broder 1997) survive removed and added
paragraphs; the least 8-character n-grams survive edits inside of clauses. Key terms are what the item is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from aggregator.model import FIRST_KEY_TERM, Sketch
from aggregator.steps.stories.clauses import Clauses, find_clauses
from aggregator.steps.stories.key_terms import choose_key_terms
from aggregator.steps.text.batches import Report
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.sorted_arrays import distinct_of_each

FIRST_CLAUSES = 4
LEAST_CLAUSES = 8
LEAST_GRAMS = 10
_MAX_TEXT_LENGTH = 4000
_MIN_TITLE = 6  # letters
_GRAM_LENGTH = 8
_HASH_BITS = 31
_HASHES = FIRST_KEY_TERM - 1
_PRIME, _MIX, _HALF = 0x9E3779B97F4A7C15, np.uint64(0xBF58476D1CE4E5B9), np.uint64(29)
_POWERS = {exponent: np.uint64(pow(_PRIME, exponent, 1 << 64)) for exponent in (1, 2, 4, 8)}

Hashes = NDArray[np.uint64]


def build_sketch(title: str, text: str) -> Sketch:
    """Return the sketch of an item; ``text`` is normalized plain text, ``title`` as published."""
    return build_sketches([(fold(title), text)])[0]


def build_sketches(reports: Sequence[Report]) -> list[Sketch]:
    """Return the sketches of reports (title, text), all normalized."""
    reports = [(title, text[:_MAX_TEXT_LENGTH]) for title, text in reports]
    fingerprints = _fingerprints(reports)
    terms, owners = choose_key_terms(reports)
    topics, bounds = distinct_of_each(owners, _hashes([b"o" + term for term in terms]), _HASH_BITS, len(reports))
    key_terms = (topics + np.uint64(FIRST_KEY_TERM)).tolist()
    return [
        Sketch(tuple(sorted(marks)), tuple(key_terms[start:end]))
        for marks, (start, end) in zip(fingerprints, pairwise(bounds.tolist()), strict=True)
    ]


def key_term_hash(term: str) -> int:
    """Return the hash of a key term."""
    return int(_hashes([b"o" + term.encode("utf-8", "replace")])[0]) + FIRST_KEY_TERM


def _hashes(values: Iterable[bytes]) -> Hashes:
    """Return hashes of 31 bits; values begin with their kind, because all share one index."""
    digests = [blake2b(value, digest_size=8).digest() for value in values]
    return np.frombuffer(b"".join(digests), ">u8") & np.uint64(_HASHES)


def _fingerprints(reports: Sequence[Report]) -> list[set[int]]:
    """Return the fingerprints of each report."""
    found = find_clauses([part for report in reports for part in report])
    grams = _Grams(found)
    values: list[bytes] = []
    counts: list[int] = []
    marks: list[set[int]] = []
    for title in range(0, 2 * len(reports), 2):
        text = title + 1
        chosen = _choose_clauses(found.clauses[text])
        least = grams.least(text, LEAST_GRAMS)
        if (length := grams.length(title)) >= _MIN_TITLE:
            chosen += [b"c" + clause for clause in found.clauses[title][:2]]
            chosen.append(b"t" + found.bare(title))
            if grams.length(text) < 2 * length:  # a title alone has only its own n-grams
                least += grams.least(title, LEAST_GRAMS // 2)
        values += chosen
        counts.append(len(chosen))
        marks.append({number & _HASHES for number in least})  # the least ones have no high bits
    hashes = iter(_hashes(values).tolist())
    for each, count in zip(marks, counts, strict=True):
        each.update(next(hashes) for _ in range(count))
    return marks


def _choose_clauses(clauses: list[bytes]) -> list[bytes]:
    """Return the first clauses and the least of the others, with their kind."""
    rest = clauses[FIRST_CLAUSES:]
    if len(rest) > LEAST_CLAUSES:
        rest = sorted(rest, key=crc32)[:LEAST_CLAUSES]
    return [b"c" + clause for clause in clauses[:FIRST_CLAUSES] + rest]


class _Grams:
    """The hashes of all runs of eight letters of texts, or 24 Latin ones, which carry less information."""

    def __init__(self, texts: Clauses) -> None:
        self._texts = texts
        self._codes = texts.letters.astype(np.uint64)
        self._hashes: dict[int, Hashes] = {}  # by length of a run

    def length(self, number: int) -> int:
        """Return the number of letters of a text."""
        return self._texts.starts[number + 1] - self._texts.starts[number]

    def least(self, number: int, count: int) -> list[int]:
        """Return the least hashes of a text."""
        start, end = self._texts.starts[number : number + 2]
        utf8_start, utf8_end = self._texts.utf8_starts[number : number + 2]
        size = _GRAM_LENGTH if utf8_end - utf8_start > 2 * (end - start) else 3 * _GRAM_LENGTH
        if end - start < size:
            return []
        if size not in self._hashes:
            self._hashes[size] = _gram_hashes(self._codes, size)
        return _least(self._hashes[size][start : end - size + 1], count)


def _gram_hashes(codes: Hashes, size: int) -> Hashes:
    hashes = _rolling_hashes(codes, size)
    hashes ^= hashes >> _HALF
    hashes *= _MIX
    hashes ^= hashes >> _HALF
    return hashes


def _rolling_hashes(codes: Hashes, size: int) -> Hashes:
    """Return the polynomial hash of all runs of ``size`` codes: 8, or 24 as three of 8."""
    hashes = codes
    for width in (1, 2, 4):  # a run of twice the width is two runs
        hashes = hashes[:-width] * _POWERS[width] + hashes[width:]
    if size == _GRAM_LENGTH:
        return hashes
    return (hashes[:-16] * _POWERS[8] + hashes[8:-8]) * _POWERS[8] + hashes[16:]


def _least(hashes: Hashes, count: int) -> list[int]:
    """Return the least of the hashes, which are reordered; repeated ones take several places among 4 * ``count``."""
    for kept in (count, 4 * count):
        least = hashes
        if hashes.size > kept:
            hashes.partition(kept)
            least = hashes[:kept]
        values = sorted(set(least.tolist()))
        if len(values) == least.size:
            break
    return values[:count]
