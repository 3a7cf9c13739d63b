"""Normalize text: full and half width, upper and lower case, traditional and simplified characters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final

# The characters of nearly every Chinese text that NFKC changes, with their normal forms.
_COMMON: Final = tuple((mark, unicodedata.normalize("NFKC", mark)) for mark in "，：；！？（）…\u3000")
_FIRST_HAN, _LAST_HAN = 0x4E00, 0x9FFF

_NOT_IN_WORDS = re.compile(r"(?!(?<=\d)\.(?=\d))[\W_]")  # decimal points belong to their number


def fold(text: str) -> str:
    """Return ``text`` in NFKC, lower case and simplified characters.

    Converted character by character, so that a word is the same wherever it occurs.
    """
    if text.isascii():
        return text.lower()
    table, changeable = _simplification()
    if not changeable.search(text):  # most parts of a normalized text
        return text
    for mark, normal in _COMMON:
        text = text.replace(mark, normal)
    if not changeable.search(text):
        return text
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    text = text.lower()
    return text.translate(table) if changeable.search(text) else text


def headline_key(title: str) -> str:
    """Return what is equal for headlines that differ in punctuation, spaces, width, case or script only."""
    return _NOT_IN_WORDS.sub("", fold(title))


@cache
def _simplification() -> tuple[dict[int, str], re.Pattern[str]]:
    """Return OpenCC's table of single characters, and a pattern of all characters that ``fold`` may change.

    It excludes ASCII without capitals, usual punctuation and simplified Han, of which most texts consist.
    """
    table: dict[int, str] = {}
    source = resources.files("aggregator").joinpath("data", "TSCharacters.txt")
    for line in source.read_text(encoding="utf-8").splitlines():
        traditional, _, simplified = line.partition("\t")
        choices = simplified.split()
        if len(traditional) == 1 and choices and traditional not in choices:
            table[ord(traditional)] = choices[0]
    bounds = [_FIRST_HAN - 1, *sorted(at for at in table if _FIRST_HAN <= at <= _LAST_HAN), _LAST_HAN + 1]
    between = ((first + 1, last - 1) for first, last in pairwise(bounds))
    unchanged_han = "".join(f"{chr(first)}-{chr(last)}" for first, last in between if first <= last)
    return table, re.compile(f"[^\\x00-@\\[-\\x7f·—‘’“”、。〈〉《》「」『』【】〔〕{unchanged_han}]")
