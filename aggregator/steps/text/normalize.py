"""Normalize text: full and half width, upper and lower case, traditional and simplified characters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources

_NOT_IN_WORDS = re.compile(r"(?!(?<=\d)\.(?=\d))[\W_]")  # decimal points belong to their number


def fold(text: str) -> str:
    """Return ``text`` in NFKC, lower case and simplified characters.

    Converted character by character, so that a word is the same wherever it occurs.
    """
    if text.isascii():
        return text.lower()
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    text = text.lower()
    table, traditional = _traditional_characters()
    return text if traditional.isdisjoint(text) else text.translate(table)


def headline_key(title: str) -> str:
    """Return what is equal for headlines that differ in punctuation, spaces, width, case or script only."""
    return _NOT_IN_WORDS.sub("", fold(title))


@cache
def _traditional_characters() -> tuple[dict[int, str], frozenset[str]]:
    """Return OpenCC's table of single characters, and the set of them (most texts hold none)."""
    table: dict[int, str] = {}
    source = resources.files("aggregator").joinpath("data", "TSCharacters.txt")
    for line in source.read_text(encoding="utf-8").splitlines():
        traditional, _, simplified = line.partition("\t")
        choices = simplified.split()
        if len(traditional) == 1 and choices and traditional not in choices:
            table[ord(traditional)] = choices[0]
    return table, frozenset(map(chr, table))
