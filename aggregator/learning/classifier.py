"""A text classifier that learns from labelled titles: a linear model over n-grams, words and keywords, and, where
there are examples enough, two small networks beside it: one over the same features, one over what is known of words."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregator.learning import word_vectors
from aggregator.learning.embedding_bag import FeatureNetwork
from aggregator.learning.features import features, folded
from aggregator.learning.text_cnn import Network
from aggregator.learning.word_vectors import Places
from aggregator.steps.text.ngrams import Features, Floats, Ints, sums

VERSION = 5
BATCH = 2000  # texts at once: some 50 MB
EVIDENCE = 3  # words that ``why`` names
SHARE = (
    0.5  # what the word of the words' vectors weighs against the features', where nothing was held out to measure it
)
SURE = 0.6  # from which probability an answer is taken, where nothing was held out to measure it

Progress = Callable[[float], None]


class ModelError(Exception):
    """A model cannot be trained or read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model sees of texts: the features it knows, and, for its network, the places of the words in the table of
    vectors."""

    features: Features
    words: Places


@dataclass(frozen=True)
class Model:
    """A trained model. ``known`` are the codes of the features it knows, sorted; ``weights`` has a row for each and a
    column for each label, in half precision once it was saved. ``accuracy`` was measured on a tenth of the examples
    held out (0..1), and ``sure`` is the probability from which nine answers in ten were right there, 0.6 at least.
    ``companion`` is a network over the same features, ``network`` one over the vectors of words, whose word weighs
    ``share`` of that of the others."""

    labels: tuple[str, ...]
    known: Ints
    weights: NDArray[np.floating[Any]]
    bias: Floats
    temperature: float
    accuracy: float = 0.0
    examples: dict[str, int] = field(default_factory=dict)
    sure: float = SURE
    network: Network | None = None
    companion: FeatureNetwork | None = None
    share: float = SHARE

    @classmethod
    def train(
        cls,
        pairs: Iterable[tuple[str, str]],
        *,
        held: Sequence[tuple[str, str]] | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Model:
        """Learn from (label, text). ``held`` are examples to measure by; where there are none given, a tenth is held
        out, and then learnt as well. ``progress`` is told the share done, 0..1. Raises ModelError where there are
        fewer than two labels."""
        from aggregator.learning.trainer import train

        return train(pairs, held=held, seed=seed, progress=progress)

    def classify(self, texts: Sequence[str]) -> list[tuple[str, float, str]]:
        """(label, probability, the words that spoke most for it) of each text."""
        answers: list[tuple[str, float, str]] = []
        for start in range(0, len(texts), BATCH):
            answers += self._batch([folded(text) for text in texts[start : start + BATCH]])
        return answers

    def opinion(self, text: str) -> tuple[dict[str, float], str]:
        """(the probability of each label, the words that spoke most for the likeliest) of one text."""
        texts = [folded(text)]
        reading = self._read(texts)
        (chances,) = softmax(self._scores(reading))
        (why,) = self._evidence(texts, reading.features, np.array([chances.argmax()]))
        return dict(zip(self.labels, map(float, chances), strict=True)), why

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """A row for each text, a column for each label."""
        rows = [
            softmax(self._scores(self._read([folded(text) for text in texts[start : start + BATCH]])))
            for start in range(0, len(texts), BATCH)
        ]
        return np.concatenate(rows) if rows else np.zeros((0, len(self.labels)), np.float32)

    def measured_as(self, trial: Model) -> Model:
        """With what was measured of a model that learnt from fewer of the same examples."""
        return replace(self, temperature=trial.temperature, accuracy=trial.accuracy, sure=trial.sure, share=trial.share)

    def save(self, path: Path) -> None:
        """Write the model in one step, so that a reader sees the old or the new one."""
        beside = path.with_name(path.name + ".new")
        with beside.open("wb") as file:
            np.savez(
                file,
                version=np.array(VERSION),
                labels=np.array(self.labels),
                known=self.known.astype(np.int32),
                weights=self.weights.astype(np.float16),
                bias=self.bias,
                numbers=np.array([self.temperature, self.accuracy, self.sure, self.share]),
                counts=np.array([self.examples.get(label, 0) for label in self.labels]),
                **(self.network.arrays() if self.network else {}),
                **(self.companion.arrays() if self.companion else {}),
            )
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> Model:
        """Read a saved model. Raises ModelError."""
        try:
            with np.load(path, allow_pickle=False) as data:
                if int(data["version"]) != VERSION:
                    raise ModelError(f"{path} was written by another version of gedi; train it again: gedi learn")
                labels = tuple(str(label) for label in data["labels"])
                temperature, accuracy, sure, share = (float(number) for number in data["numbers"])
                return cls(
                    labels,
                    data["known"],
                    data["weights"],
                    data["bias"].astype(np.float32),
                    temperature,
                    accuracy,
                    dict(zip(labels, (int(count) for count in data["counts"]), strict=True)),
                    sure,
                    Network.of(data),
                    FeatureNetwork.of(data),
                    share,
                )
        except FileNotFoundError:
            raise ModelError(f"{path} is not there; train a model: gedi learn --model {path}") from None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(f"{path} is no model of gedi ({error}); train it again: gedi learn") from None

    # ---------------------------------------------------------------- inside
    def _batch(self, texts: list[str]) -> list[tuple[str, float, str]]:
        reading = self._read(texts)
        chances = softmax(self._scores(reading))
        best = chances.argmax(axis=1)
        evidence = self._evidence(texts, reading.features, best)
        return [
            (self.labels[label], float(chances[row, label]), why)
            for row, (label, why) in enumerate(zip(best.tolist(), evidence, strict=True))
        ]

    def _read(self, texts: list[str]) -> Reading:
        words = word_vectors.read(texts) if self.network else np.zeros((len(texts), 0), np.int32)
        return Reading(among(features(texts), self.known), words)

    def _scores(self, reading: Reading) -> Floats:
        return (self.raw(reading) / self.temperature).astype(np.float32)

    def raw(self, reading: Reading) -> Floats:
        """The scores before they are tempered: the logarithm of what all think, multiplied."""
        features, words = self.opinions(reading)
        return features if words is None else (features + np.float32(self.share) * words).astype(np.float32)

    def opinions(self, reading: Reading) -> tuple[Floats, Floats | None]:
        """What the features say, and what the words' vectors, if there is a network: logarithms of probabilities."""
        found = reading.features
        counts = np.maximum(np.diff(found.starts), 1)[:, None]
        weights = self.weights[found.codes].astype(np.float32)
        said = logarithms((sums(weights, found.starts) / np.sqrt(counts) + self.bias).astype(np.float32))
        if self.companion:
            said = said + logarithms(self.companion.scores(found))
        return said, logarithms(self.network.scores(reading.words)) if self.network else None

    def _evidence(self, texts: list[str], found: Features, best: Ints) -> list[str]:
        """For each text what has the most weight for its label against the mean of all, none overlapping."""
        owners = np.repeat(np.arange(len(texts)), np.diff(found.starts))
        rows = self.weights[found.codes].astype(np.float32)
        gain = rows[np.arange(len(owners)), best[owners]] - rows.mean(axis=1)
        order = np.lexsort((-gain, owners))
        return [
            ",".join(_strongest(text, found, gain, order[start:end]))
            for text, start, end in zip(texts, found.starts[:-1], found.starts[1:], strict=True)
        ]


def _strongest(text: str, found: Features, gain: Floats, order: Ints) -> list[str]:
    named: list[str] = []
    taken: list[tuple[int, int]] = []
    for gram in order[: EVIDENCE * 4]:
        start, end = int(found.at[gram]), int(found.at[gram] + found.size[gram])
        words = text[max(start, 0) : end].strip()
        if gain[gram] <= 0 or len(named) == EVIDENCE:
            break
        if words and found.size[gram] and not any(start < other_end and other < end for other, other_end in taken):
            named.append(words)
            taken.append((start, end))
    return named


def among(found: Features, known: Ints) -> Features:
    """The features that ``known`` (sorted) holds, with their places in it as codes."""
    rows = np.searchsorted(known, found.codes.astype(known.dtype))
    rows[rows == len(known)] = 0
    kept = known[rows] == found.codes if len(known) else np.zeros(len(rows), bool)
    before = np.concatenate([[0], np.cumsum(kept)])
    return Features(rows[kept], before[found.starts], found.at[kept], found.size[kept])


def softmax(scores: Floats) -> Floats:
    """Scores -> probabilities, row by row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Floats = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return chances


def logarithms(scores: Floats) -> Floats:
    """Scores -> logarithms of probabilities, row by row."""
    lowered = scores - scores.max(axis=1, keepdims=True)
    found: Floats = lowered - np.log(np.exp(lowered).sum(axis=1, keepdims=True))
    return found
