"""A small network over the same features as the linear model: it learns what several of them mean together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.ngrams import Features, Floats, sums

BATCH = 500  # texts at once: the vectors of all their features are in memory together


@dataclass(frozen=True)
class Network:
    """``vectors`` has a row for each feature; what they sum up to, cut off below zero, is weighed by ``outer`` (a
    column for each label). Half precision is enough for the vectors, which are nearly all there is."""

    vectors: NDArray[np.float16]
    inner: Floats
    outer: Floats
    bias: Floats

    def scores(self, found: Features) -> Floats:
        """A row for each text, a column for each label."""
        rows = [self._scores(found, start) for start in range(0, len(found.starts) - 1, BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, len(self.bias)), np.float32)

    def _scores(self, found: Features, start: int) -> Floats:
        starts = found.starts[start : start + BATCH + 1]
        vectors = self.vectors[found.codes[starts[0] : starts[-1]]].astype(np.float32)
        hidden = np.maximum(gathered(vectors, starts - starts[0]) + self.inner, 0)
        scores: Floats = (hidden @ self.outer + self.bias).astype(np.float32)
        return scores

    def arrays(self) -> dict[str, Any]:
        """To be saved under these names."""
        return {
            "vectors": self.vectors,
            "network_inner": self.inner,
            "network_outer": self.outer,
            "network_bias": self.bias,
        }

    @classmethod
    def of(cls, arrays: Any) -> Network | None:
        """What ``arrays`` gave, read again; None where there is none among them."""
        if "vectors" not in arrays:
            return None
        return cls(arrays["vectors"], arrays["network_inner"], arrays["network_outer"], arrays["network_bias"])


def gathered(vectors: Floats, starts: NDArray[np.int64]) -> Floats:
    """The sum of each text's vectors, over the square root of their number."""
    counts = np.maximum(np.diff(starts), 1)[:, None]
    total: Floats = (sums(vectors, starts) / np.sqrt(counts)).astype(np.float32)
    return total
