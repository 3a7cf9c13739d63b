"""Find the words of a lexicon in a title and text, in one pass, and add up what they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aggregator.steps.text.normalize import fold

TEXT_LENGTH = 300  # what the first characters of a report do not say, the rest seldom does
TEXT_WEIGHT = 0.3  # of a word that stands in the text alone, against one in the title
HEAVIEST = 20.0  # the largest weight that a config may give a word
LENGTH_WEIGHT = (0.4, 1.0, 1.25, 1.5)  # by characters: the longer a word, the less it is there by accident


@dataclass(frozen=True, slots=True)
class Spec:
    """A keyword or term as it is written in a config: "word", "word:2", "-word" or "-word:2"."""

    word: str  # folded
    weight: float

    @classmethod
    def parse(cls, written: str) -> Spec:
        against = written.startswith("-") and len(written) > 1
        written = written[1:] if against else written
        word, colon, number = written.rpartition(":")
        try:
            weight = float(number) if colon and word else 1.0
        except ValueError:
            weight = 1.0
        else:
            written = word if colon and word else written
        return cls(fold(written).strip(), -weight if against else weight)


@dataclass(frozen=True, slots=True)
class Scores:
    """What the words say: the sum for each path (a sub-category's words count for the one above it, too), and for
    each top category its words, strongest first."""

    paths: Mapping[str, float]
    words: Mapping[str, tuple[str, ...]]

    def ranked(self) -> list[tuple[str, float]]:
        """Top categories with their sums, highest first."""
        tops = [(path, score) for path, score in self.paths.items() if "/" not in path]
        return sorted(tops, key=lambda pair: -pair[1])


class Lexicon:
    """Words with what each says for and against categories, compiled for matching."""

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        """``entries``: (category path, keyword as written)."""
        weights: dict[str, dict[str, float]] = defaultdict(dict)
        for path, written in entries:
            spec = Spec.parse(written)
            if spec.word:
                weights[spec.word][path] = spec.weight
        self._weights = {word: _with_tops(word, paths) for word, paths in weights.items()}
        starts: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._weights, key=len, reverse=True):
            starts[word[:2]].append(word)
        self._starts = {start: tuple(words) for start, words in starts.items()}

    def find(self, text: str) -> set[str]:
        """The words in ``text`` (folded): the longest at each place, none that lies within another. A Latin word
        stands alone: "ai" is not in "said"."""
        found = set()
        end = 0
        starts = self._starts
        for at, letter in enumerate(text):
            pair = text[at : at + 2]
            if pair in starts:
                word = _longest(text, at, starts[pair])
                if word is not None:
                    if at + len(word) > end:
                        end = at + len(word)
                        found.add(word)
                    continue
            if letter in starts and at >= end and _longest(text, at, starts[letter]):
                end = at + 1
                found.add(letter)
        return found

    def score(self, title: str, text: str) -> Scores:
        """``title`` and ``text`` as they are; only the first characters of the text are looked at."""
        in_title = self.find(fold(title))
        in_text = self.find(fold(text[:TEXT_LENGTH])) - in_title if text else set()
        paths: dict[str, float] = defaultdict(float)
        words: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for group, factor in ((in_title, 1.0), (in_text, TEXT_WEIGHT)):
            for word in group:
                for path, weight in self._weights[word]:
                    paths[path] += weight * factor
                    if "/" not in path and weight > 0:
                        words[path].append((-weight * factor, word))
        return Scores(paths, {path: tuple(word for _, word in sorted(found)) for path, found in words.items()})


def _longest(text: str, at: int, words: tuple[str, ...]) -> str | None:
    """The first of ``words`` (longest first) that stands in ``text`` at ``at``."""
    for word in words:
        if text.startswith(word, at) and not (
            (at and _joined(text[at - 1], word[0]))
            or (at + len(word) < len(text) and _joined(word[-1], text[at + len(word)]))
        ):
            return word
    return None


def _joined(left: str, right: str) -> bool:
    """Do two neighbours belong to one Latin word or one number? ("iphone 5" and "iphone5" both hold "iphone".)"""
    if not (left.isascii() and right.isascii()):
        return False
    return (left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit())


def _with_tops(word: str, paths: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """The weights of a word for each path and, once, for each path's top: the strongest of those below it."""
    factor = LENGTH_WEIGHT[min(len(word), len(LENGTH_WEIGHT)) - 1]
    weights = {path: weight * factor for path, weight in paths.items() if "/" in path}
    for path, weight in paths.items():
        top = path.partition("/")[0]
        weights[top] = max(weights.get(top, 0.0), weight * factor, key=abs)
    return tuple(weights.items())
