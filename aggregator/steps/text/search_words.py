"""Tokens of the search index: what a text is found by.

A run of Han characters becomes its overlapping bigrams and its last character alone, so that any part of it is found
by its bigrams, and no token spans two runs. Everything else becomes whole words.
"""

from __future__ import annotations

from operator import add

from aggregator.steps.text.normalize import fold
from aggregator.steps.text.search_query import MAX_RUN_LENGTH, split_runs


def tokenize(text: str) -> list[str]:
    """Return the tokens of a normalized text."""
    tokens: list[str] = []
    for run, han in split_runs(text):
        if han:
            tokens += map(add, run, run[1:])
            tokens.append(run[-1])
        else:
            tokens.append(run[:MAX_RUN_LENGTH])
    return tokens


def search_words(title: str, text: str) -> str:
    """Return the different tokens of a title as published and a normalized text, separated by spaces."""
    return " ".join(dict.fromkeys([*tokenize(fold(title)), *tokenize(text)]))
