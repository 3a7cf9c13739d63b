"""Represent terms (see ``terms``) by ids, so that reports are compared as arrays instead of sets of words.

An id is a hash of 24 bits, of which some hundred terms of two reports hardly ever share one by chance, and two bits for
the kind: terms of a headline, and terms that begin with a digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.text.pairs import Word, find_pairs, find_words
from aggregator.steps.text.sorted_arrays import distinct

TermIds = NDArray[np.uint32]

_HASH_BITS = 24
NUMBER_BIT = 1 << _HASH_BITS  # begins with a digit
HEADLINE_BIT = 2 << _HASH_BITS  # set for a term of a headline, which differs from the same term of a text
_KINDS = np.arange(4, dtype=np.uint8)
_HEAD = 2 * _KINDS.size  # bytes of the numbers of terms
_LOW_BITS, _HIGH_VALUES = np.uint32(16), 1 << (_HASH_BITS - 16)
_MIN_SPLIT = 48
_SCATTER, _HIGH = np.uint32(0x9E3779B1), np.uint32(32 - _HASH_BITS)


def report_term_ids(title: str, text: str) -> TermIds:
    """Return the ids of the terms of a normalized report, ascending, each once.

    Terms are character pairs, words, and pairs of adjacent words or numbers of the text; terms of the title are added
    once more, marked as ``HEADLINE``.
    """
    whole, end = f"{text}\n{title}", len(text)
    words = find_words(whole)
    pairs, starts = find_pairs(whole, words)
    han = (pairs * _SCATTER) >> _HIGH
    ids = [_term_id(term) for term, _, _ in words]
    ids += [_term_id(term) | HEADLINE_BIT for term, start, _ in words if start > end]
    ids += [_term_id(pair) for pair in _word_pairs([word for word in words if word[2] <= end], starts)]
    parts = [han, han[starts.searchsorted(end) :] | np.uint32(HEADLINE_BIT)]
    codes = np.concatenate([*parts, np.array(ids, np.uint32)] if ids else parts)
    return distinct(codes)


def _word_pairs(words: list[Word], starts: NDArray[np.int64]) -> Iterator[str]:
    """Yield pairs of adjacent words and numbers without a character pair between them."""
    likely = [at for at in range(1, len(words)) if words[at - 1][0].isascii() and words[at][0].isascii()]
    if likely:
        spans = [[words[at - 1][2] for at in likely], [words[at][1] for at in likely]]
        for at, left, right in zip(likely, *np.searchsorted(starts, spans).tolist(), strict=True):
            if left == right:
                yield f"{words[at - 1][0]} {words[at][0]}"


@lru_cache(maxsize=1 << 15)
def _term_id(term: str) -> int:
    number = NUMBER_BIT if term[0].isdigit() else 0
    return number | crc32(term.encode("utf-8", "replace")) & (NUMBER_BIT - 1)


def pack_term_ids(ids: TermIds) -> bytes:
    """Return the ids as bytes: the number of each kind, then three bytes of each.

    Most are of the text and no numbers. Their high bytes ascend, and are written together as bits, in the order of all
    values: for each value a 1 for each id that has it, then a 0 (Elias-Fano coding).
    """
    counts = np.bincount(ids >> np.uint32(_HASH_BITS), minlength=_KINDS.size).astype("<u2")
    split = _count_split(int(counts[0]))
    high, low = ids[:split] >> _LOW_BITS, ids[:split].astype("<u2")
    bits = np.zeros(8 * _bitmap_size(split), np.uint8)
    bits[high + np.arange(split, dtype=np.uint32)] = 1
    rest = ids[split:].astype("<u4").view(np.uint8).reshape(-1, 4)[:, :3]
    return counts.tobytes() + np.packbits(bits).tobytes() + low.tobytes() + rest.tobytes()


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
    return pack_term_ids(_unpack_whole(packed[_HEAD:], np.repeat(_KINDS, counts)))


def count_terms(packed: bytes) -> int:
    """Return the number of packed ids."""
    return sum(np.frombuffer(packed[:_HEAD], "<u2").tolist())


def _count_split(common: int) -> int:
    """Return how many ids are split into high and low bytes; for few, the bits would take more."""
    return common if common >= _MIN_SPLIT else 0


def _bitmap_size(split: int) -> int:
    """Return the bytes of the high bytes of ids."""
    return (split + _HIGH_VALUES + 7) // 8 if split else 0
