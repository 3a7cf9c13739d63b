"""Training and calibration of the classifier.

The linear model is a softmax regression that starts from naive Bayes log-count ratios (after Wang and Manning 2012), is
trained by AdaGrad (Duchi et al. 2011) with feature dropout, and averages the weights of its last epochs. The ensemble
weight, the temperature (Guo et al. 2017) and the acceptance threshold are chosen on a holdout set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aggregator.learning import text_cnn
from aggregator.learning.classifier import EncodedTexts, Model, ModelError, Progress, to_vocabulary_ids
from aggregator.learning.features import features, folded
from aggregator.learning.text_cnn import softmax
from aggregator.learning.word_vectors import TokenIds, tokenize
from aggregator.steps.text.ngrams import Features, Floats, Ints, sums
from aggregator.texts import Phrase

CHUNK = 5000  # texts whose features are extracted at once
MIN_DOCUMENT_FREQUENCY = 2  # rarer features are dropped
ALL_FEATURES_BELOW = 1000  # texts: with fewer, no feature is too rare
MAX_FEATURES = 450_000
MAX_WEIGHTS = 10_000_000  # features times labels: 40 MB, held four times during training
MAX_CHARACTERS = 2_500_000  # of all examples together; many examples are cut shorter
MIN_LENGTH = 40  # characters of an example that are never cut
TEXT_CNN_FROM = 1000  # examples from which a TextCNN is trained beside the linear model
LINEAR_TIME = 0.2  # fraction of the training time that the linear model takes

EPOCHS = 6
AVERAGED_EPOCHS = 3  # the last ones, whose weights are averaged
MINIBATCH = 256
LEARNING_RATE = 0.3
BIAS_LEARNING_RATE = 0.1
FEATURE_DROPOUT = 0.2
PRIOR_WEIGHT = 0.6  # of the naive Bayes log-count ratios as initial weights
PRIOR_SMOOTHING = 0.5  # added to each count

HOLDOUT_FOLDS = 10  # one example in so many is held out
MIN_HOLDOUT = 200  # examples; with fewer, nothing is held out
TARGET_PRECISION = 0.9  # of the accepted answers
MIN_THRESHOLD, MAX_THRESHOLD = 0.6, 0.95  # real streams hold items unlike all examples, so a low threshold is unsafe
ENSEMBLE_WEIGHTS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4)  # candidates for the TextCNN; the best on the holdout set wins
TEMPERATURES = np.geomspace(0.3, 6.0, 40)  # candidates


@dataclass(frozen=True, slots=True)
class Dataset:
    """Encoded examples.

    ``feature_ids[starts[i]:starts[i + 1]]`` are the vocabulary ids of example i. ``labels``: label indices, shape
    (examples,). ``token_ids``: shape (examples, tokens), with no columns if no TextCNN is trained.
    """

    feature_ids: Ints
    starts: Ints
    labels: Ints
    token_ids: TokenIds

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return (feature ids, index into ``rows`` of each id) of some examples."""
        first = self.starts[rows]
        lengths = self.starts[rows + 1] - first
        owners = np.repeat(np.arange(len(rows)), lengths)
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return self.feature_ids[np.repeat(first, lengths) + within], owners

    def encoded(self, rows: Ints) -> EncodedTexts:
        """Return some examples as input of the model."""
        ids, owners = self.select(rows)
        starts = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=len(rows)))])
        return EncodedTexts(Features(ids, starts, ids, ids), self.token_ids[rows])


def train(
    pairs: Iterable[tuple[str, str]],
    *,
    holdout: Sequence[tuple[str, str]] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Model:
    """Train a model from (label, text) pairs.

    The model is calibrated on ``holdout``; an empty one skips calibration. If None, a tenth of the pairs is held out to
    calibrate a trial model, and the returned model is trained on all pairs. ``progress`` is called with the fraction
    done, 0..1. Raises ModelError if there are fewer than two labels.
    """
    report = progress or (lambda fraction: None)
    examples = _truncate([(label, folded(text)) for label, text in pairs if text.strip()])
    counts = Counter(label for label, _ in examples)
    if len(counts) < 2:
        raise ModelError(
            Phrase(
                "{labels} label in {examples} examples: a classifier needs at least two labels",
                labels=len(counts),
                examples=len(examples),
            )
        )
    labels = tuple(sorted(counts))
    index = {label: number for number, label in enumerate(labels)}
    max_features = min(MAX_FEATURES, MAX_WEIGHTS // len(labels))
    label_indices = np.array([index[label] for label, _ in examples])
    vocabulary, dataset = _build_dataset([text for _, text in examples], label_indices, max_features)
    report(0.1)
    order = np.random.default_rng(seed).permutation(len(dataset))
    untrained = Model(
        labels, vocabulary, np.zeros((0, 0), np.float32), np.zeros(0, np.float32), 1.0, examples=dict(counts)
    )
    if holdout is not None:
        model = _fit(untrained, dataset, order, seed, lambda fraction: report(0.1 + 0.9 * fraction))
        known = [(index[label], folded(text)) for label, text in holdout if label in index]
        return _calibrate(model, _encode(known, vocabulary), np.arange(len(known))) if known else model
    held_out = order[: len(order) // HOLDOUT_FOLDS]
    if len(held_out) < MIN_HOLDOUT:
        return _fit(untrained, dataset, order, seed, lambda fraction: report(0.1 + 0.9 * fraction))
    trial = _fit(untrained, dataset, order[len(held_out) :], seed, lambda fraction: report(0.1 + 0.45 * fraction))
    calibrated = _calibrate(trial, dataset, held_out)
    final = _fit(untrained, dataset, order, seed, lambda fraction: report(0.55 + 0.45 * fraction))
    return final.with_calibration_of(calibrated)


# ---------------------------------------------------------------- dataset
def _truncate(examples: list[tuple[str, str]]) -> list[tuple[str, str]]:
    length = max(MIN_LENGTH, MAX_CHARACTERS // max(len(examples), 1))
    return [(label, text[:length]) for label, text in examples]


def _build_dataset(texts: list[str], labels: Ints, max_features: int) -> tuple[Ints, Dataset]:
    """Return the vocabulary (sorted feature codes, the most frequent ones) and the encoded examples."""
    chunks = [_compact(features(texts[start : start + CHUNK])) for start in range(0, len(texts), CHUNK)]
    codes = np.concatenate([codes for codes, _ in chunks])
    lengths = np.concatenate([lengths for _, lengths in chunks])
    vocabulary, frequency = np.unique(codes, return_counts=True)
    frequent = frequency >= (MIN_DOCUMENT_FREQUENCY if len(texts) >= ALL_FEATURES_BELOW else 1)
    vocabulary, frequency = vocabulary[frequent], frequency[frequent]
    if len(vocabulary) > max_features:
        vocabulary = np.sort(vocabulary[np.argsort(-frequency, kind="stable")[:max_features]])
    every = Features(codes, np.concatenate([[0], np.cumsum(lengths)]), codes, codes)
    known = to_vocabulary_ids(every, vocabulary)
    token_ids = tokenize(texts) if len(texts) >= TEXT_CNN_FROM else np.zeros((len(texts), 0), np.int32)
    return vocabulary, Dataset(known.codes.astype(np.int32), known.starts, labels, token_ids)


def _compact(found: Features) -> tuple[Ints, Ints]:
    """Return (codes, number of features of each text): what a chunk keeps in memory."""
    return found.codes.astype(np.int32), np.diff(found.starts)


def _encode(examples: Sequence[tuple[int, str]], vocabulary: Ints) -> Dataset:
    texts = [text for _, text in examples]
    found = to_vocabulary_ids(features(texts), vocabulary)
    labels = np.array([label for label, _ in examples], dtype=np.int64)
    return Dataset(found.codes, found.starts, labels, tokenize(texts))


# ---------------------------------------------------------------- linear model
def _fit(untrained: Model, dataset: Dataset, rows: Ints, seed: int, report: Progress) -> Model:
    """Train the linear model and, if the dataset has token ids, the TextCNN on ``rows``."""
    weights, bias = _fit_linear(untrained, dataset, rows, seed, lambda fraction: report(LINEAR_TIME * fraction))
    linear = replace(untrained, weights=weights, bias=bias)
    if not dataset.token_ids.shape[1]:
        return linear
    network = text_cnn.fit(
        dataset.token_ids,
        dataset.labels,
        rows,
        len(untrained.labels),
        seed,
        lambda fraction: report(LINEAR_TIME + (1 - LINEAR_TIME) * fraction),
    )
    return replace(linear, text_cnn=network)


def _fit_linear(untrained: Model, dataset: Dataset, rows: Ints, seed: int, report: Progress) -> tuple[Floats, Floats]:
    """Return (weights, bias), shapes (features, labels) and (labels,)."""
    random = np.random.default_rng(seed + 1)
    weights = _log_count_ratios(untrained, dataset, rows) * np.float32(PRIOR_WEIGHT)
    bias = np.zeros(len(untrained.labels), np.float32)
    squares = np.full_like(weights, 1e-2)
    averaged = np.zeros_like(weights)
    for epoch in range(EPOCHS):
        shuffled = random.permutation(rows)
        for start in range(0, len(shuffled), MINIBATCH):
            _linear_step(weights, bias, squares, dataset, shuffled[start : start + MINIBATCH], random)
        if epoch >= EPOCHS - AVERAGED_EPOCHS:
            averaged += weights / np.float32(AVERAGED_EPOCHS)
        report((epoch + 1) / EPOCHS)
    return averaged, bias


def _log_count_ratios(untrained: Model, dataset: Dataset, rows: Ints) -> Floats:
    """Return log P(feature | label) - log P(feature | other labels), shape (features, labels)."""
    size, label_count = len(untrained.vocabulary), len(untrained.labels)
    counts = np.full((size, label_count), PRIOR_SMOOTHING, np.float32)
    for label in range(label_count):
        own = rows[dataset.labels[rows] == label]
        for start in range(0, len(own), CHUNK):
            counts[:, label] += np.bincount(dataset.select(own[start : start + CHUNK])[0], minlength=size)
    others = counts.sum(axis=1, keepdims=True) - counts
    ratios: Floats = np.log(counts / counts.sum(axis=0)) - np.log(others / others.sum(axis=0))
    return ratios


def _linear_step(
    weights: Floats, bias: Floats, squares: Floats, dataset: Dataset, rows: Ints, random: np.random.Generator
) -> None:
    """Update ``weights``, ``bias`` and ``squares`` (AdaGrad's sums of squared gradients) in place by one minibatch."""
    ids, owners = dataset.select(rows)
    kept = random.random(len(ids), dtype=np.float32) >= FEATURE_DROPOUT
    ids, owners = ids[kept], owners[kept]
    lengths = np.bincount(owners, minlength=len(rows))
    scale = (1 / np.sqrt(np.maximum(lengths, 1))).astype(np.float32)[:, None]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    output = softmax(sums(weights[ids], starts) * scale + bias)
    output[np.arange(len(rows)), dataset.labels[rows]] -= 1  # now the gradient of the cross-entropy
    bias -= np.float32(BIAS_LEARNING_RATE) * output.mean(axis=0)
    output *= scale
    touched, gradient = segment_sum(ids, output[owners])
    total = squares[touched] + gradient * gradient
    squares[touched] = total
    weights[touched] -= np.float32(LEARNING_RATE) * gradient / np.sqrt(total)


def segment_sum(ids: Ints, rows: Floats) -> tuple[Ints, Floats]:
    """Return (distinct ids, sum of the ``rows`` of each id)."""
    if not len(ids):
        return ids, rows
    order = np.argsort(ids, kind="stable")
    ordered = ids[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return ordered[first], np.add.reduceat(rows[order], first, axis=0)


# ---------------------------------------------------------------- calibration
def _calibrate(model: Model, dataset: Dataset, rows: Ints) -> Model:
    """Return the model with ensemble weight, temperature, accuracy and threshold measured on held-out ``rows``."""
    linear, network = model.log_probabilities(dataset.encoded(rows))
    labels = dataset.labels[rows]
    candidates = [(model.ensemble_weight, linear)]
    if network is not None:
        candidates = [(weight, linear + np.float32(weight) * network) for weight in ENSEMBLE_WEIGHTS]
    ensemble_weight, logits = min(candidates, key=lambda candidate: _fit_temperature(candidate[1], labels)[0])
    temperature = _fit_temperature(logits, labels)[1]
    probabilities = softmax((logits / temperature).astype(np.float32))
    correct = probabilities.argmax(axis=1) == labels
    return replace(
        model,
        temperature=temperature,
        accuracy=float(correct.mean()),
        threshold=acceptance_threshold(probabilities.max(axis=1), correct),
        ensemble_weight=ensemble_weight,
    )


def _fit_temperature(logits: Floats, labels: Ints) -> tuple[float, float]:
    """Return (mean negative log likelihood, temperature) of the candidate temperature with the lowest loss."""
    rows = np.arange(len(labels))
    losses = [-float(np.log(softmax(logits / value)[rows, labels] + 1e-12).mean()) for value in TEMPERATURES]
    best = int(np.argmin(losses))
    return losses[best], float(TEMPERATURES[best])


def acceptance_threshold(probabilities: Floats, correct: NDArray[np.bool_]) -> float:
    """Return the lowest probability from which TARGET_PRECISION of the answers are correct.

    Limited to MIN_THRESHOLD..MAX_THRESHOLD; MAX_THRESHOLD if no probability reaches the precision.
    """
    order = np.argsort(-probabilities, kind="stable")
    precision = np.cumsum(correct[order]) / np.arange(1, len(order) + 1)
    precise = np.flatnonzero(precision >= TARGET_PRECISION)
    lowest = probabilities[order[precise[-1]]] if len(precise) else MAX_THRESHOLD
    return float(np.clip(lowest, MIN_THRESHOLD, MAX_THRESHOLD))
