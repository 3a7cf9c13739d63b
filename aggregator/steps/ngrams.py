"""Hashed character n-grams of many texts at once, as the classifier reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.fold import fold

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]
Hashes: TypeAlias = NDArray[np.uint64]

LONGEST = 3  # characters in an n-gram
BITS = 24  # of a hash: one n-gram in twenty shares its number with another at a million of them
LENGTH = 120  # characters of a text that are read: a title and the beginning of the report
START, END, DIGIT = "\x02", "\x03", ord("0")
_MIX, _STIR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True, slots=True)
class Grams:
    """The distinct n-grams of texts, text by text: ``codes[starts[i]:starts[i + 1]]`` are those of text i.

    ``at`` and ``size`` say where an n-gram first stands: the place in the folded text (-1: its start mark) and the
    number of characters.
    """

    codes: Ints
    starts: Ints
    at: Ints
    size: Ints


def folded(text: str) -> str:
    """A text as its n-grams are taken from."""
    return fold(text[:LENGTH])


def grams(texts: Sequence[str]) -> Grams:
    """n-grams of one to three characters of folded texts, their ends marked; every digit counts as the same one."""
    lengths = np.array([len(text) + 2 for text in texts], dtype=np.int64)
    letters = _letters(texts)
    owner = np.repeat(np.arange(len(texts)), lengths)
    first = np.repeat(np.cumsum(lengths) - lengths, lengths)
    codes, owners, places, sizes = [], [], [], []
    rolled = np.zeros(len(letters), np.uint64)
    for size in range(1, LONGEST + 1):
        count = max(len(letters) - size + 1, 0)
        rolled = (rolled[:count] * _MIX + letters[size - 1 : size - 1 + count]) * _STIR
        rolled ^= rolled >> np.uint64(29)
        within = owner[:count] == owner[size - 1 : size - 1 + count]
        if size == 1:
            within &= letters > ord(END)
        codes.append((rolled[within] >> np.uint64(64 - BITS)).astype(np.int64))
        owners.append(owner[:count][within])
        places.append(np.flatnonzero(within) - first[:count][within] - 1)
        sizes.append(np.full(len(codes[-1]), size))
    return _distinct(
        np.concatenate(codes), np.concatenate(owners), np.concatenate(places), np.concatenate(sizes), texts
    )


def _letters(texts: Sequence[str]) -> Hashes:
    joined = "".join(f"{START}{text}{END}" for text in texts)
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    letters[(letters >= DIGIT) & (letters <= DIGIT + 9)] = DIGIT
    return letters


def _distinct(codes: Ints, owners: Ints, places: Ints, sizes: Ints, texts: Sequence[str]) -> Grams:
    """Each n-gram of a text once, at its first place."""
    keys = (owners << BITS) | codes
    _, kept = np.unique(keys, return_index=True)
    counts = np.bincount(owners[kept], minlength=len(texts))
    return Grams(codes[kept], np.concatenate([[0], np.cumsum(counts)]), places[kept], sizes[kept])


def batches(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    """Lists of at most ``size`` texts."""
    held: list[str] = []
    for text in texts:
        held.append(text)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held


def sums(rows: Floats, starts: Ints) -> Floats:
    """The sum of ``rows[starts[i]:starts[i + 1]]`` for each i; zeros where there are none."""
    total = np.zeros((len(starts) - 1, rows.shape[1]), rows.dtype)
    filled = starts[1:] > starts[:-1]
    if filled.any():
        total[filled] = np.add.reduceat(rows, starts[:-1][filled], axis=0)
    return total
