"""TextCNN over pre-trained word vectors, in numpy: inference and training.

Kim (2014), "Convolutional Neural Networks for Sentence Classification": convolution filters over the static vectors of
one to three words, rectifier, max-over-time pooling, dropout, a softmax output layer. Trained by Adam (Kingma and Ba
2015) with a linearly falling learning rate, word dropout and label smoothing (Szegedy et al. 2016).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregator.learning.word_vectors import DIMENSIONS, PAD, TokenIds, embed
from aggregator.steps.text.ngrams import Floats, Ints

WIDTHS = (1, 2, 3)  # words a filter spans
FILTERS = 160  # of each width, unless told
COLUMNS = sum(WIDTHS)  # of the filter matrix for a filter of each width: one for each word it spans
PADDING_SCORE = -1e9  # of a window that begins at padding: never the maximum
INFERENCE_BATCH = 500  # texts

EPOCHS = 5
MINIBATCH = 128
LEARNING_RATE = 1.5e-3
BETA_1, BETA_2 = 0.9, 0.999  # Adam's decay rates of the first and second moment
WORD_DROPOUT = 0.1
HIDDEN_DROPOUT = 0.4
LABEL_SMOOTHING = 0.05


@dataclass(frozen=True)
class TextCNN:
    """A trained network with F filters of each width, so that it has F * len(WIDTHS) hidden units.

    ``filters``: shape (DIMENSIONS, F * COLUMNS); the columns are ordered by width, then word of the window, then
    filter. ``hidden_bias``: shape (hidden units,). ``output_weights``: shape (hidden units, labels). ``output_bias``:
    shape (labels,).
    """

    filters: Floats
    hidden_bias: Floats
    output_weights: Floats
    output_bias: Floats

    def logits(self, token_ids: TokenIds) -> Floats:
        """Return the logits, shape (texts, labels), of ``token_ids``, shape (texts, tokens)."""
        starts = range(0, len(token_ids), INFERENCE_BATCH)
        batches = [self._logits(token_ids[start : start + INFERENCE_BATCH]) for start in starts]
        return np.concatenate(batches) if batches else np.zeros((0, len(self.output_bias)), np.float32)

    def _logits(self, token_ids: TokenIds) -> Floats:
        trimmed = trim_padding(token_ids)
        windows = convolve(embed(trimmed), trimmed == PAD, self.filters)
        pooled = np.concatenate([each.max(axis=1) for each in windows], axis=1)
        hidden = np.maximum(pooled + self.hidden_bias, 0)
        logits: Floats = (hidden @ self.output_weights + self.output_bias).astype(np.float32)
        return logits

    def arrays(self) -> dict[str, Any]:
        """Return the arrays to save, by name."""
        return {
            "text_cnn_filters": self.filters.astype(np.float16),
            "text_cnn_hidden_bias": self.hidden_bias,
            "text_cnn_output_weights": self.output_weights,
            "text_cnn_output_bias": self.output_bias,
        }

    @classmethod
    def from_arrays(cls, arrays: Any) -> TextCNN | None:
        """Return the network saved under the names of ``arrays``; None if there is none."""
        return cls.of_arrays(arrays) if "text_cnn_filters" in arrays else None

    @classmethod
    def of_arrays(cls, arrays: Any) -> TextCNN:
        """Return the network saved under the names of ``arrays``."""
        names = ("filters", "hidden_bias", "output_weights", "output_bias")
        return cls(*(arrays[f"text_cnn_{name}"].astype(np.float32) for name in names))


@dataclass(frozen=True, slots=True)
class Activations:
    """The convolution's results for a batch of texts.

    ``pre_activation``: maximum of each filter over the text, without the bias, shape (texts, hidden units).
    ``argmax``: for each width, the position of the maximum, shape (texts, filters of a width). ``word_vectors``: shape
    (texts, tokens, DIMENSIONS).
    """

    pre_activation: Floats
    argmax: list[Ints]
    word_vectors: Floats


def trim_padding(token_ids: TokenIds) -> TokenIds:
    """Drop the last columns that are padding in every text; at least one column stays."""
    used = np.flatnonzero((token_ids != PAD).any(axis=0))
    return token_ids[:, : used[-1] + 1 if len(used) else 1]


def convolve(words: Floats, padding: NDArray[np.bool_], filters: Floats) -> Iterator[Floats]:
    """Yield, for each width, the results of its filters for the windows that begin at each word.

    ``words``: shape (texts, tokens, DIMENSIONS). ``padding``: shape (texts, tokens). Result: shape (texts, tokens,
    filters of a width).
    """
    texts, tokens, _ = words.shape
    count = filters.shape[1] // COLUMNS
    products = (words.reshape(-1, DIMENSIONS) @ filters).reshape(texts, tokens, -1)
    column = 0
    for width in WIDTHS:
        windows = products[:, :, column : column + count].copy()
        for offset in range(1, width):
            first = column + offset * count
            windows[:, : tokens - offset] += products[:, offset:, first : first + count]
        windows[padding] = PADDING_SCORE
        yield windows
        column += width * count


def forward(token_ids: TokenIds, filters: Floats) -> Activations:
    """Convolve and pool: take the maximum of each filter over the windows that begin at a word.

    Pooling before the bias and the rectifier gives the same result, as both are monotonic.
    """
    words = embed(token_ids)
    maxima, argmax = [], []
    for windows in convolve(words, token_ids == PAD, filters):
        positions = windows.argmax(axis=1)
        maxima.append(np.take_along_axis(windows, positions[:, None], axis=1)[:, 0])
        argmax.append(positions)
    return Activations(np.concatenate(maxima, axis=1), argmax, words)


def softmax(logits: Floats) -> Floats:
    """Return the probabilities of each row."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: Floats = (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities


def log_softmax(logits: Floats) -> Floats:
    """Return the log probabilities of each row."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probabilities: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return log_probabilities


# ---------------------------------------------------------------- training
def fit(
    token_ids: TokenIds,
    labels: Ints,
    rows: Ints,
    label_count: int,
    seed: int,
    report: Callable[[float], None],
    filters: int = FILTERS,
) -> TextCNN:
    """Train on ``rows`` of ``token_ids``, shape (texts, tokens), and ``labels``, shape (texts,).

    ``report`` is called with the fraction done, 0..1, after each epoch. ``filters``: of each width.
    """
    trainer = _Trainer(label_count, seed, filters)
    total_steps = EPOCHS * max(1, -(-len(rows) // MINIBATCH))
    for epoch in range(EPOCHS):
        shuffled = trainer.random.permutation(rows)
        for start in range(0, len(shuffled), MINIBATCH):
            batch = shuffled[start : start + MINIBATCH]
            trainer.step(token_ids[batch], labels[batch], LEARNING_RATE * (1 - trainer.steps / total_steps))
        report((epoch + 1) / EPOCHS)
    return TextCNN(**trainer.weights)


class _Trainer:
    """The weights during training, with Adam's moments."""

    def __init__(self, label_count: int, seed: int, filters: int) -> None:
        self.random = np.random.default_rng(seed + 2)
        self.steps = 0
        fan_in = np.concatenate([np.full(width * filters, width * DIMENSIONS) for width in WIDTHS])
        hidden_units = filters * len(WIDTHS)
        self.weights: dict[str, Floats] = {
            "filters": self._normal(DIMENSIONS, filters * COLUMNS) / np.sqrt(fan_in).astype(np.float32),
            "hidden_bias": np.zeros(hidden_units, np.float32),
            "output_weights": self._normal(hidden_units, label_count) / np.float32(hidden_units**0.5),
            "output_bias": np.zeros(label_count, np.float32),
        }
        self._first_moments = {name: np.zeros_like(values) for name, values in self.weights.items()}
        self._second_moments = {name: np.zeros_like(values) for name, values in self.weights.items()}

    def step(self, token_ids: TokenIds, labels: Ints, learning_rate: float) -> None:
        """Update the weights by one minibatch."""
        weights = self.weights
        dropped = self.random.random(token_ids.shape, dtype=np.float32) < WORD_DROPOUT
        activations = forward(trim_padding(np.where(dropped, PAD, token_ids)), weights["filters"])
        pre_activation = activations.pre_activation + weights["hidden_bias"]
        mask = dropout_mask(self.random, pre_activation.shape, HIDDEN_DROPOUT)
        hidden = np.maximum(pre_activation, 0) * mask
        gradient = output_gradient(hidden @ weights["output_weights"] + weights["output_bias"], labels)
        gradient /= np.float32(len(labels))
        hidden_gradient: Floats = (gradient @ weights["output_weights"].T) * mask * (pre_activation > 0)
        self._adam(
            {
                "filters": _filter_gradient(activations, hidden_gradient),
                "hidden_bias": hidden_gradient.sum(axis=0),
                "output_weights": hidden.T @ gradient,
                "output_bias": gradient.sum(axis=0),
            },
            learning_rate,
        )

    def _adam(self, gradients: dict[str, Floats], learning_rate: float) -> None:
        self.steps += 1
        corrected_rate = np.float32(learning_rate * (1 - BETA_2**self.steps) ** 0.5 / (1 - BETA_1**self.steps))
        for name, gradient in gradients.items():
            first, second = self._first_moments[name], self._second_moments[name]
            first += np.float32(1 - BETA_1) * (gradient - first)
            second += np.float32(1 - BETA_2) * (gradient * gradient - second)
            self.weights[name] -= corrected_rate * first / (np.sqrt(second) + np.float32(1e-8))

    def _normal(self, rows: int, columns: int) -> Floats:
        return self.random.standard_normal((rows, columns), dtype=np.float32)


def _filter_gradient(activations: Activations, hidden_gradient: Floats) -> Floats:
    """Return the gradient of the filters; max pooling passes it to the words at each filter's maximum only."""
    texts, tokens, _ = activations.word_vectors.shape
    count = hidden_gradient.shape[1] // len(WIDTHS)
    scattered = np.zeros((texts, tokens + max(WIDTHS) - 1, count * COLUMNS), np.float32)
    text_index, filter_index = np.arange(texts)[:, None], np.arange(count)[None]
    column = 0
    for number, (width, positions) in enumerate(zip(WIDTHS, activations.argmax, strict=True)):
        own = hidden_gradient[:, number * count : (number + 1) * count]
        for offset in range(width):
            scattered[text_index, positions + offset, column + offset * count + filter_index] = own
        column += width * count
    by_word = scattered[:, :tokens].reshape(-1, count * COLUMNS)
    gradient: Floats = activations.word_vectors.reshape(-1, DIMENSIONS).T @ by_word
    return gradient


def output_gradient(logits: Floats, labels: Ints) -> Floats:
    """Return the cross-entropy gradient with respect to ``logits``, with smoothed labels: shape (texts, labels)."""
    gradient = softmax(logits)
    gradient -= np.float32(LABEL_SMOOTHING / gradient.shape[1])
    gradient[np.arange(len(labels)), labels] -= np.float32(1 - LABEL_SMOOTHING)
    return gradient


def dropout_mask(random: np.random.Generator, shape: tuple[int, ...], rate: float) -> Floats:
    """Return an inverted dropout mask: zero with probability ``rate``, 1 / (1 - rate) otherwise."""
    kept = random.random(shape, dtype=np.float32) >= rate
    return kept.astype(np.float32) / np.float32(1 - rate)
