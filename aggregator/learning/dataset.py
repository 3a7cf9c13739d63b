"""Labelled texts as rows of features, some of them at a time, and what both networks do with them to learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aggregator.learning.classifier import Reading, softmax
from aggregator.learning.word_vectors import Places
from aggregator.steps.text.ngrams import Features, Floats, Ints

SMOOTH = 0.05  # of a label's weight given to all labels


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


def error_of(scores: Floats, answers: Ints) -> Floats:
    """A network's probabilities less what they should be, the answers smoothed over all labels: a row for each text."""
    error = softmax(scores)
    error -= np.float32(SMOOTH / error.shape[1])
    error[np.arange(len(answers)), answers] -= np.float32(1 - SMOOTH)
    return error


def left_in(random: np.random.Generator, shape: tuple[int, ...], drop: float) -> Floats:
    """Zero for a share of ``drop`` of the units, by chance, and for the others what makes up for them."""
    kept = random.random(shape, dtype=np.float32) >= drop
    return kept.astype(np.float32) / np.float32(1 - drop)
