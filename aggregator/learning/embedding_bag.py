"""A small network over the same features as the linear model, with vectors of its own: it learns what several of them
mean together."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.text.ngrams import Features, Floats, sums

BATCH = 500  # texts at once: the vectors of all their features are in memory together


@dataclass(frozen=True)
class FeatureNetwork:
    """``vectors`` has a row for each feature, in steps of ``step`` (one byte each is enough, and they are nearly all
    there is of a model); what they sum up to, cut off below zero, is weighed by ``outer`` (a column for each label)."""

    vectors: NDArray[np.int8]
    step: float
    inner: Floats
    outer: Floats
    bias: Floats

    @classmethod
    def rounded(cls, vectors: Floats, inner: Floats, outer: Floats, bias: Floats) -> FeatureNetwork:
        """With the vectors brought down to bytes."""
        step = float(np.abs(vectors).max(initial=0)) / 127 or 1.0
        return cls(np.rint(vectors / np.float32(step)).astype(np.int8), step, inner, outer, bias)

    def scores(self, found: Features) -> Floats:
        """A row for each text, a column for each label."""
        rows = [self._scores(found, start) for start in range(0, len(found.starts) - 1, BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, len(self.bias)), np.float32)

    def _scores(self, found: Features, start: int) -> Floats:
        starts = found.starts[start : start + BATCH + 1]
        vectors = self.vectors[found.codes[starts[0] : starts[-1]]].astype(np.float32)
        vectors *= np.float32(self.step)
        hidden = np.maximum(gathered(vectors, starts - starts[0]) + self.inner, 0)
        scores: Floats = (hidden @ self.outer + self.bias).astype(np.float32)
        return scores

    def arrays(self) -> dict[str, Any]:
        """To be saved under these names."""
        return {f"features_{field.name}": getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, arrays: Any) -> FeatureNetwork | None:
        """What ``arrays`` gave, read again; None where there is none among them."""
        if "features_vectors" not in arrays:
            return None
        vectors, step, inner, outer, bias = (arrays[f"features_{field.name}"] for field in fields(cls))
        return cls(vectors, float(step), inner, outer, bias)


def gathered(vectors: Floats, starts: NDArray[np.int64]) -> Floats:
    """The sum of each text's vectors, over the square root of their number."""
    counts = np.maximum(np.diff(starts), 1)[:, None]
    total: Floats = (sums(vectors, starts) / np.sqrt(counts)).astype(np.float32)
    return total
