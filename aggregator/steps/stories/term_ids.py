"""Represent terms (see ``terms``) by 64-bit ids, so that reports are compared as arrays instead of sets of words.

The id of a character pair is exact; words, numbers and pairs of words are hashed. Separate bits mark the kinds: the id
of a pair never equals that of a word, and terms that begin with a digit have a bit of their own. Hashes of words differ
in every process, so ids are never stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.text.terms import FUNCTION_CHARACTERS, HAN_STOP_WORDS, LATIN_STOP_WORDS, stem

TermIds = NDArray[np.int64]

HEADLINE_BIT = 1 << 61  # set for a term of a headline, which differs from the same term of a text
NUMBER_BIT = 1 << 60  # begins with a digit
_HASH_BIT = 1 << 59
_LATIN = "a-z\u00c0-\u024f"
_TOKEN = re.compile(  # a word, or a number with its unit; one set of first characters makes the search faster
    rf"[{_LATIN}\d](?:(?<=[{_LATIN}])[{_LATIN}]*|(?<=\d)\d*(?:[.,:]\d+)*%?[\u3400-\u9fff]?)"
)
_INFORMATIVE = np.zeros(0x110000, dtype=bool)  # for each character: whether pairs with it are informative
_INFORMATIVE[0x3400:0xA000] = True
_INFORMATIVE[[ord(character) for character in FUNCTION_CHARACTERS]] = False
_STOP = np.sort(np.array([ord(word[0]) << 16 | ord(word[1]) for word in HAN_STOP_WORDS if len(word) == 2], np.int64))
_BELOW = _STOP[:-1]
_FIRST = np.array([True])


def report_term_ids(title: str, text: str) -> TermIds:
    """Return the ids of the terms of a normalized report, in order.

    Terms are character pairs, words, and pairs of adjacent words or numbers of the text; terms of the title are added
    once more, marked as ``HEADLINE``.
    """
    whole, end = f"{text}\n{title}", len(text)
    tokens = [
        (_normalize_token(match[0]), match.start(), match.end())
        for match in _TOKEN.finditer(whole)
        if len(match[0]) > 1 and match[0] not in LATIN_STOP_WORDS
    ]
    han, starts = _han_pairs(whole, [end - 1 for term, _, end in tokens if term[-1] >= "\u3400"])
    words = [_term_id(term) for term, _, _ in tokens]
    words += [_term_id(term) | HEADLINE_BIT for term, start, _ in tokens if start > end]
    words += [_term_id(pair) for pair in _word_pairs([token for token in tokens if token[2] <= end], starts)]
    parts = [han, han[starts.searchsorted(end) :] | HEADLINE_BIT]
    codes = np.concatenate([*parts, np.array(words, np.int64)] if words else parts)
    codes.sort()
    distinct: TermIds = codes[np.concatenate([_FIRST, codes[1:] != codes[:-1]])[: codes.size]]
    return distinct  # np.unique takes five times as long for so few


def _word_pairs(tokens: list[tuple[str, int, int]], starts: NDArray[np.int64]) -> Iterator[str]:
    """Yield pairs of adjacent words and numbers without a character pair between them."""
    likely = [at for at in range(1, len(tokens)) if tokens[at - 1][0].isascii() and tokens[at][0].isascii()]
    if likely:
        spans = [[tokens[at - 1][2] for at in likely], [tokens[at][1] for at in likely]]
        for at, left, right in zip(likely, *np.searchsorted(starts, spans).tolist(), strict=True):
            if left == right:
                yield f"{tokens[at - 1][0]} {tokens[at][0]}"


def _han_pairs(text: str, units: list[int]) -> tuple[TermIds, NDArray[np.int64]]:
    """Return the ids and positions of the character pairs that are terms; a number's unit is part of the number."""
    points = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.int64)
    telling = _INFORMATIVE[points]
    if units:
        telling[units] = False
    starts = (telling[:-1] & telling[1:]).nonzero()[0]
    codes = points[starts] << 16 | points[starts + 1]
    kept = _STOP[_BELOW.searchsorted(codes)] != codes
    return codes[kept], starts[kept]


def _normalize_token(token: str) -> str:
    return token if token[0].isdigit() else stem(token)


@lru_cache(maxsize=1 << 15)
def _term_id(term: str) -> int:
    number = NUMBER_BIT if term[0].isdigit() else 0
    return number | _HASH_BIT | (hash(term) & (_HASH_BIT - 1))
