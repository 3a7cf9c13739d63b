"""Text classifier, inference: a linear softmax model and, where there were enough examples, a TextCNN beside it.

The linear model sees hashed n-grams, words and keywords; the TextCNN (``text_cnn.py``) sees pre-trained word vectors.
Their log probabilities are added, those of the TextCNN times ``ensemble_weight``, and calibrated by temperature scaling
(Guo et al. 2017). ``trainer.py`` trains it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregator.learning.features import features, folded
from aggregator.learning.text_cnn import TextCNN, log_softmax, softmax
from aggregator.learning.word_vectors import TokenIds, tokenize
from aggregator.steps.text.ngrams import Features, Floats, Ints, sums
from aggregator.texts import Phrase

FORMAT_VERSION = 7  # of the model file, and of the features and keywords that it was trained with
BATCH = 2000  # texts; takes about 50 MB
MAX_EVIDENCE = 3  # words named as evidence of an answer
DEFAULT_ENSEMBLE_WEIGHT = 0.5  # without a holdout set to choose it on
DEFAULT_THRESHOLD = 0.6  # without a holdout set to measure it on

Progress = Callable[[float], None]


class ModelError(Exception):
    """The model cannot be trained or loaded; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class EncodedTexts:
    """The model's input: linear features as vocabulary ids, and token ids for the TextCNN, shape (texts, tokens)."""

    features: Features
    token_ids: TokenIds


@dataclass(frozen=True)
class Model:
    """A trained model.

    ``vocabulary``: sorted hash codes of the features, shape (features,). ``weights``: shape (features, labels), float16
    in a saved model. ``bias``: shape (labels,). ``accuracy``: on the holdout set, 0..1; 0 if nothing was held out.
    ``examples``: training examples per label. ``threshold``: the probability from which an answer is accepted.
    ``text_cnn``: None if there were too few examples.
    """

    labels: tuple[str, ...]
    vocabulary: Ints
    weights: NDArray[np.floating[Any]]
    bias: Floats
    temperature: float
    accuracy: float = 0.0
    examples: dict[str, int] = field(default_factory=dict)
    threshold: float = DEFAULT_THRESHOLD
    text_cnn: TextCNN | None = None
    ensemble_weight: float = DEFAULT_ENSEMBLE_WEIGHT

    def classify(self, texts: Sequence[str]) -> list[tuple[str, float, str]]:
        """Return (label, probability, comma-separated evidence words) of each text."""
        answers: list[tuple[str, float, str]] = []
        for start in range(0, len(texts), BATCH):
            answers += self._classify_batch([folded(text) for text in texts[start : start + BATCH]])
        return answers

    def predict_proba(self, text: str) -> tuple[dict[str, float], str]:
        """Return (probability of each label, evidence words of the most probable label) of one text."""
        texts = [folded(text)]
        encoded = self._encode(texts)
        (probabilities,) = self._probabilities(encoded)
        (evidence,) = self._evidence(texts, encoded.features, np.array([probabilities.argmax()]))
        return dict(zip(self.labels, map(float, probabilities), strict=True)), evidence

    def with_calibration_of(self, trial: Model) -> Model:
        """Return this model with the values that were measured on the holdout set of ``trial``."""
        return replace(
            self,
            temperature=trial.temperature,
            accuracy=trial.accuracy,
            threshold=trial.threshold,
            ensemble_weight=trial.ensemble_weight,
        )

    def log_probabilities(self, encoded: EncodedTexts) -> tuple[Floats, Floats | None]:
        """Return the log probabilities, shape (texts, labels), of the linear model and of the TextCNN, if any."""
        found = encoded.features
        counts = np.maximum(np.diff(found.starts), 1)[:, None]
        weights = self.weights[found.codes].astype(np.float32)
        linear = log_softmax((sums(weights, found.starts) / np.sqrt(counts) + self.bias).astype(np.float32))
        return linear, log_softmax(self.text_cnn.logits(encoded.token_ids)) if self.text_cnn else None

    def save(self, path: Path) -> None:
        """Write the model file atomically."""
        temporary = path.with_name(path.name + ".new")
        with temporary.open("wb") as file:
            np.savez(
                file,
                version=np.array(FORMAT_VERSION),
                labels=np.array(self.labels),
                vocabulary=self.vocabulary.astype(np.int32),
                weights=self.weights.astype(np.float16),
                bias=self.bias,
                calibration=np.array([self.temperature, self.accuracy, self.threshold, self.ensemble_weight]),
                counts=np.array([self.examples.get(label, 0) for label in self.labels]),
                **(self.text_cnn.arrays() if self.text_cnn else {}),
            )
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> Model:
        """Read a model file. Raises ModelError if it is missing, damaged or of another format version."""
        try:
            with np.load(path, allow_pickle=False) as data:
                if int(data["version"]) != FORMAT_VERSION:
                    raise ModelError(
                        Phrase("{path} was written by another version of gedi; train it again: gedi learn", path=path)
                    )
                labels = tuple(str(label) for label in data["labels"])
                temperature, accuracy, threshold, ensemble_weight = map(float, data["calibration"])
                return cls(
                    labels,
                    data["vocabulary"],
                    data["weights"],
                    data["bias"].astype(np.float32),
                    temperature,
                    accuracy,
                    dict(zip(labels, map(int, data["counts"]), strict=True)),
                    threshold,
                    TextCNN.from_arrays(data),
                    ensemble_weight,
                )
        except FileNotFoundError:
            raise ModelError(
                Phrase("{path} does not exist; train a model: gedi learn --model {path}", path=path)
            ) from None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(
                Phrase(
                    "{path} is not a model file of gedi ({reason}); train it again: gedi learn",
                    path=path,
                    reason=str(error),
                )
            ) from None

    # ---------------------------------------------------------------- internals
    def _classify_batch(self, texts: list[str]) -> list[tuple[str, float, str]]:
        encoded = self._encode(texts)
        probabilities = self._probabilities(encoded)
        best = probabilities.argmax(axis=1)
        evidence = self._evidence(texts, encoded.features, best)
        return [
            (self.labels[label], float(probabilities[row, label]), words)
            for row, (label, words) in enumerate(zip(best.tolist(), evidence, strict=True))
        ]

    def _encode(self, texts: list[str]) -> EncodedTexts:
        token_ids = tokenize(texts) if self.text_cnn else np.zeros((len(texts), 0), np.int32)
        return EncodedTexts(to_vocabulary_ids(features(texts), self.vocabulary), token_ids)

    def _probabilities(self, encoded: EncodedTexts) -> Floats:
        linear, text_cnn = self.log_probabilities(encoded)
        logits = linear if text_cnn is None else linear + np.float32(self.ensemble_weight) * text_cnn
        return softmax((logits / self.temperature).astype(np.float32))

    def _evidence(self, texts: list[str], found: Features, best: Ints) -> list[str]:
        """Return, for each text, the words whose linear weight for label ``best`` exceeds the mean of all labels most.

        The words do not overlap.
        """
        owners = np.repeat(np.arange(len(texts)), np.diff(found.starts))
        weights = self.weights[found.codes].astype(np.float32)
        gain = weights[np.arange(len(owners)), best[owners]] - weights.mean(axis=1)
        order = np.lexsort((-gain, owners))
        return [
            ",".join(_strongest_words(text, found, gain, order[start:end]))
            for text, start, end in zip(texts, found.starts[:-1], found.starts[1:], strict=True)
        ]


def _strongest_words(text: str, found: Features, gain: Floats, order: Ints) -> list[str]:
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    for feature in order[: MAX_EVIDENCE * 4]:
        start, end = int(found.at[feature]), int(found.at[feature] + found.size[feature])
        word = text[max(start, 0) : end].strip()
        if gain[feature] <= 0 or len(words) == MAX_EVIDENCE:
            break
        if word and found.size[feature] and not any(start < other_end and other < end for other, other_end in spans):
            words.append(word)
            spans.append((start, end))
    return words


def to_vocabulary_ids(found: Features, vocabulary: Ints) -> Features:
    """Return the features in ``vocabulary`` (sorted), with their positions in it as codes; the others are dropped."""
    ids = np.searchsorted(vocabulary, found.codes.astype(vocabulary.dtype))
    ids[ids == len(vocabulary)] = 0
    known = vocabulary[ids] == found.codes if len(vocabulary) else np.zeros(len(ids), bool)
    known_before = np.concatenate([[0], np.cumsum(known)])
    return Features(ids[known], known_before[found.starts], found.at[known], found.size[known])
