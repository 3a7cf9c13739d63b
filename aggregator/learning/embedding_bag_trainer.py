"""How the network over features learns: AdaGrad with falling steps, one rate for each vector; features are left out at
random, labels smoothed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aggregator.learning.dataset import Examples, by_code, error_of, left_in
from aggregator.learning.embedding_bag import FeatureNetwork, gathered
from aggregator.steps.text.ngrams import Floats, Ints

UNITS = 32
CELLS = 16_000_000  # features times units that are held while learning: 64 MB
EPOCHS = 4
MINIBATCH = 64
STEP = 0.1
LAST_STEP = 0.1  # of the first
DROP = 0.3  # share of a text's features, and of the hidden units, left out at random each time


def fit(
    examples: Examples, rows: Ints, features: int, labels: int, seed: int, tell: Callable[[float], None]
) -> FeatureNetwork:
    """Learn from ``rows`` of the examples. ``tell`` gets the share done, 0..1."""
    learner = _Learner(features, labels, seed)
    for epoch in range(EPOCHS):
        step = STEP * (1 - (1 - LAST_STEP) * epoch / EPOCHS)
        shuffled = learner.random.permutation(rows)
        for start in range(0, len(shuffled), MINIBATCH):
            learner.step(examples, shuffled[start : start + MINIBATCH], step)
        tell((epoch + 1) / EPOCHS)
    return FeatureNetwork.rounded(learner.vectors, learner.inner, learner.outer, learner.bias)


class _Learner:
    """The network while it changes, and the sums of squared gradients by which its steps shrink."""

    def __init__(self, features: int, labels: int, seed: int) -> None:
        self.random = np.random.default_rng(seed + 3)
        units = max(8, min(UNITS, CELLS // max(features, 1)))
        self.vectors = self.random.standard_normal((features, units), dtype=np.float32) * np.float32(0.1)
        self.outer = self.random.standard_normal((units, labels), dtype=np.float32) / np.float32(units**0.5)
        self.inner = np.zeros(units, np.float32)
        self.bias = np.zeros(labels, np.float32)
        self._of_vectors = np.full(features, 1e-2, np.float32)
        self._of_outer = np.full((units, labels), 1e-2, np.float32)
        self._of_inner = np.full(units, 1e-2, np.float32)

    def step(self, examples: Examples, rows: Ints, step: float) -> None:
        """One minibatch."""
        codes, owners = examples.take(rows)
        kept = self.random.random(len(codes), dtype=np.float32) >= DROP
        codes, owners = codes[kept], owners[kept]
        lengths = np.bincount(owners, minlength=len(rows))
        starts = np.concatenate([[0], np.cumsum(lengths)])
        before = gathered(self.vectors[codes], starts) + self.inner
        mask = left_in(self.random, before.shape, DROP)
        hidden = np.maximum(before, 0) * mask
        error = error_of(hidden @ self.outer + self.bias, examples.labels[rows])
        back: Floats = (error @ self.outer.T) * mask * (before > 0)
        self._turn(hidden.T @ error, error, back, step)
        scale = (1 / np.sqrt(np.maximum(lengths, 1))).astype(np.float32)[:, None]
        touched, gradient = by_code(codes, (back * scale)[owners])
        self._of_vectors[touched] += (gradient * gradient).mean(axis=1)
        self.vectors[touched] -= np.float32(step) * gradient / np.sqrt(self._of_vectors[touched])[:, None]

    def _turn(self, outer: Floats, error: Floats, back: Floats, step: float) -> None:
        self._of_outer += outer * outer
        self.outer -= np.float32(step) * outer / np.sqrt(self._of_outer)
        self.bias -= np.float32(STEP / 2) * error.mean(axis=0)
        inner = back.sum(axis=0)
        self._of_inner += inner * inner
        self.inner -= np.float32(step / 10) * inner / np.sqrt(self._of_inner)
