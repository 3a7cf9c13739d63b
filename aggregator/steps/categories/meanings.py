"""Weigh keyword sums together with what the words of a title mean.

Two categories often have nearly equal sums, or one has a single weak keyword. The other words of the title then decide,
also those that are no keywords.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

MEANING_WEIGHT = 0.4  # of a log probability, relative to the weight of a keyword
MIN_TOTAL_MARGIN = 0.78  # required difference between the best total and the next
SURE_MARGIN = 2.0  # of the best keyword sum over the next, from which meanings change nothing


class Resemblance(NamedTuple):
    """A word of a title, and the keywords of a category that are nearest to it in meaning."""

    word: str
    near: tuple[str, ...]


class Meanings(Protocol):
    """The interface of the model of meanings."""

    def of_titles(self, titles: Sequence[str]) -> Meanings:
        """Return the meanings of these titles alone, which may be computed together."""

    def log_probabilities(self, title: str) -> Mapping[str, float]:
        """Return the log probability of each top category; empty if nothing is known of the title."""

    def resemblance(self, title: str, category: str) -> Resemblance | None:
        """Return the word nearest to keywords of a top category; None if no word is like any."""


class Ranking(NamedTuple):
    """The top category with the highest total of keyword sum and meaning, the next one, and the difference."""

    best: str
    second: str
    margin: float


def rank_with_meanings(sums: Mapping[str, float], title: str, meanings: Meanings) -> Ranking | None:
    """Rank the top categories by keyword sum and meaning; None if nothing is known of the title."""
    log_probabilities = meanings.log_probabilities(title)
    if len(log_probabilities) < 2:
        return None
    negative = [(-sums.get(top, 0.0) - MEANING_WEIGHT * value, top) for top, value in log_probabilities.items()]
    (first, best), (after, second) = sorted(negative)[:2]
    return Ranking(best, second, after - first)
