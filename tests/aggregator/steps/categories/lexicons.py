"""Lexicons of a few keywords, written as in a config."""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.reference.category_words import WordList
from aggregator.steps.categories.keywords import KeywordSpec, Lexicon


def lists_of(keywords: Iterable[str]) -> list[WordList]:
    """Return a list of one word for each keyword."""
    return [WordList(spec.weight, [spec.word]) for spec in map(KeywordSpec.parse, keywords)]


def lexicon_of(entries: Iterable[tuple[str, str]]) -> Lexicon:
    """Return a lexicon of (category path, keyword)."""
    return Lexicon((path, one) for path, written in entries for one in lists_of([written]))
