"""Segment Chinese text into dictionary words. The only importer of rjieba, whose 30 MB dictionary loads with the first
text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal


def segment(
    text: str, mode: Literal["default", "search"] = "default", *, guess: bool = True
) -> list[tuple[str, int, int]]:
    """Return (word, start, end) from left to right; with "search" also the words within longer ones
    ("中国人民" contains "中国").

    Unknown words are guessed, or left as single characters. A lone surrogate counts as "?", so that offsets are
    correct.
    """
    try:
        return _tokenizer()(text, mode, guess)
    except UnicodeEncodeError:
        return _tokenizer()(text.encode("utf-8", "replace").decode(), mode, guess)


@cache
def _tokenizer() -> Callable[[str, str, bool], list[tuple[str, int, int]]]:
    import rjieba  # takes a seventh of a second, only in processes that segment text

    return rjieba.tokenize
