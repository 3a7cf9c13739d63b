"""Terms (see ``terms``) as numbers of 64 bits, so that reports are compared by arrays rather than by sets of words.

A pair of characters is its own number, exactly; what else there is, words, numbers and pairs of words, is hashed. Bits
tell kinds apart: a pair and a word are never the same, and what begins with a digit says so. Words are hashed anew in
every process: codes are never stored.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.terms import BINDING, HAN_STOP, LATIN_STOP, stem

Codes = NDArray[np.int64]

HEADLINE = 1 << 61  # set in a term of a headline that is told apart from the same term of a text
NUMBER = 1 << 60  # begins with a digit
_HASHED = 1 << 59
_FIRST, _LAST = 0x3400, 0x9FFF  # of the characters whose pairs are terms
_TOKEN = re.compile(r"[a-z\u00c0-\u024f]+|\d+(?:[.,:]\d+)*%?[\u3400-\u9fff]?")
_COUNTED = re.compile(r"\d%?[\u3400-\u9fff]")
_BINDS = np.zeros(_LAST - _FIRST + 1, dtype=bool)
_BINDS[[ord(character) - _FIRST for character in BINDING]] = True
_STOP = np.sort(np.array([ord(word[0]) << 16 | ord(word[1]) for word in HAN_STOP if len(word) == 2], np.int64))


def term_codes(text: str, *, pairs: bool = False) -> Codes:
    """The code of every term of folded text, some of them more than once; with ``pairs`` those of two words or numbers
    that follow each other, too."""
    han, starts = _han(text)
    tokens = [
        (_term(match[0]), match.start(), match.end())
        for match in _TOKEN.finditer(text)
        if len(match[0]) > 1 and match[0] not in LATIN_STOP
    ]
    found = [_code(term) for term, _, _ in tokens]
    if pairs and len(tokens) > 1:
        before, after = np.searchsorted(starts, [[start, end] for _, start, end in tokens]).T.tolist()
        for (a, _, _), (b, _, _), left, right in zip(tokens, tokens[1:], after, before[1:], strict=False):
            if left == right and a.isascii() and b.isascii():
                found.append(_code(f"{a} {b}"))
    return np.concatenate([han, np.array(found, np.int64)])


def _han(text: str) -> tuple[Codes, NDArray[np.int64]]:
    """The pairs of characters that are terms, and where each begins."""
    points = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.int64)
    inside = (points >= _FIRST) & (points <= _LAST)
    if not inside.any():
        return np.empty(0, np.int64), np.empty(0, np.int64)
    for match in _COUNTED.finditer(text):
        inside[match.end() - 1] = False  # the unit of a number belongs to the number
    inside[inside] = ~_BINDS[points[inside] - _FIRST]
    starts = np.flatnonzero(inside[:-1] & inside[1:])
    codes = points[starts] << 16 | points[starts + 1]
    telling = _STOP[np.searchsorted(_STOP[:-1], codes)] != codes
    return codes[telling], starts[telling]


def _term(token: str) -> str:
    return token if token[0].isdigit() else stem(token)


@lru_cache(maxsize=1 << 15)
def _code(term: str) -> int:
    number = NUMBER if term[0].isdigit() else 0
    return number | _HASHED | (hash(term) & (_HASHED - 1))
