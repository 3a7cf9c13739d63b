"""Choose the key terms of many reports at once: the terms that show what a report is about."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.text.batches import Report
from aggregator.steps.text.pairs import Pairs, Terms, find_terms
from aggregator.steps.text.sorted_arrays import begins_run, edges_of, sections_of

MAX_KEY_TERMS = 16
LEAD_LENGTH = 400  # characters that show what a text is about
_PARTS = 3  # title, lead and what follows
_PLAIN, _NUMBER, _LONG = range(3)  # kinds of terms: a short word or a pair, a number, a long word
_SIZES = (1.0, 0.7, 1.3)  # weights of the kinds
_CHECK_BITS, _OWNER_BITS = np.uint64(32), np.uint64(48)

Owners = NDArray[np.intp]


def choose_key_terms(reports: Sequence[Report]) -> tuple[list[bytes], Owners]:
    """Return the key terms of normalized reports (title, text) in UTF-8, in any order, and the report of each.

    They are those of most weight: repeated, in the title, longer. Ties are broken by hash, so that two reports of one
    event choose alike.
    """
    parts = [(title, text[:LEAD_LENGTH], text[LEAD_LENGTH : _PARTS * LEAD_LENGTH]) for title, text in reports]
    edges = edges_of([len(part) + 1 for each in parts for part in each])
    terms = find_terms("".join([f"{part}\n" for each in parts for part in each]))
    pairs, pair_owners, pair_keys = _rank_pairs(terms, edges)
    words, word_owners, word_keys = _rank_words(terms, edges)
    owners = np.concatenate((pair_owners, word_owners))
    keys = owners.astype(np.uint64) << _OWNER_BITS | np.concatenate((pair_keys, word_keys))
    ranked = keys.argsort()
    counts = np.bincount(owners, minlength=len(reports))
    place = np.arange(keys.size) - (counts.cumsum() - counts).repeat(counts)
    chosen = ranked[place < MAX_KEY_TERMS]
    is_pair = chosen < pairs.size
    chosen_pairs, chosen_words = chosen[is_pair], chosen[~is_pair]
    told = _encode_pairs(pairs[chosen_pairs]) + [words[at] for at in (chosen_words - pairs.size).tolist()]
    return told, owners[np.concatenate((chosen_pairs, chosen_words))]


def _rank_pairs(terms: Terms, edges: NDArray[np.intp]) -> tuple[Pairs, Owners, NDArray[np.uint64]]:
    """Return the pairs of title and lead, each once for a report, their reports and ranks."""
    section = np.arange(edges.size - 1, dtype=np.uint64)
    owner, part = section // np.uint64(_PARTS), section % np.uint64(_PARTS)
    codes = (owner << np.uint64(34) | part)[sections_of(terms.pair_starts, edges)]
    codes |= terms.pairs.astype(np.uint64) << np.uint64(2)
    codes.sort()
    first = begins_run(codes >> np.uint64(2)).nonzero()[0]
    in_text = codes & np.uint64(3) > 0
    counts = np.add.reduceat(in_text, first, dtype=np.intp)
    known = codes[first] & np.uint64(3) < 2
    values, counts = codes[first[known]], counts[known]
    pairs = (values >> np.uint64(2) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    in_title = (values & np.uint64(3) == 0).astype(np.intp)
    return pairs, (values >> np.uint64(34)).astype(np.intp), _RANKS[_PLAIN, in_title, counts] | _check(pairs)


def _rank_words(terms: Terms, edges: NDArray[np.intp]) -> tuple[list[bytes], Owners, NDArray[np.uint64]]:
    """Return the words of title and lead in UTF-8, each once for a report, their reports and ranks."""
    found: dict[tuple[int, str], int] = {}  # twice the number of times in the text, and one if the title has it
    for word, section in zip(terms.words, sections_of(terms.word_starts, edges).tolist(), strict=True):
        owner, part = divmod(section, _PARTS)
        if not part:
            found[owner, word] = 1
        elif part == 1 or (owner, word) in found:
            found[owner, word] = found.get((owner, word), 0) + 2
    words = [word.encode() for _, word in found]
    kinds = [_LONG if len(word) > 6 else _NUMBER if word[0].isdigit() else _PLAIN for _, word in found]
    told = np.array(list(found.values()), np.intp)
    checks = np.array(list(map(crc32, words)), np.uint64)
    owners = np.array([owner for owner, _ in found], np.intp)
    return words, owners, _RANKS[np.array(kinds, np.intp), told & 1, told >> 1] | checks


def _encode_pairs(pairs: Pairs) -> list[bytes]:
    """Return pairs in UTF-8; every Han character has three bytes."""
    encoded = pairs.astype(">u4").tobytes().decode("utf-16-be").encode()
    return [encoded[at : at + 6] for at in range(0, len(encoded), 6)]


def _check(pairs: Pairs) -> NDArray[np.uint32]:
    """Return the CRC-32 of pairs in UTF-8."""
    first, second = _CHECKS
    checks: NDArray[np.uint32] = first[pairs >> np.uint32(16)] ^ second[pairs & np.uint32(0xFFFF)]
    return checks


def _check_tables() -> list[NDArray[np.uint32]]:
    """Return what a character contributes to the CRC-32 of a pair in UTF-8 as its first and as its second one.

    CRC is linear: that of two characters is the XOR of what their bytes contribute at their places.
    """
    points = np.arange(0xA000, dtype=np.uint32)  # of three bytes, from 0x800
    encoded = (0xE0 | points >> 12, 0x80 | points >> 6 & 0x3F, 0x80 | points & 0x3F)
    empty = crc32(bytes(6))
    parts = [
        np.array([crc32(bytes(place) + bytes([byte]) + bytes(5 - place)) ^ empty for byte in range(256)], np.uint32)
        for place in range(6)
    ]
    first, second = (np.bitwise_xor.reduce([parts[start + at][encoded[at]] for at in range(3)]) for start in (0, 3))
    return [first, second ^ np.uint32(empty)]


def _rank_table() -> NDArray[np.uint64]:
    """Return the ranks of terms by kind, by whether the headline has it, and by how often the text; heaviest first.

    A rank leaves room for a CRC-32, by which terms of the same weight are ranked.
    """
    counts = range(_PARTS * LEAD_LENGTH)
    repeated = np.array([1 + log(1 + count) for count in counts])
    headline = np.array([[1.0] * len(counts), [2.0 if count else 1.3 for count in counts]])
    weights = np.array(_SIZES)[:, None, None] * repeated * headline
    ranks = np.unique(-weights, return_inverse=True)[1]
    return ranks.reshape(weights.shape).astype(np.uint64) << _CHECK_BITS


_CHECKS = _check_tables()
_RANKS = _rank_table()
