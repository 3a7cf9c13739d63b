"""How the network learns: Adam with falling steps, words and units left out at random, smoothed labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aggregator.learning.dataset import error_of, left_in
from aggregator.learning.text_cnn import COLUMNS, FILTERS, POOLED, UNITS, WIDTHS, Network, Seen, cut, look
from aggregator.learning.word_vectors import SIZE, Places, nowhere
from aggregator.steps.text.ngrams import Floats, Ints

EPOCHS = 5
MINIBATCH = 128
STEP = 1.5e-3
DROP_WORDS = 0.1  # share of a text's words left out at random each time
DROP_UNITS = 0.4
SMOOTH = 0.05  # of a label's weight given to all labels
MEAN, SPREAD = 0.9, 0.999  # how slowly the means of gradients and of their squares are forgotten


def fit(places: Places, answers: Ints, rows: Ints, labels: int, seed: int, tell: Callable[[float], None]) -> Network:
    """Learn from ``rows`` of the texts (``word_vectors.read``) and their labels' numbers. ``tell`` gets the share done,
    0..1."""
    learner = _Learner(labels, seed)
    steps = EPOCHS * max(1, -(-len(rows) // MINIBATCH))
    for epoch in range(EPOCHS):
        shuffled = learner.random.permutation(rows)
        for start in range(0, len(shuffled), MINIBATCH):
            some = shuffled[start : start + MINIBATCH]
            learner.step(places[some], answers[some], STEP * (1 - learner.taken / steps))
        tell((epoch + 1) / EPOCHS)
    return Network(**learner.weights)


class _Learner:
    """The network while it changes, and the running means of its gradients and of their squares."""

    def __init__(self, labels: int, seed: int) -> None:
        self.random = np.random.default_rng(seed + 2)
        self.taken = 0
        fans = np.concatenate([np.full(width * FILTERS, width * SIZE) for width in WIDTHS])
        self.weights: dict[str, Floats] = {
            "filters": self._drawn(SIZE, COLUMNS) / np.sqrt(fans).astype(np.float32),
            "whole": self._drawn(2 * SIZE, POOLED) / np.float32((2 * SIZE) ** 0.5),
            "inner": np.zeros(UNITS, np.float32),
            "outer": self._drawn(UNITS, labels) / np.float32(UNITS**0.5),
            "bias": np.zeros(labels, np.float32),
        }
        self._means = {name: np.zeros_like(values) for name, values in self.weights.items()}
        self._squares = {name: np.zeros_like(values) for name, values in self.weights.items()}

    def step(self, places: Places, answers: Ints, step: float) -> None:
        """One minibatch."""
        weights = self.weights
        left_out = self.random.random(places.shape, dtype=np.float32) < DROP_WORDS
        seen = look(cut(np.where(left_out, nowhere(), places)), weights["filters"], weights["whole"])
        before = seen.before + weights["inner"]
        mask = left_in(self.random, before.shape, DROP_UNITS)
        hidden = np.maximum(before, 0) * mask
        error = error_of(hidden @ weights["outer"] + weights["bias"], answers)
        error /= np.float32(len(answers))
        back: Floats = (error @ weights["outer"].T) * mask * (before > 0)
        self._adam(
            {
                "filters": _of_filters(seen, back),
                "whole": seen.pooled.T @ back[:, -POOLED:],
                "inner": back.sum(axis=0),
                "outer": hidden.T @ error,
                "bias": error.sum(axis=0),
            },
            step,
        )

    def _adam(self, gradients: dict[str, Floats], step: float) -> None:
        self.taken += 1
        fair = np.float32(step * (1 - SPREAD**self.taken) ** 0.5 / (1 - MEAN**self.taken))
        for name, gradient in gradients.items():
            mean, square = self._means[name], self._squares[name]
            mean += np.float32(1 - MEAN) * (gradient - mean)
            square += np.float32(1 - SPREAD) * (gradient * gradient - square)
            self.weights[name] -= fair * mean / (np.sqrt(square) + np.float32(1e-8))

    def _drawn(self, rows: int, columns: int) -> Floats:
        return self.random.standard_normal((rows, columns), dtype=np.float32)


def _of_filters(seen: Seen, back: Floats) -> Floats:
    """The gradient of the filters: each learns from the words at the place where it was strongest."""
    count, length, _ = seen.words.shape
    spread = np.zeros((count, length + max(WIDTHS) - 1, COLUMNS), np.float32)
    texts, filters = np.arange(count)[:, None], np.arange(FILTERS)[None]
    column = 0
    for number, (width, best) in enumerate(zip(WIDTHS, seen.strongest, strict=True)):
        own = back[:, number * FILTERS : (number + 1) * FILTERS]
        for step in range(width):
            spread[texts, best + step, column + step * FILTERS + filters] = own
        column += width * FILTERS
    gradient: Floats = seen.words.reshape(-1, SIZE).T @ spread[:, :length].reshape(-1, COLUMNS)
    return gradient
