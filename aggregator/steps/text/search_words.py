"""Tokens of a whole text for the search index (``search_query.tokenize``)."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.text.normalize import fold
from aggregator.steps.text.search_query import HAN, HAN_RANGES, MAX_RUN_LENGTH
from aggregator.steps.text.sorted_arrays import distinct

_WORD = re.compile(rf"[^\W_{HAN}]+")
_IS_HAN = np.zeros(0x110000, dtype=bool)  # for each character
for _first, _last in HAN_RANGES:
    _IS_HAN[_first : _last + 1] = True
_BITS, _LOW = np.uint64(21), np.uint64((1 << 21) - 1)  # of a character
_SPACE = ord(" ")


def search_words(title: str, text: str) -> str:
    """Return the different tokens of a title as published and a normalized text, separated by spaces.

    They are those of ``search_query.tokenize`` in another order, in a third of its time.
    """
    whole = f"{fold(title)}\n{text}\n"
    points = np.frombuffer(whole.encode("utf-32-le", "replace"), np.uint32)
    han = _IS_HAN[points]
    inner, last = han[:-1] & han[1:], han[:-1] & ~han[1:]
    pairs = distinct(points[:-1][inner].astype(np.uint64) << _BITS | points[1:][inner])
    words = dict.fromkeys(word[:MAX_RUN_LENGTH] for word in _WORD.findall(whole))
    return f"{' '.join(words)} {_joined(distinct(points[:-1][last]))}{_joined(pairs >> _BITS, pairs & _LOW)}".strip()


def _joined(*characters: NDArray[np.unsignedinteger]) -> str:
    """Return tokens, of which each array has one character, with a space after each."""
    letters = np.full((characters[0].size, len(characters) + 1), _SPACE, "<u4")
    for at, column in enumerate(characters):
        letters[:, at] = column
    return letters.tobytes().decode("utf-32-le")
