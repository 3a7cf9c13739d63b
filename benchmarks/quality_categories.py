"""Quality of categories by title and by section name: the built-in rules alone, and the classifier, on public data
under GEDI_DATA."""

from __future__ import annotations

import os
import random
import resource
import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from aggregator.learning.keyword_meanings import KeywordMeanings
from aggregator.learning.trainer import train
from aggregator.reference.categories import CategoryTree, top_category
from aggregator.steps.categories.categorize import CategoryRules, categorize
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.segment import segment

Pairs = list[tuple[str, str]]  # label, title

# labels of each data set that correspond to one of our top categories; the others are not in the cold start
COLD = {
    "thucnews_dev": {
        "education": "education",
        "entertainment": "entertainment",
        "finance": "economy",
        "stocks": "economy",
        "realty": "estate",
        "science": "tech",
        "society": "society",
        "sports": "sports",
    },
    "toutiao_train": {
        "agriculture": "agriculture",
        "car": "auto",
        "edu": "education",
        "entertainment": "entertainment",
        "finance": "economy",
        "stock": "economy",
        "house": "estate",
        "military": "military",
        "sports": "sports",
        "tech": "tech",
        "travel": "travel",
        "world": "world",
    },
    "nlpcc_train": {
        "car": "auto",
        "entertainment": "entertainment",
        "finance": "economy",
        "military": "military",
        "society": "society",
        "sports": "sports",
        "tech": "tech",
        "travel": "travel",
        "world": "world",
    },
}
SAMPLE = 8000  # titles of each data set that the rules are tested with


def main() -> None:
    print(f"{'categories':52} {'figure':>8} {'baseline':>9} {'goal':>6}")
    _section_names()
    data = Path(os.environ.get("GEDI_DATA", ".")) / "category"
    if not data.is_dir():
        print("categories: set GEDI_DATA to the folder of the development data")
        return
    _words_in_terms(data)
    _cold_start(data)
    _classifier("THUCNews", _pairs(data / "thucnews_train.tsv"), _pairs(data / "thucnews_dev.tsv"), 90.5, 92.5)
    _classifier("NLPCC 9:1", *_split(_pairs(data / "nlpcc_train.tsv")), 77.8, 80.5)
    _classifier("Toutiao 9:1", *_split(_pairs(data / "toutiao_train.tsv")), 82.5, None)


def _row(name: str, figure: float, baseline: float | None = None, goal: float | None = None, unit: str = "") -> None:
    print(f"{name:52} {figure:8.1f} {baseline or '':>9} {goal or '':>6} {unit}")


def _pairs(path: Path) -> Pairs:
    with path.open(encoding="utf-8") as file:
        return [(label, title) for label, _, title in (line.rstrip("\n").partition("\t") for line in file)]


def _split(pairs: Pairs) -> tuple[Pairs, Pairs]:
    random.Random(0).shuffle(pairs)
    cut = len(pairs) * 9 // 10
    return pairs[:cut], pairs[cut:]


# ---------------------------------------------------------------- words in publishers' terms
def _section_names() -> None:
    """Map section names that the category tree does not have; those of the second part were never tuned on."""
    rules = CategoryRules(CategoryTree.default())
    parts: list[Pairs] = []
    for line in (Path(__file__).parent / "section_names.tsv").read_text("utf-8").splitlines():
        name, _, label = line.partition("\t")
        if label:
            parts[-1].append((label, name))
        elif not parts or parts[-1]:
            parts.append([])
    for title, pairs in zip(("section names", "section names, unseen"), parts, strict=True):
        found = [(label, rules.match_term_word(name)) for label, name in pairs]
        given = [(label, top_category(word.path)) for label, word in found if word]
        _row(f"{title}: right of mapped", _share(given), None, 95)
        named = [label for label, _ in found if label != "-"]
        _row(f"{title}: mapped", 100 * sum(label == answer for label, answer in given) / len(named), None, 85)


def _words_in_terms(data: Path) -> None:
    """Compare two-word names in titles, mapped by one word, with single words that are terms themselves.

    A title's own category is the label; a word in passing is often of another one, in both rows alike.
    """
    rules = CategoryRules(CategoryTree.default())
    for name, meaning in COLD.items():
        pairs = [(meaning[label], title) for label, title in _pairs(data / f"{name}.tsv") if label in meaning]
        exact: Pairs = []
        by_word: Pairs = []
        for label, title in random.Random(0).sample(pairs, min(SAMPLE, len(pairs))):
            words = segment(fold(title), guess=False)
            for (word, _, end), (following, start, _) in pairwise(words):
                if (found := rules.match_term(word)) and found[1] >= 1:
                    exact.append((label, top_category(found[0])))
                if end == start and not rules.match_term(word + following):
                    mapped = rules.match_term_word(word + following)
                    by_word += [(label, top_category(mapped.path))] if mapped else []
        known = set(meaning.values())
        figures = [_share([pair for pair in pairs if pair[1] in known]) for pairs in (by_word, exact)]
        _row(f"names in titles, {name}: right by a word", figures[0], round(figures[1], 1))


# ---------------------------------------------------------------- the rules alone
def _cold_start(data: Path) -> None:
    rules = CategoryRules(CategoryTree.default(), KeywordMeanings.load())
    outcomes: list[tuple[str, str | None]] = []  # expected and assigned top category
    spent = 0.0
    for name, meaning in COLD.items():
        pairs = [(meaning[label], title) for label, title in _pairs(data / f"{name}.tsv") if label in meaning]
        pairs = random.Random(0).sample(pairs, min(SAMPLE, len(pairs)))
        started = time.process_time()
        answers = [categorize(title, "", (), None, rules).category for _, title in pairs]
        spent += time.process_time() - started
        found = [(label, answer and top_category(answer)) for (label, _), answer in zip(pairs, answers, strict=True)]
        _print_answered(f"cold start, {name}", found)
        outcomes += found
    _print_answered("cold start, together", outcomes)
    for label in sorted({label for label, _ in outcomes}):
        _print_category(label, outcomes)
    _row("cold start, microseconds a title", spent / len(outcomes) * 1e6, None, 200)


def _print_answered(name: str, outcomes: list[tuple[str, str | None]]) -> None:
    given = [(label, answer) for label, answer in outcomes if answer]
    _row(f"{name}: right of answered", _share(given), None, 75)
    _row(f"{name}: answered", 100 * len(given) / len(outcomes), None, 60)


def _print_category(label: str, outcomes: list[tuple[str, str | None]]) -> None:
    own = [(expected, answer) for expected, answer in outcomes if expected == label and answer]
    named = [(expected, answer) for expected, answer in outcomes if answer == label]
    wrong = Counter(answer for expected, answer in own if answer != expected).most_common(3)
    taken = ", ".join(f"{name} {100 * count / len(own):.0f}" for name, count in wrong)
    print(f"  {label:14} right {_share(own):5.1f}  precision {_share(named):5.1f}  taken for (%): {taken}")


def _share(outcomes: Sequence[tuple[str, str | None]]) -> float:
    return 100 * sum(label == answer for label, answer in outcomes) / max(len(outcomes), 1)


# ---------------------------------------------------------------- the classifier
def _classifier(name: str, training: Pairs, test: Pairs, baseline: float, goal: float | None) -> None:
    started = time.process_time()
    model = train(training)
    trained = time.process_time()
    answers = model.classify([title for _, title in test])
    spent = time.process_time() - trained
    right = sorted(((score, label == answer) for (label, _), (answer, score, _) in zip(test, answers, strict=True)))
    _row(f"{name}: accuracy", 100 * sum(ok for _, ok in right) / len(right), baseline, goal)
    _row(
        f"{name}: answered at 95 % accuracy",
        100 * _share_at_accuracy(0.95, right[::-1]),
        None,
        95 if "THUC" in name else None,
    )
    pairs = Counter(
        tuple(sorted((label, answer)))
        for (label, _), (answer, _, _) in zip(test, answers, strict=True)
        if label != answer
    )
    confused = ", ".join(f"{a}/{b} {count}" for (a, b), count in pairs.most_common(5))
    print(f"  confused most: {confused}")
    _row(f"{name}: seconds to train", trained - started, None, 180)
    _row(f"{name}: microseconds a title", spent / len(test) * 1e6, None, 2000)
    _row("  memory at its peak so far, MB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, None, 500)


def _share_at_accuracy(accuracy: float, outcomes: list[tuple[float, bool]]) -> float:
    """Return the largest share of items, highest score first, whose accuracy is at least ``accuracy``."""
    right = best = 0
    for count, (_, ok) in enumerate(outcomes, 1):
        right += ok
        if right >= accuracy * count:
            best = count
    return best / len(outcomes)


if __name__ == "__main__":
    main()
