"""Normalize a text and keep where each character comes from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from aggregator.steps.text.normalize import fold


def fold_with_offsets(text: str) -> tuple[str, Sequence[int]]:
    """Return the folded text and, for each of its characters, its offset in ``text``."""
    folded = fold(text)
    if len(folded) == len(text) and _maps_one_to_one(text):
        return folded, range(len(text))
    letters = [_fold_character(letter) for letter in text]
    return "".join(letters), [offset for offset, folded in enumerate(letters) for _ in folded]


def _maps_one_to_one(text: str) -> bool:
    """Return whether folding maps each character to exactly one. ``_ONE_TO_ONE`` caches characters already checked."""
    for letter in set(text) - _ONE_TO_ONE:
        if len(_fold_character(letter)) != 1:
            return False
        _ONE_TO_ONE.add(letter)
    return True


_ONE_TO_ONE: set[str] = set()
_fold_character = lru_cache(20_000)(fold)
