"""What the classifier sees of a text: character n-grams, the words of a dictionary and pairs of them, the shape of its
title, and what our own keywords say.

Measured on titles of public sets: words are worth half a point to a point of accuracy over n-grams alone, keywords up
to one more where there are few examples, pairs of words and the shape of a title an eighth of a point each.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from aggregator.reference.categories import CategoryTree
from aggregator.steps.categories.keywords import Lexicon
from aggregator.steps.text.ngrams import Features, Found, characters, code, gathered
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.segment import segment

LENGTH = 120  # characters of a text that are read: a title and the beginning of the report
TITLE = 40  # characters that count as the title: in them pairs of words are looked for
NEAR = 8  # words behind a word with which it is paired
LEVELS = 5  # steps in which the sum of a category's keywords is told

_HAN, _LATIN, _DIGITS = re.compile(r"[\u3400-\u9fff]+"), re.compile(r"[a-z]+"), re.compile(r"[0-9]+")


def folded(text: str) -> str:
    """A text as its features are taken from."""
    return fold(text[:LENGTH].encode("utf-8", "replace").decode())


def features(texts: Sequence[str]) -> Features:
    """The features of folded texts."""
    words = [[(*word, owner) for word in _words(text)] for owner, text in enumerate(texts)]
    said = [[(*mark, owner) for mark in (*_keywords(text), *_shape(text))] for owner, text in enumerate(texts)]
    return gathered(len(texts), characters(texts), _found(words), _found(said))


def _words(text: str) -> Iterator[tuple[int, int, int]]:
    """(code, place, length) of the words of two and more characters, overlapping ones too ("中国人民" holds "中国"),
    and of the pairs of those that stand near each other in a title, whichever is first."""
    words = [word for word in segment(text, "search") if len(word[0]) > 1]
    for word, start, end in words:
        yield code(f"word {word}"), start, end - start
    whole = _whole([word for word in words if word[2] <= TITLE])
    for at, one in enumerate(whole):
        for other in whole[at + 1 : at + 1 + NEAR]:
            yield code(f"pair {min(one, other)} {max(one, other)}"), -1, 0


def _whole(words: list[tuple[str, int, int]]) -> list[str]:
    """Without those within longer ones, which stand before these."""
    found: list[str] = []
    begin = TITLE
    for word, start, _ in reversed(words):
        if start < begin:
            found.append(word)
            begin = start
    return found


def _keywords(text: str) -> Iterator[tuple[int, int, int]]:
    """What the shipped keywords say for each category, in steps, and which category they say most for."""
    scores = _lexicon().score(text, "")
    for path, score in scores.paths.items():
        for level in range(1, min(LEVELS, math.ceil(score)) + 1):
            yield code(f"{path} {level}"), -1, 0
    ranked = scores.ranked()
    if ranked and ranked[0][1] > 0:
        yield code(f"best {ranked[0][0]}"), -1, 0


def _shape(text: str) -> Iterator[tuple[int, int, int]]:
    """How a title is built: what stands between its runs of Han, Latin letters and digits, and how long it is."""
    title = text[:TITLE]
    runs = _DIGITS.sub("9", _LATIN.sub("a", _HAN.sub("x", title)))
    yield code(f"shape {runs}"), -1, 0
    yield code(f"length {len(title) // 3}"), -1, 0


def _found(groups: list[list[tuple[int, int, int, int]]]) -> Found:
    rows = np.array([row for group in groups for row in group], dtype=np.int64).reshape(-1, 4)
    return Found(rows[:, 0], rows[:, 3], rows[:, 1], rows[:, 2])


@cache
def _lexicon() -> Lexicon:
    return Lexicon((category.path, word) for category in CategoryTree.default() for word in category.keywords)
