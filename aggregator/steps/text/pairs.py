"""Find the terms of a text (see ``terms``) as arrays: pairs of Han characters by number, words one by one.

All input is normalized (``normalize``).
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.text.terms import FUNCTION_CHARACTERS, HAN_STOP_WORDS, LATIN_STOP_WORDS, stem

Pairs = NDArray[np.uint32]  # two characters of 16 bits each
Word = tuple[str, int, int]  # the term, and where it begins and ends

_LATIN = "a-z\u00c0-\u024f"
_WORD = re.compile(  # a word, or a number with its unit; one set of first characters makes the search faster
    rf"[{_LATIN}\d](?:(?<=[{_LATIN}])[{_LATIN}]*|(?<=\d)\d*(?:[.,:]\d+)*%?[\u3400-\u9fff]?)"
)
_INFORMATIVE = np.zeros(0x110000, dtype=bool)  # for each character: whether pairs with it are informative
_INFORMATIVE[0x3400:0xA000] = True
_INFORMATIVE[[ord(character) for character in FUNCTION_CHARACTERS]] = False
_STOP = np.sort(np.array([ord(word[0]) << 16 | ord(word[1]) for word in HAN_STOP_WORDS if len(word) == 2], np.uint32))
_BELOW = _STOP[:-1]
_HALF = np.uint32(16)


def find_words(text: str) -> list[Word]:
    """Return the Latin words and the numbers that are terms, in order."""
    return [
        (token if token[0].isdigit() else stem(token), match.start(), match.end())
        for match in _WORD.finditer(text)
        if len(token := match[0]) > 1 and token not in LATIN_STOP_WORDS
    ]


def find_pairs(text: str, words: list[Word]) -> tuple[Pairs, NDArray[np.int64]]:
    """Return the pairs of Han characters that are terms, and their positions, in order.

    ``words`` are those of the text: a number's unit is part of the number.
    """
    points = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)
    informative = _INFORMATIVE[points]
    if units := [end - 1 for term, _, end in words if term[-1] >= "\u3400"]:
        informative[units] = False
    starts = (informative[:-1] & informative[1:]).nonzero()[0]
    pairs = points[starts] << _HALF | points[starts + 1]
    kept = _STOP[_BELOW.searchsorted(pairs)] != pairs
    return pairs[kept], starts[kept]


def pair_text(pair: int) -> str:
    """Return the two characters of a pair."""
    return chr(pair >> 16) + chr(pair & 0xFFFF)
