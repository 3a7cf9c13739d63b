"""Vocabulary of the generated news: dictionary words of two common characters, by part of speech and by topic.

The words of a topic are the nearest neighbors of one noun among the word vectors, so reports on one topic have words
in common, as real ones do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregator.learning.word_vectors import _table, word_token

CHARACTERS = 1200  # most frequent characters of the project's own texts, of which the words consist
TOPICS = 600
TOPIC_NOUNS, TOPIC_VERBS = 90, 50
_MOST_FREQUENT = 2000  # words of other parts of speech, enough for any text
_ROOT = Path(__file__).parents[1]
_TEXTS = ("samples/articles/*.toml", "aggregator/data/keywords.toml")


@dataclass(frozen=True, slots=True)
class Words:
    """Words of one part of speech, the most frequent first, with cumulative weights by Zipf's law."""

    words: list[str]
    weights: list[float]


@dataclass(frozen=True, slots=True)
class Topic:
    nouns: list[str]
    verbs: list[str]


class Vocabulary:
    def __init__(self) -> None:
        by_tag = _dictionary_words()
        self.nouns, self.verbs = _ranked(by_tag["n"]), _ranked(by_tag["v"])
        self.adjectives = _ranked(by_tag["a"][:_MOST_FREQUENT])
        self.adverbs = _ranked(by_tag["d"][:_MOST_FREQUENT])
        self._noun_vectors, self._verb_vectors = _vectors(self.nouns.words), _vectors(self.verbs.words)
        self._topics: dict[int, Topic] = {}

    def topic(self, number: int) -> Topic:
        """Return topic ``number`` of ``TOPICS``."""
        if number not in self._topics:
            center = self._noun_vectors[100 + number * 7 % (len(self.nouns.words) - 100)]
            self._topics[number] = Topic(
                _nearest(self.nouns.words, self._noun_vectors, center, TOPIC_NOUNS),
                _nearest(self.verbs.words, self._verb_vectors, center, TOPIC_VERBS),
            )
        return self._topics[number]


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary()


def _dictionary_words() -> dict[str, list[str]]:
    """Return the words of the dictionary by part of speech, frequent ones first."""
    import rjieba

    jieba: Any = rjieba.Jieba()
    characters = _frequent_characters()
    pairs = (first + second for first in characters for second in characters)
    words = [word for word in pairs if jieba.has_word(word) and word_token(word) is not None]
    words.sort(key=lambda word: (-jieba.suggest_freq(word), word))
    by_tag: dict[str, list[str]] = {tag: [] for tag in ("n", "v", "a", "d")}
    for word in words:
        (_, tag), *more = jieba.tag(word)
        if tag in by_tag and not more:
            by_tag[tag].append(word)
    return by_tag


def _frequent_characters() -> list[str]:
    texts = (path.read_text("utf-8") for pattern in _TEXTS for path in sorted(_ROOT.glob(pattern)))
    counts = Counter(character for text in texts for character in text if "一" <= character <= "龥")
    return sorted(sorted(counts), key=lambda character: -counts[character])[:CHARACTERS]


def _ranked(words: list[str]) -> Words:
    return Words(words, list(accumulate(1 / (rank + 30) for rank in range(len(words)))))


def _vectors(words: list[str]) -> NDArray[np.int32]:
    """Return the unscaled vectors, shape (words, 64): whole numbers, whose products are exact."""
    vectors: NDArray[np.int32] = _table()[1][[word_token(word) or 0 for word in words]].astype(np.int32)
    return vectors


def _nearest(words: list[str], vectors: NDArray[np.int32], center: NDArray[np.int32], count: int) -> list[str]:
    order = np.argsort(-(vectors @ center), kind="stable")[:count]
    return [words[at] for at in order]
