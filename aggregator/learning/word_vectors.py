"""What words mean, as far as their company tells: a vector for each of 121,591 Chinese words and names, learnt by
word2vec from Wikipedia by others (``data/LICENSE.word-vectors``) and brought down to 64 numbers of one byte.

The file is mapped, not read: processes share its pages, and only those that are used are in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.text.ngrams import Floats, code
from aggregator.steps.text.segment import segment

SIZE = 64
LONGEST = 24  # words of a text that are read
PIECE = 4  # characters of the longest piece into which an unknown word is cut
SCALE = np.float32(1.5 / 127)

Places = NDArray[np.int32]


def read(texts: Sequence[str]) -> Places:
    """A row for each folded text: the places of its words in the table, then ``nowhere()`` up to LONGEST."""
    rows = np.full((len(texts), LONGEST), nowhere(), np.int32)
    for row, text in zip(rows, texts, strict=True):
        places = [place for word, _, _ in segment(text) for place in _places(word)][:LONGEST]
        row[: len(places)] = places
    return rows


def vectors(places: Places) -> Floats:
    """A vector for each place, zeros for ``nowhere()``."""
    found: Floats = _table()[1][places] * SCALE
    return found


def nowhere() -> int:
    """The place of no word: behind the last."""
    return len(_table()[0])


@lru_cache(maxsize=1 << 15)
def _places(word: str) -> tuple[int, ...]:
    """The place of a word, or of the longest pieces of it that have one."""
    place = _place(word)
    return (place,) if place is not None else tuple(_pieces(word))


def _pieces(word: str) -> Iterator[int]:
    at = 0
    while at < len(word) and len(word) > 1:
        ends = range(min(len(word), at + PIECE), at, -1)
        end, place = next(((end, place) for end in ends if (place := _place(word[at:end])) is not None), (at + 1, None))
        if place is not None:
            yield place
        at = end


def _place(word: str) -> int | None:
    codes = _table()[0]
    number = code(f"word {word}")
    place = int(np.searchsorted(codes, np.int32(number)))
    return place if place < len(codes) and codes[place] == number else None


@cache
def _table() -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """(codes of words, sorted; their vectors, and one of zeros)."""
    folder = files("aggregator") / "data"
    codes, rows = (
        np.load(Path(str(folder / f"word-{name}.npy")), mmap_mode="r", allow_pickle=False)
        for name in ("codes", "vectors")
    )
    return codes, rows
