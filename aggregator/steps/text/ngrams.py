"""Hashed character n-grams of many texts at once, and their collection into rows of codes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]
Hashes: TypeAlias = NDArray[np.uint64]

LONGEST = 3  # characters in an n-gram
BITS = 30  # bits of a code: at a million features one in a thousand collides
START, END, DIGIT = "\x02", "\x03", ord("0")
_MIX, _STIR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True, slots=True)
class Found:
    """Features as found: text number, position (-1: its start mark) and number of characters (0: none) of each code."""

    codes: Ints
    owners: Ints
    at: Ints
    size: Ints


@dataclass(frozen=True, slots=True)
class Features:
    """The distinct features of texts: ``codes[starts[i]:starts[i + 1]]`` are those of text i, each at its first
    position.
    """

    codes: Ints
    starts: Ints
    at: Ints
    size: Ints


def code(name: str) -> int:
    """Return the code of a named feature."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) & ((1 << BITS) - 1)


def characters(texts: Sequence[str]) -> Found:
    """Return 1- to 3-grams of characters of normalized texts with marked ends; all digits are equal."""
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
    return Found(np.concatenate(codes), np.concatenate(owners), np.concatenate(places), np.concatenate(sizes))


def _letters(texts: Sequence[str]) -> Hashes:
    joined = "".join(f"{START}{text}{END}" for text in texts)
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    letters[(letters >= DIGIT) & (letters <= DIGIT + 9)] = DIGIT
    return letters


def gathered(count: int, *groups: Found) -> Features:
    """Return the features of ``count`` texts, each once in a text."""
    codes = np.concatenate([group.codes for group in groups])
    owners = np.concatenate([group.owners for group in groups])
    _, kept = np.unique((owners << BITS) | codes, return_index=True)
    at = np.concatenate([group.at for group in groups])[kept]
    size = np.concatenate([group.size for group in groups])[kept]
    starts = np.concatenate([[0], np.cumsum(np.bincount(owners[kept], minlength=count))])
    return Features(codes[kept], starts, at, size)


def sums(rows: Floats, starts: Ints) -> Floats:
    """Return the sum of ``rows[starts[i]:starts[i + 1]]`` for each i; zeros for empty ranges."""
    total = np.zeros((len(starts) - 1, rows.shape[1]), rows.dtype)
    filled = starts[1:] > starts[:-1]
    if filled.any():
        total[filled] = np.add.reduceat(rows, starts[:-1][filled], axis=0)
    return total
