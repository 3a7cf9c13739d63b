"""Labelled texts as rows of features, and some of them at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aggregator.classifier import Reading
from aggregator.steps.ngrams import Features, Floats, Ints
from aggregator.word_vectors import Places


@dataclass(frozen=True, slots=True)
class Examples:
    """``codes[starts[i]:starts[i + 1]]`` are the places, in the model, of the features of text i, and
    ``words[i]`` those of its words in the table of vectors (no columns where no network is to learn)."""

    codes: Ints
    starts: Ints
    labels: Ints
    words: Places

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: Ints) -> tuple[Ints, Ints]:
        """(codes, owner row of each code) of some of them."""
        begin = self.starts[rows]
        lengths = self.starts[rows + 1] - begin
        owners = np.repeat(np.arange(len(rows)), lengths)
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return self.codes[np.repeat(begin, lengths) + within], owners

    def read(self, rows: Ints) -> Reading:
        """Some of them as a model reads texts."""
        codes, owners = self.take(rows)
        starts = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=len(rows)))])
        return Reading(Features(codes, starts, codes, codes), self.words[rows])


def by_code(codes: Ints, values: Floats) -> tuple[Ints, Floats]:
    """(distinct codes, the sum of the rows of ``values`` of each)."""
    if not len(codes):
        return codes, values
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return ordered[first], np.add.reduceat(values[order], first, axis=0)
