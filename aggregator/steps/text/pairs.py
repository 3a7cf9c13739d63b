"""Find the terms of a text (see ``terms``) as arrays: pairs of Han characters by number, words one by one.

All input is normalized (``normalize``). Texts that are joined with line breaks are searched at once: no term spans a
line break.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.text.terms import FUNCTION_CHARACTERS, HAN_STOP_WORDS, LATIN_STOP_WORDS, stem

Pairs = NDArray[np.uint32]  # two characters of 16 bits each
Places = NDArray[np.intp]

_LATIN = "a-z\u00c0-\u024f"
_WORD = re.compile(  # a word, or a number with its unit; one set of first characters makes the search faster
    rf"[{_LATIN}\d](?:(?<=[{_LATIN}])[{_LATIN}]*|(?<=\d)\d*(?:[.,:]\d+)*%?[\u3400-\u9fff]?)"
)
_FIRST_HAN, _HAN_COUNT = np.uint32(0x3400), np.uint32(0xA000 - 0x3400)
_INFORMATIVE = np.zeros(0x110000, dtype=bool)  # for each character: whether pairs with it are informative
_INFORMATIVE[0x3400:0xA000] = True
_INFORMATIVE[[ord(character) for character in FUNCTION_CHARACTERS]] = False
_STOP = np.sort(np.array([ord(word[0]) << 16 | ord(word[1]) for word in HAN_STOP_WORDS if len(word) == 2], np.uint32))
_BELOW = _STOP[:-1]
_BEGINS_STOP_WORD = np.zeros(0xA000, dtype=bool)  # for each character of a pair
_BEGINS_STOP_WORD[_STOP >> 16] = True
_HALF = np.uint32(16)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a text: pairs of Han characters, and Latin words and numbers, each kind in order."""

    pairs: Pairs
    pair_starts: Places
    words: list[str]
    word_starts: Places
    word_ends: Places


def find_terms(text: str, ignored: re.Pattern[str] | None = None) -> Terms:
    """Return the terms of a text.

    Args:
        text: Normalized.
        ignored: Matches a digit and what follows it, of which no two characters are Han: no term contains any of it.
    """
    points = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    kept = _without_inner_han(points)
    short = points[kept].tobytes().decode("utf-32-le")
    if ignored:
        short = ignored.sub(lambda match: " " * len(match[0]), short)
        points = points.copy()
        points[kept] = np.frombuffer(short.encode("utf-32-le"), np.uint32)
    words, starts, ends = _find_words(short)
    word_starts, word_ends = kept[starts], kept[ends - 1] + 1
    pairs, pair_starts = _find_pairs(points, word_ends)
    return Terms(pairs, pair_starts, words, word_starts, word_ends)


def _without_inner_han(points: NDArray[np.uint32]) -> Places:
    """Return the places of all characters but Han after Han, which are in no number; the search for words is faster."""
    han = points - _FIRST_HAN < _HAN_COUNT
    is_kept = np.ones(points.size, dtype=bool)
    np.logical_and(han[1:], han[:-1], out=is_kept[1:])
    np.logical_not(is_kept[1:], out=is_kept[1:])
    return is_kept.nonzero()[0]


def _find_words(text: str) -> tuple[list[str], Places, Places]:
    """Return the Latin words and the numbers that are terms, and where they begin and end."""
    found = [
        (token if token[0].isdigit() else stem(token), match.start(), match.end())
        for match in _WORD.finditer(text)
        if len(token := match[0]) > 1 and token not in LATIN_STOP_WORDS
    ]
    words, starts, ends = zip(*found, strict=True) if found else ((), (), ())
    return list(words), np.array(starts, np.intp), np.array(ends, np.intp)


def _find_pairs(points: NDArray[np.uint32], word_ends: Places) -> tuple[Pairs, Places]:
    """Return the pairs of Han characters that are terms, and their places; a number's unit is part of the number."""
    informative = _INFORMATIVE[points]
    informative[word_ends - 1] = False
    starts = (informative[:-1] & informative[1:]).nonzero()[0]
    pairs = points[starts] << _HALF | points[starts + 1]
    kept = np.ones(pairs.size, dtype=bool)
    likely = _BEGINS_STOP_WORD[points[starts]].nonzero()[0]
    kept[likely] = _STOP[_BELOW.searchsorted(pairs[likely])] != pairs[likely]
    return pairs[kept], starts[kept]


def pair_text(pair: int) -> str:
    """Return the two characters of a pair."""
    return chr(pair >> 16) + chr(pair & 0xFFFF)
