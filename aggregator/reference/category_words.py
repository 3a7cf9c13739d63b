"""The words by which categories are guessed: ``data/keywords.toml`` and the names of ``data/terms/``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple

WEIGHTS = {"decisive": 3.0, "strong": 2.0, "keywords": 1.0, "weak": 0.5, "against": -1.0}


class WordList(NamedTuple):
    """Words of a category that have one weight; negative ones count against it."""

    weight: float
    words: list[str]


def shipped_words() -> dict[str, list[WordList]]:
    """Return the lists of each category by its path; a later list precedes for the same word."""
    found: dict[str, list[WordList]] = {}
    for path, words in _names():
        found.setdefault(path, []).append(words)
    text = (files("aggregator") / "data" / "keywords.toml").read_text("utf-8")
    for path, groups in tomllib.loads(text).items():
        for group, listed in groups.items():
            found.setdefault(path, []).extend(_split_by_weight(WEIGHTS[group], split_words(listed)))
    return found


def _names() -> Iterator[tuple[str, WordList]]:
    """Yield the lists of ``data/terms/`` with their paths."""
    folder = files("aggregator") / "data" / "terms"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        for part in file.read_text("utf-8").split("\n@ ")[1:]:
            head, _, listed = part.partition("\n")
            path, weight = head.split()
            lines = [line for line in listed.splitlines() if not line.startswith("#")]
            yield path, WordList(float(weight), split_words(" ".join(lines)))


def _split_by_weight(weight: float, words: list[str]) -> Iterator[WordList]:
    """Yield the words in lists, those with a weight of their own ("word:3") each in one."""
    yield WordList(weight, [word for word in words if ":" not in word])
    for word, _, own in (word.rpartition(":") for word in words if ":" in word):
        yield WordList(float(own), [word])


def split_words(text: str) -> list[str]:
    """Split the words of a data file at white space; "_" stands for a space within one."""
    words = text.split()
    return [word.replace("_", " ") for word in words] if "_" in text else words
