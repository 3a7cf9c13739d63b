"""The meaning of titles by word vectors: a TextCNN from the vectors to the built-in top categories.

``benchmarks/keyword_meanings.py`` trains it on invented titles that are made of the built-in keywords. It knows words
that are no keywords by their likeness to these.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aggregator.learning.text_cnn import TextCNN, log_softmax
from aggregator.learning.word_vectors import TokenIds, embed, tokenize, word_token
from aggregator.reference.categories import CategoryTree, top_category
from aggregator.steps.categories.keywords import KeywordSpec
from aggregator.steps.categories.meanings import Resemblance
from aggregator.steps.text.ngrams import Floats
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.segment import segment

DATA = Path(str(files("aggregator") / "data" / "keyword-meanings.npz"))
MIN_HAN = 2  # Chinese characters of a title that is judged
MIN_SIMILARITY = 0.4  # cosine from which a keyword is named as being near
MAX_TRIED = 3  # words of a title for which near keywords are searched
MAX_NEAR = 2  # keywords named
MIN_KEYWORD_WEIGHT = 2.0  # of keywords that are named

_HAN = re.compile(r"[\u3400-\u9fff]")


class KeywordMeanings:
    """The trained network and its labels."""

    def __init__(self, labels: tuple[str, ...], network: TextCNN) -> None:
        self.labels = labels
        self._network = network

    @classmethod
    @cache
    def load(cls) -> KeywordMeanings:
        """Return the shipped network."""
        with np.load(DATA, allow_pickle=False) as arrays:
            return cls(tuple(map(str, arrays["labels"])), TextCNN.of_arrays(arrays))

    def save(self, path: Path) -> None:
        """Write the data file."""
        arrays = {name: values.astype(np.float16) for name, values in self._network.arrays().items()}
        np.savez_compressed(path, labels=np.array(self.labels), **arrays)

    def log_probabilities(self, title: str) -> dict[str, float]:
        """Return the log probability of each top category; empty for a title that is not Chinese.

        Of Latin words, the vectors know rather pieces.
        """
        folded = fold(title)
        if len(_HAN.findall(folded)) < MIN_HAN:
            return {}
        return dict(zip(self.labels, map(float, self._log_probabilities(tokenize([folded]))[0]), strict=True))

    def resemblance(self, title: str, category: str) -> Resemblance | None:
        """Return a word of a title and the keywords of a top category that are nearest to it: of the words that alone
        make the category most probable, the first one that is like a keyword; None if none is.
        """
        words = [(word, token) for word in _distinct_words(title) if (token := word_token(word)) is not None]
        if not words or category not in self.labels:
            return None
        alone = self._log_probabilities(np.array([[token] for _, token in words], np.int32))
        best_first = np.argsort(-alone[:, self.labels.index(category)], kind="stable")[:MAX_TRIED]
        found = ((words[index][0], _nearest_keywords(words[index][1], category)) for index in best_first)
        return next((Resemblance(word, near) for word, near in found if near), None)

    def _log_probabilities(self, token_ids: TokenIds) -> Floats:
        return log_softmax(self._network.logits(token_ids))


def _distinct_words(title: str) -> list[str]:
    return list(dict.fromkeys(word for word, _, _ in segment(fold(title)) if len(word) > 1))


def _nearest_keywords(token: int, category: str) -> tuple[str, ...]:
    """Return the keywords of a top category whose vectors have the smallest angle to that of ``token``."""
    keywords = _keywords(category)
    vector = embed(np.array([token], np.int32))[0]
    similarity = embed(keywords.ids) @ vector / (keywords.lengths * _length(vector))
    similarity[keywords.ids == token] = -1.0
    nearest = similarity.argpartition(-MAX_NEAR)[-MAX_NEAR:]
    return tuple(
        KeywordSpec.parse(keywords.written[index]).word
        for index in nearest[np.argsort(-similarity[nearest], kind="stable")]
        if similarity[index] >= MIN_SIMILARITY
    )


class _Keywords(NamedTuple):
    """The keywords below a top category that are one word each: as written, token ids, lengths of their vectors."""

    written: tuple[str, ...]
    ids: TokenIds
    lengths: Floats


@cache
def _keywords(category: str) -> _Keywords:
    found: dict[int, str] = {}
    for one in CategoryTree.default():
        for written in one.keywords if top_category(one.path) == category else ():
            spec = KeywordSpec.parse(written)
            if spec.weight < MIN_KEYWORD_WEIGHT or len(spec.word) == 1:
                continue
            if (token := word_token(spec.word)) is not None:
                found.setdefault(token, written)
    ids = np.array(list(found), np.int32)
    return _Keywords(tuple(found.values()), ids, _length(embed(ids)))


def _length(vectors: Floats) -> Floats:
    lengths: Floats = np.maximum(np.sqrt((vectors * vectors).sum(axis=-1)), np.float32(1e-6))
    return lengths
