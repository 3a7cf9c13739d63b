"""Represent terms (see ``terms``) by ids, so that reports are compared as arrays instead of sets of words.

An id is a hash of 24 bits, of which some hundred terms of two reports hardly ever share one by chance, and two bits for
the kind: terms of a headline, and terms that begin with a digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from struct import Struct
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.text.batches import Report
from aggregator.steps.text.pairs import Terms, find_terms
from aggregator.steps.text.sorted_arrays import distinct_of_each, edges_of, sections_of

TermIds = NDArray[np.uint32]

_HASH_BITS = 24
NUMBER_BIT = 1 << _HASH_BITS  # begins with a digit
HEADLINE_BIT = 2 << _HASH_BITS  # set for a term of a headline, which differs from the same term of a text
_ID_BITS = _HASH_BITS + 2
_HEADLINE = np.uint32(HEADLINE_BIT)
_KINDS = np.arange(4, dtype=np.uint8)
_COUNTS = Struct(f"<{_KINDS.size}H")  # the numbers of terms
_HEAD = _COUNTS.size
_LOW_BITS, _HIGH_VALUES = np.uint32(16), 1 << (_HASH_BITS - 16)
_MIN_SPLIT = 48  # for fewer ids, the bits of their high bytes would take more
_SCATTER, _HIGH = np.uint32(0x9E3779B1), np.uint32(32 - _HASH_BITS)


def report_term_ids(
    reports: Sequence[Report], ignored: re.Pattern[str] | None = None
) -> tuple[TermIds, NDArray[np.int64]]:
    """Return the ids of the terms of normalized reports (title, text), and the number of each.

    Terms are character pairs, words, and pairs of adjacent words or numbers of the text; terms of the title are added
    once more, marked as ``HEADLINE``. Those of a report ascend, each once. ``ignored``: see ``find_terms``.
    """
    edges = edges_of([len(part) + 1 for title, text in reports for part in (text, title)])
    terms = find_terms("".join([f"{text}\n{title}\n" for title, text in reports]), ignored)
    han = (terms.pairs * _SCATTER) >> _HIGH
    han_sections, sections = sections_of(terms.pair_starts, edges), sections_of(terms.word_starts, edges)
    words = np.array(list(map(_term_id, terms.words)), np.uint32)
    couples, couple_sections = _word_pairs(terms, sections)
    headlines, word_headlines = han_sections & 1 == 1, sections & 1 == 1
    values = (han, han[headlines] | _HEADLINE, words, words[word_headlines] | _HEADLINE, couples)
    places = (han_sections, han_sections[headlines], sections, sections[word_headlines], couple_sections)
    ids, bounds = distinct_of_each(np.concatenate(places) >> 1, np.concatenate(values), _ID_BITS, len(reports))
    return ids.astype(np.uint32), bounds[1:] - bounds[:-1]


def _word_pairs(terms: Terms, sections: NDArray[np.intp]) -> tuple[TermIds, NDArray[np.intp]]:
    """Return the ids of pairs of adjacent words and numbers of texts without a character pair between them.

    ``sections``: that of each word, even for texts; those of the pairs are returned.
    """
    words = terms.words
    ascii = np.array(list(map(str.isascii, words)), np.bool_)
    likely = (ascii[1:] & ascii[:-1] & (sections[1:] == sections[:-1]) & (sections[1:] & 1 == 0)).nonzero()[0]
    before, after = terms.pair_starts.searchsorted([terms.word_ends[likely], terms.word_starts[likely + 1]])
    adjacent = likely[before == after]
    ids = [_term_id(f"{words[at]} {words[at + 1]}") for at in adjacent.tolist()]
    return np.array(ids, np.uint32), sections[adjacent]


@lru_cache(maxsize=1 << 15)
def _term_id(term: str) -> int:
    number = NUMBER_BIT if term[0].isdigit() else 0
    return number | crc32(term.encode("utf-8", "replace")) & (NUMBER_BIT - 1)


def pack_term_ids(ids: TermIds, sizes: NDArray[np.int64]) -> list[bytes]:
    """Return the ids of each report as bytes: the number of each kind, then three bytes of each.

    Most are of the text and no numbers. Their high bytes ascend, and are written together as bits, in the order of all
    values: for each value a 1 for each id that has it, then a 0 (Elias-Fano coding).

    Args:
        ids: Those of several reports, one after the other, ascending in each.
        sizes: The number of each report.
    """
    reports = sizes.size
    kinds = (np.arange(reports) * _KINDS.size).repeat(sizes) + (ids >> np.uint32(_HASH_BITS))
    counts = np.bincount(kinds, minlength=reports * _KINDS.size).reshape(reports, _KINDS.size)
    split = np.where(counts[:, 0] >= _MIN_SPLIT, counts[:, 0], 0)
    within = np.arange(ids.size) - (sizes.cumsum() - sizes).repeat(sizes)
    is_split = within < split.repeat(sizes)
    bitmap_sizes = np.array([_bitmap_size(size) for size in split.tolist()], np.int64)
    bits = np.zeros(8 * int(bitmap_sizes.sum()), np.uint8)
    first = (8 * (bitmap_sizes.cumsum() - bitmap_sizes)).repeat(split)
    bits[first + within[is_split] + (ids[is_split] >> _LOW_BITS)] = 1
    rest = ids[~is_split].astype("<u4").view(np.uint8).reshape(-1, 4)[:, :3]
    parts = (
        _cut(counts.astype("<u2").tobytes(), [_HEAD] * reports),
        _cut(np.packbits(bits).tobytes(), bitmap_sizes.tolist()),
        _cut(ids[is_split].astype("<u2").tobytes(), (2 * split).tolist()),
        _cut(rest.tobytes(), (3 * (sizes - split)).tolist()),
    )
    return list(map(b"".join, zip(*parts, strict=True)))


def _cut(packed: bytes, sizes: Iterable[int]) -> list[bytes]:
    """Return the parts of these sizes."""
    return [packed[start:end] for start, end in pairwise(accumulate(sizes, initial=0))]


def unpack_term_ids(packed: Sequence[bytes]) -> tuple[TermIds, NDArray[np.int64]]:
    """Return the ids of several reports, one after the other, and the number of each; reverses ``pack_term_ids``."""
    counts = np.frombuffer(b"".join([each[:_HEAD] for each in packed]), "<u2").reshape(-1, _KINDS.size).astype(np.int64)
    split = np.where(counts[:, 0] >= _MIN_SPLIT, counts[:, 0], 0)
    sizes = counts.sum(axis=1)
    bitmaps, low, rest = [], [], []
    for each, size in zip(packed, split.tolist(), strict=True):
        start = _HEAD + _bitmap_size(size)
        end = start + 2 * size
        bitmaps.append(each[_HEAD:start])
        low.append(each[start:end])
        rest.append(each[end:])
    ids = np.empty(int(sizes.sum()), np.uint32)
    is_split = np.repeat(np.tile([True, False], len(packed)), np.column_stack((split, sizes - split)).reshape(-1))
    ids[is_split] = _unpack_high(bitmaps, split) << _LOW_BITS | np.frombuffer(b"".join(low), "<u2")
    counts[:, 0] -= split
    ids[~is_split] = _unpack_whole(b"".join(rest), np.repeat(np.tile(_KINDS, len(packed)), counts.reshape(-1)))
    return ids, sizes


def _unpack_high(bitmaps: Sequence[bytes], sizes: NDArray[np.int64]) -> TermIds:
    """Return the high bytes of ids; ``sizes``: the number of ids of each report."""
    ones = np.flatnonzero(np.unpackbits(np.frombuffer(b"".join(bitmaps), np.uint8)).view(np.bool_))
    bits = 8 * np.array(list(map(len, bitmaps)), np.int64)
    ones -= np.arange(ones.size)
    ones -= np.repeat(bits.cumsum() - bits - (sizes.cumsum() - sizes), sizes)
    return ones.astype(np.uint32)


def _unpack_whole(hashes: bytes, kinds: NDArray[np.uint8]) -> TermIds:
    """Return ids of three bytes each, and their kinds."""
    parts = np.empty((kinds.size, 4), np.uint8)
    parts[:, :3] = np.frombuffer(hashes, np.uint8).reshape(-1, 3)
    parts[:, 3] = kinds
    return parts.reshape(-1).view("<u4")


def repack_term_ids(packed: bytes) -> bytes:
    """Return in today's form what older versions wrote: three bytes of every id."""
    counts = np.frombuffer(packed[:_HEAD], "<u2")
    ids = _unpack_whole(packed[_HEAD:], np.repeat(_KINDS, counts))
    return pack_term_ids(ids, np.array([ids.size]))[0]


def count_terms(packed: bytes) -> int:
    """Return the number of packed ids."""
    return sum(_COUNTS.unpack_from(packed))


def _bitmap_size(split: int) -> int:
    """Return the bytes of the high bytes of ids."""
    return (split + _HIGH_VALUES + 7) // 8 if split else 0
