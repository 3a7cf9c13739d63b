"""The meaning of titles by word vectors: a TextCNN from the vectors to the built-in top categories.

``benchmarks/keyword_meanings.py`` trains it on invented titles that are made of the built-in keywords. It knows words
that are no keywords by their likeness to these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aggregator.learning.text_cnn import TextCNN, log_softmax
from aggregator.learning.word_vectors import TokenIds, stored_vectors, tokenize, word_token
from aggregator.steps.categories.meanings import Resemblance
from aggregator.steps.text.ngrams import Floats
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.segment import segment

DATA = Path(str(files("aggregator") / "data" / "keyword-meanings.npz"))
MIN_HAN = 2  # Chinese characters of a title that is judged
MIN_SIMILARITY = 0.4  # cosine from which a keyword is named as being near
MAX_NEAR = 2  # keywords named

_HAN = re.compile(r"[\u3400-\u9fff]")


class NamedKeywords(NamedTuple):
    """The keywords of a top category that reasons may name, and their token ids."""

    words: tuple[str, ...]
    ids: TokenIds


class KeywordMeanings:
    """The trained network, its labels, and the keywords of each."""

    def __init__(self, network: TextCNN, keywords: Mapping[str, NamedKeywords]) -> None:
        """``keywords``: by top category, in the order of the network's output."""
        self.labels = tuple(keywords)
        self._network = network
        self._keywords = keywords
        self._vectors: dict[str, _Vectors] = {}

    @classmethod
    @cache
    def load(cls) -> KeywordMeanings:
        """Return the shipped network."""
        with np.load(DATA, allow_pickle=False) as arrays:
            words = bytes(arrays["words"]).decode().split("\n")
            ids, ends = arrays["ids"], arrays["ends"].tolist()
            starts = [0, *ends[:-1]]
            keywords = {
                label: NamedKeywords(tuple(words[start:end]), ids[start:end])
                for label, start, end in zip(arrays["labels"].tolist(), starts, ends, strict=True)
            }
            return cls(TextCNN.of_arrays(arrays), keywords)

    def save(self, path: Path) -> None:
        """Write the data file."""
        words = "\n".join(word for named in self._keywords.values() for word in named.words)
        np.savez_compressed(
            path,
            labels=np.array(self.labels),
            words=np.frombuffer(words.encode(), np.uint8),
            ids=np.concatenate([named.ids for named in self._keywords.values()]),
            ends=np.cumsum([len(named.words) for named in self._keywords.values()]),
            **{name: values.astype(np.float16) for name, values in self._network.arrays().items()},
        )

    def of_titles(self, titles: Sequence[str]) -> TitleMeanings:
        """Return the meanings of these titles, which are computed together when the first is asked for."""
        return TitleMeanings(self, titles)

    def log_probabilities(self, title: str) -> Mapping[str, float]:
        """Return the log probability of each top category; empty for a title that is not Chinese.

        Of Latin words, the vectors know rather pieces.
        """
        return self.of_titles([title]).log_probabilities(title)

    def resemblance(self, title: str, category: str) -> Resemblance | None:
        """Return the word of a title that is nearest to keywords of a top category, other than itself, with these.

        None if no word is like any.
        """
        words = [(word, token) for word in _distinct_words(title) if (token := word_token(word)) is not None]
        if not words or category not in self._keywords:
            return None
        named, known = self._keywords[category], self._vectors_of(category)
        tokens = np.array([token for _, token in words], np.int32)
        vectors = stored_vectors(tokens).astype(np.float32)
        similarity = vectors @ known.columns / (_lengths(vectors)[:, None] * known.lengths)
        similarity[tokens[:, None] == named.ids] = -1.0
        best = int(similarity.max(axis=1).argmax())
        values = similarity[best]
        nearest = values.argpartition(-MAX_NEAR)[-MAX_NEAR:].tolist()
        in_order = sorted([(values[index], index) for index in nearest], key=_highest_first)
        near = tuple([named.words[index] for value, index in in_order if value >= MIN_SIMILARITY])
        return Resemblance(words[best][0], near) if near else None

    def judge(self, token_ids: TokenIds) -> Floats:
        """Return the log probabilities, shape (texts, labels), of ``token_ids``, shape (texts, tokens)."""
        return log_softmax(self._network.logits(token_ids))

    def _vectors_of(self, category: str) -> _Vectors:
        if category not in self._vectors:
            vectors = stored_vectors(self._keywords[category].ids).astype(np.float32)
            self._vectors[category] = _Vectors(np.ascontiguousarray(vectors.T), _lengths(vectors))
        return self._vectors[category]


class TitleMeanings:
    """The meanings of the titles of a document."""

    def __init__(self, meanings: KeywordMeanings, titles: Sequence[str]) -> None:
        self._meanings = meanings
        self._titles = titles
        self._judged: dict[str, list[float]] | None = None

    def of_titles(self, titles: Sequence[str]) -> TitleMeanings:
        """Return the meanings of other titles."""
        return self._meanings.of_titles(titles)

    def log_probabilities(self, title: str) -> Mapping[str, float]:
        """Return the log probability of each top category for one of the titles; empty if it is not Chinese."""
        if self._judged is None:
            folded = {one: fold(one) for one in self._titles}
            chinese = [one for one, text in folded.items() if len(_HAN.findall(text)) >= MIN_HAN]
            found = self._meanings.judge(tokenize([folded[one] for one in chinese]))
            self._judged = dict(zip(chinese, found.tolist(), strict=True))
        values = self._judged.get(title)
        return dict(zip(self._meanings.labels, values, strict=True)) if values else {}

    def resemblance(self, title: str, category: str) -> Resemblance | None:
        """Return the word nearest to keywords of a top category (``KeywordMeanings``)."""
        return self._meanings.resemblance(title, category)


class _Vectors(NamedTuple):
    """The vectors of keywords, one in each column, and their lengths. All categories take 2 MB."""

    columns: Floats
    lengths: Floats


def _distinct_words(title: str) -> list[str]:
    return list(dict.fromkeys(word for word, _, _ in segment(fold(title)) if len(word) > 1))


def _highest_first(found: tuple[np.float32, int]) -> np.float32:
    return -found[0]


def _lengths(vectors: Floats) -> Floats:
    lengths: Floats = np.maximum(np.sqrt((vectors * vectors).sum(axis=-1)), np.float32(1e-6))
    return lengths
