"""Find the keywords of a lexicon in title and text, in one pass, and sum their weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from aggregator.reference.categories import CategoryTree, top_category
from aggregator.reference.category_words import WordList
from aggregator.reference.word_finder import WordFinder
from aggregator.steps.text.normalize import fold

TEXT_LENGTH = 300  # characters of the text that are read
TEXT_WEIGHT = 0.3  # weight of a keyword in the text only, relative to the title
MAX_WEIGHT = 20.0  # maximum weight of a keyword in a config
SUM_DIGITS = 6  # decimals of a sum: beyond them it depends on the order of its parts, and thresholds would too
LENGTH_WEIGHTS = (0.4, 1.0, 1.25, 1.5)  # factor by number of characters: longer keywords match less often by chance

_Weights = tuple[tuple[str, float], ...]  # (path, weight)


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
    """Keyword sums by path (a subcategory's count for its parent too), and the keywords that count for each top
    category.
    """

    score_by_path: Mapping[str, float]
    found_by_top: Mapping[str, Sequence[tuple[float, str]]]  # the keywords of a top category with negative weights

    def words_of(self, top: str) -> tuple[str, ...]:
        """Return the keywords of a top category, strongest first."""
        return tuple([word for _, word in sorted(self.found_by_top.get(top, ()))])

    def ranked_tops(self) -> list[tuple[str, float]]:
        """Return top categories with their sums, highest first."""
        tops = [(path, score) for path, score in self.score_by_path.items() if "/" not in path]
        return sorted(tops, key=lambda pair: -pair[1])


class Lexicon:
    """Keywords with their weights for categories, compiled for matching.

    The words themselves are not kept: those that are found are read from the text, and nearly all share their weights
    with others.
    """

    def __init__(self, lists: Iterable[tuple[str, WordList]]) -> None:
        """``lists``: (category path, words); a later one precedes for the same word of the same category."""
        words: dict[str, _Weights] = {}
        for path, one in lists:
            alone = ((path, one.weight),)
            for word in fold("\n".join(one.words)).split("\n"):
                words[word] = _add_weight(words[word], path, one.weight) if word in words else alone
        words.pop("", None)
        self._weights = [_weights_with_tops(_length_class(word), paths) for word, paths in words.items()]
        self._has_ascii_end = bytes(word[0].isascii() or word[-1].isascii() for word in words)
        self._finder = WordFinder(tuple(words))

    def find_words(self, text: str) -> list[str]:
        """Return the keywords in normalized ``text`` in order: the longest at each position, without overlaps.

        A Latin keyword matches whole words: "ai" is not in "said".
        """
        return list(self._find(text))

    def _find(self, text: str) -> dict[str, int]:
        """Return the keywords in normalized ``text`` with their index."""
        longest: dict[int, tuple[int, int]] = {}  # by start: (end, index of the word)
        has_ascii_end = self._has_ascii_end
        for index, start, end in self._finder.find(text):  # a longer one ends later and comes later
            if not has_ascii_end[index] or _is_whole_word(text, start, end):
                longest[start] = end, index
        found: dict[str, int] = {}
        covered = 0
        for start in sorted(longest):
            end, index = longest[start]
            if end > covered:
                covered = end
                found[text[start:end]] = index
        return found

    def score(self, title: str, text: str) -> KeywordScores:
        """Return the scores of ``title`` and ``text`` as published; only the start of the text is read."""
        in_title = self._find(fold(title))
        in_text = self._find(fold(text[:TEXT_LENGTH])) if text else {}
        paths: dict[str, float] = defaultdict(float)
        found: dict[str, list[tuple[float, str]]] = {}
        for group, factor in ((in_title, 1.0), (in_text, TEXT_WEIGHT)):
            for word, index in group.items():
                if group is in_text and word in in_title:
                    continue
                for path, weight in self._weights[index]:
                    paths[path] += weight * factor
                    if weight > 0 and "/" not in path:
                        found.setdefault(path, []).append((-weight * factor, word))
        return KeywordScores({path: round(total, SUM_DIGITS) for path, total in paths.items()}, found)


@lru_cache(maxsize=2)  # the built-in tree, from which models take words, and that of a config
def lexicon_of_tree(tree: CategoryTree) -> Lexicon:
    """Return the words of a tree's categories; those of a config precede."""
    return Lexicon(_lists_of(tree))


def _lists_of(tree: CategoryTree) -> Iterator[tuple[str, WordList]]:
    words = tree.load_words()
    for category in tree:
        yield from ((category.path, one) for one in words.get(category.path, ()))
        for keyword in map(KeywordSpec.parse, category.keywords):
            yield category.path, WordList(keyword.weight, [keyword.word])


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


@lru_cache(maxsize=4096)
def _add_weight(weights: _Weights, path: str, weight: float) -> _Weights:
    """Return a keyword's weights with that for one more path."""
    return tuple({**dict(weights), path: weight}.items())


def _length_class(word: str) -> int:
    """Return the index of a word's factor."""
    return min(len(word), len(LENGTH_WEIGHTS)) - 1


@lru_cache(maxsize=4096)
def _weights_with_tops(length_class: int, paths: _Weights) -> _Weights:
    """Return a keyword's weights by path, and once for each top category: the strongest below it."""
    factor = LENGTH_WEIGHTS[length_class]
    weights = {path: weight * factor for path, weight in paths if "/" in path}
    for path, weight in paths:
        top = top_category(path)
        weights[top] = max(weights.get(top, 0.0), weight * factor, key=abs)
    return tuple(weights.items())
