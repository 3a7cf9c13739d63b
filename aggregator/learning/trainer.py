"""How the classifier learns: a softmax that starts from naive Bayes, by AdaGrad with dropped features, averaged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from aggregator.learning.classifier import Model, ModelError, Progress, among, softmax
from aggregator.learning.dataset import Examples, by_code
from aggregator.learning.embedding_bag_trainer import fit as fit_companion
from aggregator.learning.features import features, folded
from aggregator.learning.text_cnn_trainer import fit as fit_network
from aggregator.learning.word_vectors import read
from aggregator.steps.text.ngrams import Features, Floats, Ints, sums

CHUNK = 5000  # texts that are read at once
RAREST = 2  # a feature of fewer texts than this is not learnt
FEW = 1000  # texts below which every feature counts
MOST = 450_000  # features that are learnt
CELLS = 10_000_000  # features times labels: 40 MB, held four times while learning
CHARACTERS = 2_500_000  # read of all examples together; with many, only the beginning of each
SHORTEST = 40  # but at least so many characters of each
EPOCHS = 6
AVERAGED = 3  # of them, the last ones, make up the model
STEP = 0.3
DROP = 0.5  # share of a text's features left out at random each time
MINIBATCH = 256
PRIOR = 0.6  # share of the naive Bayes weights to start from
SMOOTH = 0.5
HELD_OUT = 10  # one in so many examples measures the accuracy
LEAST_HELD_OUT = 200  # examples below which nothing is held out
ENOUGH = 1000  # examples from which on networks learn beside the linear model
LINEAR, FEATURES = 0.15, 0.25  # shares of the time that the linear model and its companion take of all three
RIGHT = 0.9  # of the answers that are taken
LEAST_SURE, MOST_SURE = 0.6, 0.95  # the stream has items of which no example was ever given
SHARES = (0.35, 0.5, 0.7, 1.0, 1.4)  # of the word of the vectors of words, from which the best is taken
TEMPERATURES = np.geomspace(0.3, 6.0, 40)


def train(
    pairs: Iterable[tuple[str, str]],
    *,
    held: Sequence[tuple[str, str]] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Model:
    """See ``Model.train``. Without ``held`` measured on a tenth, then learnt again from everything."""
    tell = progress or (lambda share: None)
    named = _shortened([(label, folded(text)) for label, text in pairs if text.strip()])
    counts = Counter(label for label, _ in named)
    if len(counts) < 2:
        raise ModelError(f"{len(counts)} label in {len(named)} examples: at least two are needed to tell them apart")
    labels = tuple(sorted(counts))
    number = {label: place for place, label in enumerate(labels)}
    most = min(MOST, CELLS // len(labels))
    known, examples = _read([text for _, text in named], np.array([number[label] for label, _ in named]), most)
    tell(0.1)
    order = np.random.default_rng(seed).permutation(len(examples))
    empty = Model(labels, known, np.zeros((0, 0), np.float32), np.zeros(0, np.float32), 1.0, 0.0, dict(counts))
    if held is not None:
        model = _fit(empty, examples, order, seed, lambda share: tell(0.1 + 0.9 * share))
        apart = [(number[label], folded(text)) for label, text in held if label in number]
        return _calibrated(model, _examples(apart, known), np.arange(len(apart))) if apart else model
    tenth = order[: len(order) // HELD_OUT]
    if len(tenth) < LEAST_HELD_OUT:
        return _fit(empty, examples, order, seed, lambda share: tell(0.1 + 0.9 * share))
    trial = _fit(empty, examples, order[len(tenth) :], seed, lambda share: tell(0.1 + 0.45 * share))
    measured = _calibrated(trial, examples, tenth)
    final = _fit(empty, examples, order, seed, lambda share: tell(0.55 + 0.45 * share))
    return final.measured_as(measured)


def _examples(pairs: Sequence[tuple[int, str]], known: Ints) -> Examples:
    texts = [text for _, text in pairs]
    found = among(features(texts), known)
    return Examples(found.codes, found.starts, np.array([label for label, _ in pairs], dtype=np.int64), read(texts))


def _shortened(named: list[tuple[str, str]]) -> list[tuple[str, str]]:
    length = max(SHORTEST, CHARACTERS // max(len(named), 1))
    return [(label, text[:length]) for label, text in named]


def _read(texts: list[str], labels: Ints, most: int) -> tuple[Ints, Examples]:
    """The features worth learning, and the examples made of them."""
    chunks = [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
    found = [_slim(features(chunk)) for chunk in chunks]
    codes = np.concatenate([codes for codes, _ in found])
    lengths = np.concatenate([lengths for _, lengths in found])
    known, frequency = np.unique(codes, return_counts=True)
    kept = frequency >= (RAREST if len(texts) >= FEW else 1)
    known, frequency = known[kept], frequency[kept]
    if len(known) > most:
        known = np.sort(known[np.argsort(-frequency, kind="stable")[:most]])
    everything = Features(codes, np.concatenate([[0], np.cumsum(lengths)]), codes, codes)
    learnt = among(everything, known)
    words = read(texts) if len(texts) >= ENOUGH else np.zeros((len(texts), 0), np.int32)
    return known, Examples(learnt.codes.astype(np.int32), learnt.starts, labels, words)


def _slim(found: Features) -> tuple[Ints, Ints]:
    return found.codes.astype(np.int32), np.diff(found.starts)


def _fit(model: Model, examples: Examples, rows: Ints, seed: int, tell: Progress) -> Model:
    random = np.random.default_rng(seed + 1)
    weights = _bayes(model, examples, rows) * np.float32(PRIOR)
    bias = np.zeros(len(model.labels), np.float32)
    squares = np.full_like(weights, 1e-2)
    mean = np.zeros_like(weights)
    for epoch in range(EPOCHS):
        shuffled = random.permutation(rows)
        for start in range(0, len(shuffled), MINIBATCH):
            _step(weights, bias, squares, examples, shuffled[start : start + MINIBATCH], random)
        if epoch >= EPOCHS - AVERAGED:
            mean += weights / np.float32(AVERAGED)
        tell(LINEAR * (epoch + 1) / EPOCHS)
    learnt = replace(model, weights=mean, bias=bias)
    if not examples.words.shape[1]:
        return learnt
    size, labels = weights.shape
    companion = fit_companion(examples, rows, size, labels, seed, lambda share: tell(LINEAR + FEATURES * share))
    done = LINEAR + FEATURES
    network = fit_network(
        examples.words, examples.labels, rows, labels, seed, lambda share: tell(done + (1 - done) * share)
    )
    return replace(learnt, companion=companion, network=network)


def _bayes(model: Model, examples: Examples, rows: Ints) -> Floats:
    """log P(feature | label) - log P(feature | other labels)."""
    size, labels = len(model.known), len(model.labels)
    counts = np.full((size, labels), SMOOTH, np.float32)
    for label in range(labels):
        own = rows[examples.labels[rows] == label]
        for start in range(0, len(own), CHUNK):
            counts[:, label] += np.bincount(examples.take(own[start : start + CHUNK])[0], minlength=size)
    others = counts.sum(axis=1, keepdims=True) - counts
    ratio: Floats = np.log(counts / counts.sum(axis=0)) - np.log(others / others.sum(axis=0))
    return ratio


def _step(
    weights: Floats, bias: Floats, squares: Floats, examples: Examples, rows: Ints, random: np.random.Generator
) -> None:
    """One minibatch: changes ``weights``, ``bias`` and ``squares`` in place."""
    codes, owners = examples.take(rows)
    kept = random.random(len(codes), dtype=np.float32) >= DROP
    codes, owners = codes[kept], owners[kept]
    lengths = np.bincount(owners, minlength=len(rows))
    scale = (1 / np.sqrt(np.maximum(lengths, 1))).astype(np.float32)[:, None]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    error = softmax(sums(weights[codes], starts) * scale + bias)
    error[np.arange(len(rows)), examples.labels[rows]] -= 1
    bias -= np.float32(0.1) * error.mean(axis=0)
    error *= scale
    touched, gradient = by_code(codes, error[owners])
    total = squares[touched] + gradient * gradient
    squares[touched] = total
    weights[touched] -= np.float32(STEP) * gradient / np.sqrt(total)


def _calibrated(model: Model, examples: Examples, rows: Ints) -> Model:
    """The model with what was measured on examples that it has not learnt from: the temperature that makes its
    probabilities fit, its accuracy, and from which probability it is right often enough."""
    said, words = model.opinions(examples.read(rows))
    truth = examples.labels[rows]
    tried = [(0.0, said)] if words is None else [(share, said + np.float32(share) * words) for share in SHARES]
    share, scores = min(tried, key=lambda pair: _tempered(pair[1], truth)[0])
    temperature = _tempered(scores, truth)[1]
    chances = softmax((scores / temperature).astype(np.float32))
    right = chances.argmax(axis=1) == truth
    sure = sure_from(chances.max(axis=1), right)
    return replace(model, temperature=temperature, accuracy=float(right.mean()), sure=sure, share=share)


def _tempered(scores: Floats, truth: Ints) -> tuple[float, float]:
    """(loss, temperature) where the probabilities fit best: mean logarithm of what was thought of the truth."""
    places = np.arange(len(truth))
    losses = [-float(np.log(softmax(scores / heat)[places, truth] + 1e-12).mean()) for heat in TEMPERATURES]
    best = int(np.argmin(losses))
    return losses[best], float(TEMPERATURES[best])


def sure_from(chances: Floats, right: NDArray[np.bool_]) -> float:
    """The least probability above which answers are right often enough, within LEAST_SURE and MOST_SURE."""
    order = np.argsort(-chances, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(share >= RIGHT)
    least = chances[order[enough[-1]]] if len(enough) else MOST_SURE
    return float(np.clip(least, LEAST_SURE, MOST_SURE))
