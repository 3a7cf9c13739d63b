"""Find the keywords of a lexicon in title and text, in one pass, and sum their weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aggregator.reference.categories import top_category
from aggregator.reference.word_finder import WordFinder
from aggregator.steps.text.normalize import fold

TEXT_LENGTH = 300  # characters of the text that are read
TEXT_WEIGHT = 0.3  # weight of a keyword in the text only, relative to the title
MAX_WEIGHT = 20.0  # maximum weight of a keyword in a config
SUM_DIGITS = 6  # decimals of a sum: beyond them it depends on the order of its parts, and thresholds would too
LENGTH_WEIGHTS = (0.4, 1.0, 1.25, 1.5)  # factor by number of characters: longer keywords match less often by chance


@dataclass(frozen=True, slots=True)
class KeywordSpec:
    """A keyword or term in a config: "word", "word:2", "-word" or "-word:2"."""

    word: str  # normalized
    weight: float

    @classmethod
    def parse(cls, text: str) -> KeywordSpec:
        against = text.startswith("-") and len(text) > 1
        text = text[1:] if against else text
        word, colon, number = text.rpartition(":")
        try:
            weight = float(number) if colon and word else 1.0
        except ValueError:
            weight = 1.0
        else:
            text = word if colon and word else text
        return cls(fold(text).strip(), -weight if against else weight)


@dataclass(frozen=True, slots=True)
class KeywordScores:
    """Keyword sums by path (a subcategory's count for its parent too), and the keywords of each top category, strongest
    first.
    """

    score_by_path: Mapping[str, float]
    words_by_path: Mapping[str, tuple[str, ...]]

    def ranked_tops(self) -> list[tuple[str, float]]:
        """Return top categories with their sums, highest first."""
        tops = [(path, score) for path, score in self.score_by_path.items() if "/" not in path]
        return sorted(tops, key=lambda pair: -pair[1])


class Lexicon:
    """Keywords with their weights for categories, compiled for matching."""

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        """``entries``: (category path, keyword as written)."""
        weights: dict[str, dict[str, float]] = defaultdict(dict)
        for path, written in entries:
            spec = KeywordSpec.parse(written)
            if spec.word:
                weights[spec.word][path] = spec.weight
        self._weights = {word: _weights_with_tops(word, paths) for word, paths in weights.items()}
        self._words = tuple(self._weights)
        self._has_ascii_end = [word[0].isascii() or word[-1].isascii() for word in self._words]
        self._finder = WordFinder(self._words)

    def find_words(self, text: str) -> list[str]:
        """Return the keywords in normalized ``text`` in order: the longest at each position, without overlaps.

        A Latin keyword matches whole words: "ai" is not in "said".
        """
        longest: dict[int, tuple[int, int]] = {}  # by start: (end, index of the word)
        for index, start, end in self._finder.find(text):  # a longer one ends later and comes later
            if not self._has_ascii_end[index] or _is_whole_word(text, start, end):
                longest[start] = end, index
        found: dict[str, None] = {}
        covered = 0
        for _, (end, index) in sorted(longest.items()):
            if end > covered:
                covered = end
                found[self._words[index]] = None
        return list(found)

    def score(self, title: str, text: str) -> KeywordScores:
        """Return the scores of ``title`` and ``text`` as published; only the start of the text is read."""
        in_title = self.find_words(fold(title))
        in_text = [word for word in self.find_words(fold(text[:TEXT_LENGTH])) if word not in in_title] if text else []
        paths: dict[str, float] = defaultdict(float)
        words: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for group, factor in ((in_title, 1.0), (in_text, TEXT_WEIGHT)):
            for word in group:
                for path, weight in self._weights[word]:
                    paths[path] += weight * factor
                    if "/" not in path and weight > 0:
                        words[path].append((-weight * factor, word))
        sums = {path: round(total, SUM_DIGITS) for path, total in paths.items()}
        return KeywordScores(sums, {path: tuple(word for _, word in sorted(found)) for path, found in words.items()})


def _is_whole_word(text: str, start: int, end: int) -> bool:
    """Return whether ``text[start:end]`` is no part of a longer Latin word or number."""
    return not (
        (start and _are_one_token(text[start - 1], text[start]))
        or (end < len(text) and _are_one_token(text[end - 1], text[end]))
    )


def _are_one_token(left: str, right: str) -> bool:
    """Return whether two neighbors belong to one Latin word or number ("iphone" is in "iphone 5" and "iphone5")."""
    if not (left.isascii() and right.isascii()):
        return False
    return (left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit())


def _weights_with_tops(word: str, paths: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Return a keyword's weights by path, and once for each top category: the strongest below it."""
    factor = LENGTH_WEIGHTS[min(len(word), len(LENGTH_WEIGHTS)) - 1]
    weights = {path: weight * factor for path, weight in paths.items() if "/" in path}
    for path, weight in paths.items():
        top = top_category(path)
        weights[top] = max(weights.get(top, 0.0), weight * factor, key=abs)
    return tuple(weights.items())
