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
    """Return the ids in three bytes each, after the number of terms of each kind."""
    counts = np.bincount(ids >> np.uint32(_HASH_BITS), minlength=_KINDS.size).astype("<u2")
    return counts.tobytes() + ids.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def unpack_term_ids(packed: Sequence[bytes]) -> tuple[TermIds, NDArray[np.int64]]:
    """Return the ids of several reports, one after the other, and the number of each; reverses ``pack_term_ids``."""
    head = 2 * _KINDS.size
    counts = np.frombuffer(b"".join([each[:head] for each in packed]), "<u2").reshape(-1, _KINDS.size)
    hashes = np.frombuffer(b"".join([each[head:] for each in packed]), np.uint8).reshape(-1, 3)
    parts = np.empty((len(hashes), 4), np.uint8)
    parts[:, :3] = hashes
    parts[:, 3] = np.repeat(np.tile(_KINDS, len(packed)), counts.reshape(-1))
    return parts.reshape(-1).view("<u4"), counts.sum(axis=1, dtype=np.int64)
