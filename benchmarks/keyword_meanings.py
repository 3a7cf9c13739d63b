"""Train the network of ``aggregator/data/keyword-meanings.npz`` on invented titles only; ``write`` writes the file.

Each title is made of one to three keywords of a category, perhaps a weak one of another, and some words of the sample
articles, in any order. No text of anyone else is read. Prints how many of other titles made the same way are right.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from aggregator.learning import text_cnn
from aggregator.learning.keyword_meanings import DATA, KeywordMeanings, NamedKeywords
from aggregator.learning.word_vectors import PAD, TokenIds, word_token, word_tokens
from aggregator.reference.categories import CategoryTree, top_category
from aggregator.reference.category_words import shipped_words
from aggregator.steps.text.ngrams import Floats, Ints
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.segment import segment
from samples.article_texts import load_articles

FILTERS = 32  # of each width: more are no better
MIN_NAMED_WEIGHT = 2.0  # of keywords that reasons name
TITLES = 60_000
TESTED = 3_000  # further titles, for the figure
TOKENS = 16  # of a title
OWN_KEYWORDS = (1, 1, 2, 2, 3, 3)
FILLERS = range(1, 7)  # words of the articles in a title
SHARE_OF_ONE_PATH = 0.6  # of the titles: all their keywords are of one category or subcategory, as 点球 and 门将
SHARE_WITH_OTHER = 0.5  # of the titles: they have a keyword of another category, rather a weak one
MIN_WEIGHT = 0.5

Tokens = tuple[int, ...]


@dataclass(frozen=True)
class Bag:
    """Keywords as token ids, with the cumulative chances of each to be drawn."""

    words: list[Tokens]
    by_weight: Floats
    weak_first: Floats

    @classmethod
    def of(cls, pairs: list[tuple[Tokens, float]]) -> Bag:
        weights = np.array([weight for _, weight in pairs])
        return cls([words for words, _ in pairs], _cumulative(weights), _cumulative(weights**-2))

    def draw(self, random: np.random.Generator, chances: Floats) -> Tokens:
        return self.words[int(np.searchsorted(chances, random.random()))]


def main() -> None:
    filters = next((int(argument) for argument in sys.argv[1:] if argument.isdecimal()), FILTERS)
    labels = tuple(category.path for category in CategoryTree.default().top_level())
    token_ids, answers = invent_titles(labels, TITLES + TESTED, np.random.default_rng(0))
    rows = np.arange(TITLES)
    network = text_cnn.fit(
        token_ids, answers, rows, len(labels), 0, lambda share: print(f"   trained {share:.0%}"), filters
    )
    right = network.logits(token_ids[TITLES:]).argmax(axis=1) == answers[TITLES:]
    print(f"   right of other invented titles: {right.mean():.1%}")
    if "write" in sys.argv[1:]:
        KeywordMeanings(network, {label: _named_keywords(label) for label in labels}).save(DATA)


def _keywords() -> list[tuple[str, list[tuple[str, float]]]]:
    """Return the paths with their (word, weight)."""
    words = shipped_words()
    return [
        (category.path, [(fold(word), one.weight) for one in words.get(category.path, ()) for word in one.words])
        for category in CategoryTree.default()
    ]


def _named_keywords(label: str) -> NamedKeywords:
    """Return the keywords below a top category that are one word each."""
    found: dict[int, str] = {}
    for word, weight in (pair for path, pairs in _keywords() if top_category(path) == label for pair in pairs):
        if weight >= MIN_NAMED_WEIGHT and len(word) > 1 and (token := word_token(word)) is not None:
            found.setdefault(token, word)
    return NamedKeywords(tuple(found.values()), np.array(list(found), np.int32))


def invent_titles(labels: tuple[str, ...], count: int, random: np.random.Generator) -> tuple[TokenIds, Ints]:
    """Return the token ids of titles, shape (count, TOKENS), and the indices of their categories."""
    by_path: dict[str, list[tuple[Tokens, float]]] = defaultdict(list)
    for path, pairs in _keywords():
        for word, weight in pairs:
            if weight >= MIN_WEIGHT and (tokens := _tokens(word)):
                by_path[path].append((tokens, weight))
    paths = {path: Bag.of(pairs) for path, pairs in by_path.items()}
    tops = {
        label: Bag.of([pair for path, pairs in by_path.items() if top_category(path) == label for pair in pairs])
        for label in labels
    }
    below = {label: [bag for path, bag in paths.items() if top_category(path) == label] for label in labels}
    fillers = _filler_words()
    frequent = _cumulative(np.sqrt([len(tops[label].words) for label in labels]))
    token_ids = np.full((count, TOKENS), PAD, np.int32)
    answers = np.searchsorted(frequent, random.random(count))
    for row, answer in zip(token_ids, answers, strict=True):
        label = labels[answer]
        one_path = random.random() < SHARE_OF_ONE_PATH
        bag = below[label][random.integers(len(below[label]))] if one_path else tops[label]
        words = [bag.draw(random, bag.by_weight) for _ in range(OWN_KEYWORDS[random.integers(len(OWN_KEYWORDS))])]
        if random.random() < SHARE_WITH_OTHER:
            other = tops[labels[random.integers(len(labels))]]
            words.append(other.draw(random, other.weak_first))
        words += [fillers[random.integers(len(fillers))] for _ in range(random.choice(FILLERS))]
        shuffled = [token for place in random.permutation(len(words)) for token in words[place]][:TOKENS]
        row[: len(shuffled)] = shuffled
    return token_ids, answers


def _filler_words() -> list[Tokens]:
    """Return the words of the sample articles, as often as they are in them."""
    texts = [text for article in load_articles() for text in (*article.titles, *article.paragraphs)]
    return [tokens for text in texts for word, _, _ in segment(fold(text)) if (tokens := word_tokens(word))]


def _tokens(word: str) -> Tokens:
    return tuple(token for part, _, _ in segment(word) for token in word_tokens(part))


def _cumulative(weights: Floats) -> Floats:
    """Return cumulative chances; the last one is 1."""
    sums: Floats = np.cumsum(weights / weights.sum())
    sums[-1] = 1.0
    return sums


if __name__ == "__main__":
    main()
