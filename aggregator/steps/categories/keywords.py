"""Find the words of a lexicon in a title and text, in one pass, and add up what they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aggregator.steps.text.normalize import fold

TEXT_LENGTH = 300  # what the first characters of a report do not say, the rest seldom does
TEXT_WEIGHT = 0.3  # of a word that stands in the text alone, against one in the title
MAX_WEIGHT = 20.0  # the largest weight that a config may give a word
LENGTH_WEIGHTS = (0.4, 1.0, 1.25, 1.5)  # by characters: the longer a word, the less it is there by accident


@dataclass(frozen=True, slots=True)
class KeywordSpec:
    """A keyword or term as it is written in a config: "word", "word:2", "-word" or "-word:2"."""

    word: str  # folded
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
    """What the words say: the sum for each path (a sub-category's words count for the one above it, too), and for
    each top category its words, strongest first."""

    score_by_path: Mapping[str, float]
    words_by_path: Mapping[str, tuple[str, ...]]

    def ranked_tops(self) -> list[tuple[str, float]]:
        """Top categories with their sums, highest first."""
        tops = [(path, score) for path, score in self.score_by_path.items() if "/" not in path]
        return sorted(tops, key=lambda pair: -pair[1])


class Lexicon:
    """Words with what each says for and against categories, compiled for matching."""

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        """``entries``: (category path, keyword as written)."""
        weights: dict[str, dict[str, float]] = defaultdict(dict)
        for path, written in entries:
            spec = KeywordSpec.parse(written)
            if spec.word:
                weights[spec.word][path] = spec.weight
        self._weights = {word: _weights_with_tops(word, paths) for word, paths in weights.items()}
        starts: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._weights, key=len, reverse=True):
            starts[word[:2]].append(word)
        self._starts = {start: tuple(words) for start, words in starts.items()}

    def find_words(self, text: str) -> set[str]:
        """The words in ``text`` (folded): the longest at each place, none that lies within another. A Latin word
        stands alone: "ai" is not in "said"."""
        found = set()
        end = 0
        starts = self._starts
        for at, letter in enumerate(text):
            pair = text[at : at + 2]
            if pair in starts:
                word = _longest_match(text, at, starts[pair])
                if word is not None:
                    if at + len(word) > end:
                        end = at + len(word)
                        found.add(word)
                    continue
            if letter in starts and at >= end and _longest_match(text, at, starts[letter]):
                end = at + 1
                found.add(letter)
        return found

    def score(self, title: str, text: str) -> KeywordScores:
        """``title`` and ``text`` as they are; only the first characters of the text are looked at."""
        in_title = self.find_words(fold(title))
        in_text = self.find_words(fold(text[:TEXT_LENGTH])) - in_title if text else set()
        paths: dict[str, float] = defaultdict(float)
        words: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for group, factor in ((in_title, 1.0), (in_text, TEXT_WEIGHT)):
            for word in group:
                for path, weight in self._weights[word]:
                    paths[path] += weight * factor
                    if "/" not in path and weight > 0:
                        words[path].append((-weight * factor, word))
        return KeywordScores(paths, {path: tuple(word for _, word in sorted(found)) for path, found in words.items()})


def _longest_match(text: str, at: int, words: tuple[str, ...]) -> str | None:
    """The first of ``words`` (longest first) that stands in ``text`` at ``at``."""
    for word in words:
        if text.startswith(word, at) and not (
            (at and _are_one_token(text[at - 1], word[0]))
            or (at + len(word) < len(text) and _are_one_token(word[-1], text[at + len(word)]))
        ):
            return word
    return None


def _are_one_token(left: str, right: str) -> bool:
    """Do two neighbours belong to one Latin word or one number? ("iphone 5" and "iphone5" both hold "iphone".)"""
    if not (left.isascii() and right.isascii()):
        return False
    return (left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit())


def _weights_with_tops(word: str, paths: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """The weights of a word for each path and, once, for each path's top: the strongest of those below it."""
    factor = LENGTH_WEIGHTS[min(len(word), len(LENGTH_WEIGHTS)) - 1]
    weights = {path: weight * factor for path, weight in paths.items() if "/" in path}
    for path, weight in paths.items():
        top = path.partition("/")[0]
        weights[top] = max(weights.get(top, 0.0), weight * factor, key=abs)
    return tuple(weights.items())
