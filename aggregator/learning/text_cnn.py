"""A small network over the vectors of a text's words: filters of one to three words, of which each keeps the strongest
place, and what the mean and the largest values of the vectors say of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from aggregator.learning.word_vectors import SIZE, Places, nowhere, vectors
from aggregator.steps.text.ngrams import Floats, Ints

BATCH = 500  # texts at once
WIDTHS = (1, 2, 3)  # words that a filter sees
FILTERS = 128  # of each width
POOLED = 128  # units that see the whole text
UNITS = FILTERS * len(WIDTHS) + POOLED
COLUMNS = FILTERS * sum(WIDTHS)
LEAST = np.float32(-4)  # below any number of a vector


@dataclass(frozen=True)
class Network:
    """``filters`` (SIZE rows; for each width, each of its words, each filter a column) and ``whole`` (twice SIZE rows,
    POOLED columns) lead, with ``inner``, to UNITS; what is above zero is weighed by ``outer`` (a column for each
    label)."""

    filters: Floats
    whole: Floats
    inner: Floats
    outer: Floats
    bias: Floats

    def scores(self, places: Places) -> Floats:
        """A row for each text (a row of ``word_vectors.read``), a column for each label."""
        rows = [self._scores(places[start : start + BATCH]) for start in range(0, len(places), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, len(self.bias)), np.float32)

    def _scores(self, places: Places) -> Floats:
        seen = look(cut(places), self.filters, self.whole)
        hidden = np.maximum(seen.before + self.inner, 0)
        scores: Floats = (hidden @ self.outer + self.bias).astype(np.float32)
        return scores

    def arrays(self) -> dict[str, Any]:
        """To be saved under these names."""
        return {
            "network_filters": self.filters.astype(np.float16),
            "network_whole": self.whole.astype(np.float16),
            "network_inner": self.inner,
            "network_outer": self.outer,
            "network_bias": self.bias,
        }

    @classmethod
    def of(cls, arrays: Any) -> Network | None:
        """What ``arrays`` gave, read again; None where there is none among them."""
        if "network_filters" not in arrays:
            return None
        names = ("filters", "whole", "inner", "outer", "bias")
        return cls(*(arrays[f"network_{name}"].astype(np.float32) for name in names))


@dataclass(frozen=True, slots=True)
class Seen:
    """What the units see of some texts before ``inner`` is added, and what they saw it in: the words' vectors (text,
    word, SIZE), for each width the place where each filter is strongest, and mean and maximum of the vectors."""

    before: Floats
    words: Floats
    strongest: list[Ints]
    pooled: Floats


def cut(places: Places) -> Places:
    """Without the columns in which no text has a word; one is left at least."""
    longest = int((places != nowhere()).any(axis=0).sum())
    return places[:, : max(longest, 1)]


def look(places: Places, filters: Floats, whole: Floats) -> Seen:
    """Texts through the first layer."""
    words = vectors(places)
    there = places != nowhere()
    count, length, _ = words.shape
    found = (words.reshape(-1, SIZE) @ filters).reshape(count, length, -1)
    parts, strongest, column = [], [], 0
    for width in WIDTHS:
        window = found[:, :, column : column + FILTERS].copy()
        for step in range(1, width):
            at = column + step * FILTERS
            window[:, : length - step] += found[:, step:, at : at + FILTERS]
        window[~there] = -1e9
        best = window.argmax(axis=1)
        parts.append(np.take_along_axis(window, best[:, None], axis=1)[:, 0])
        strongest.append(best)
        column += width * FILTERS
    lengths = np.sqrt(np.maximum(there.sum(axis=1), 1)).astype(np.float32)[:, None]
    largest = np.where(there[:, :, None], words, LEAST).max(axis=1)
    largest[~there.any(axis=1)] = 0
    pooled = np.concatenate([words.sum(axis=1) / lengths, largest], axis=1)
    return Seen(np.concatenate([*parts, pooled @ whole], axis=1), words, strongest, pooled)
