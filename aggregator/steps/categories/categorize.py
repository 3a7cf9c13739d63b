"""Choose the category of an item, with evidence: config patterns, publisher terms, the source's category, words in
publisher terms, keywords, the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import lru_cache
from typing import Protocol

from aggregator.messages import Message, decisions
from aggregator.model import CategoryDecision
from aggregator.reference.categories import CategoryTree, top_category
from aggregator.steps.categories.keywords import TEXT_LENGTH, KeywordScores, KeywordSpec, lexicon_of_tree
from aggregator.steps.categories.meanings import MIN_TOTAL_MARGIN, SURE_MARGIN, Meanings, Ranking, rank_with_meanings
from aggregator.steps.categories.patterns import Matcher, compile_pattern
from aggregator.steps.categories.term_words import TermWord, TermWords
from aggregator.steps.text.normalize import fold

GENERAL_CATEGORIES = frozenset(
    {"society", "livelihood", "politics"}
)  # as a source's category: the source may publish anything
MIN_SCORE = 1.2  # minimum keyword sum
MIN_MARGIN = 0.75  # required difference between the best sum and the next
PRIOR_SCORE = 1.0  # added to the sum of a general source's category, or of a term that only suggests one
OVERWHELMING = (
    6.0,
    4.0,
)  # minimum sum, and its ratio to the sum of the given category, to overrule a source or a word in a term
MIN_SUB_SCORE = 1.0  # minimum keyword sum of a subcategory
MIN_SUB_SHARE = 0.6  # minimum share of a top category's probability for the model's subcategory
UNSPECIFIC_NAMES = frozenset({"综合"})  # names of subcategories that as a publisher's term do not mean them
SUFFIXES = ("新闻", "频道", "资讯", "news", "版", "类")
SEPARATORS = str.maketrans(dict.fromkeys("/>|,;、·-_—»›#", "\n"))


class Classifier(Protocol):
    """The interface of a trained model."""

    @property
    def labels(self) -> Sequence[str]:
        """Return the categories it was trained on."""

    @property
    def threshold(self) -> float:
        """Return the probability from which its answer is accepted."""

    def predict_proba(self, text: str) -> tuple[Mapping[str, float], str]:
        """Return (probability of each label, evidence words of the most probable label)."""


class CategoryRules:
    """Terms, keywords and patterns of a tree, compiled; with ``meanings``, that of titles helps where keywords are
    unsure.
    """

    def __init__(self, tree: CategoryTree, meanings: Meanings | None = None) -> None:
        self.tree = tree
        self.meanings = meanings
        self.lexicon = lexicon_of_tree(tree)
        self._terms: dict[str, tuple[str, float]] = {}
        for category in tree:
            own = (category.name, category.name_en, category.slug) if category.parent is None else (category.name,)
            names = (name for name in own if name not in UNSPECIFIC_NAMES)
            for written in (*names, category.path, *category.terms):
                spec = KeywordSpec.parse(written)
                if spec.word not in self._terms or category.parent is None:
                    self._terms[spec.word] = (category.path, spec.weight)
        self._term_words = TermWords(self._terms)
        self.config_words = {KeywordSpec.parse(word).word for category in tree for word in category.keywords}
        self._patterns: list[tuple[str, str, Matcher]] = [
            (category.path, pattern, compile_pattern(pattern)) for category in tree for pattern in category.patterns
        ]

    def for_titles(self, titles: Sequence[str]) -> CategoryRules:
        """Return these rules for items with these titles, whose meanings are computed together."""
        if self.meanings is None:
            return self
        rules = copy(self)
        rules.meanings = self.meanings.of_titles(titles)
        return rules

    def match_pattern(self, text: str) -> tuple[str, str] | None:
        """Return (path, pattern) of the first pattern that matches a text as written or in simplified characters."""
        if not self._patterns:
            return None
        texts = dict.fromkeys((text, fold(text)))
        return next(
            ((path, written) for path, written, matcher in self._patterns if any(map(matcher.search, texts))), None
        )

    def match_term(self, term: str) -> tuple[str, float] | None:
        """Return (path, weight) of a publisher's term: "体育", "体育新闻", "新闻/体育/足球" (its last known part)."""
        found = (self._match_exact_term(part) for part in _parts_of_term(term))
        return next((match for match in found if match), None)

    def match_term_word(self, term: str) -> TermWord | None:
        """Return the category word in a publisher's term that ``match_term`` does not know: 经济 in "县域经济"."""
        found = (self._term_words.find(part) for part in _parts_of_term(term))
        return next((match for match in found if match), None)

    def _match_exact_term(self, term: str) -> tuple[str, float] | None:
        if term in self._terms:
            return self._terms[term]
        for suffix in SUFFIXES:
            if term.endswith(suffix) and (stem := term.removesuffix(suffix).strip()) in self._terms:
                return self._terms[stem]
        return None


def categorize(
    title: str,
    text: str,
    terms: Sequence[str],
    source_category: str | None,
    rules: CategoryRules,
    model: Classifier | None = None,
) -> CategoryDecision:
    """Return the category of an item; ``category=None`` if nothing is certain enough.

    ``why`` names what decided: a pattern, a term, the source, keywords, the model, or the category of a general source;
    or what was missing.
    The config precedes the model, and the model our own keywords.
    """
    scores = rules.lexicon.score(title, text)
    meant = [(term, *found) for term in terms if (found := rules.match_term(term))]
    decided = (
        _by_pattern(title, text, scores, rules)
        or _by_term(meant, source_category, scores, rules)
        or _by_source(source_category, scores, rules)
        or _by_term_word(terms, scores, rules)
    )
    if decided:
        return decided
    sums = _add_hints(scores, _prior_scores(meant, source_category))
    ranking = _rank_by_meaning(title, sums, scores, rules) if model is None else None
    said = _by_meaning(title, ranking, sums, scores, rules) if ranking else _by_keywords(sums, scores, rules)
    if said and not _model_may_know_better(said, scores, rules, model):
        return said
    modeled = _by_model(title, text, scores, rules, model)
    if modeled and modeled.category:
        return modeled
    return (
        said
        or _by_prior(source_category, meant, scores, rules)
        or modeled
        or CategoryDecision(why=_what_was_missing(title, terms, ranking, scores, rules))
    )


def _by_pattern(title: str, text: str, scores: KeywordScores, rules: CategoryRules) -> CategoryDecision | None:
    found = rules.match_pattern(model_text(title, text))
    if found is None:
        return None
    return CategoryDecision(_narrow_to_subcategory(found[0], scores, rules), 0.95, decisions.PATTERN(pattern=found[1]))


def _by_term(
    term_matches: Iterable[tuple[str, str, float]],
    source_category: str | None,
    scores: KeywordScores,
    rules: CategoryRules,
) -> CategoryDecision | None:
    """Return the category of a publisher's term.

    Of several, the one that agrees most with the keywords, then the more specific one, then the first. A term as
    general as 时政 does not overrule a source of one category.
    """
    special = source_category is not None and top_category(source_category) not in GENERAL_CATEGORIES
    sure = [
        (term, path)
        for term, path, weight in term_matches
        if weight >= 1
        and not (
            special
            and top_category(path) in GENERAL_CATEGORIES
            and top_category(path) != top_category(source_category or "")
        )
    ]
    if not sure:
        return None
    term, path = max(sure, key=lambda pair: (scores.score_by_path.get(top_category(pair[1]), 0.0), "/" in pair[1]))
    return CategoryDecision(_narrow_to_subcategory(path, scores, rules), 0.95, decisions.TERM(term=term))


def _by_source(source_category: str | None, scores: KeywordScores, rules: CategoryRules) -> CategoryDecision | None:
    """Return the category of a source with one category, unless keywords strongly indicate another one."""
    if (
        source_category is None
        or source_category not in rules.tree
        or top_category(source_category) in GENERAL_CATEGORIES
    ):
        return None
    if _is_overruled(source_category, scores):
        return None
    return CategoryDecision(_narrow_to_subcategory(source_category, scores, rules), 0.9, decisions.SOURCE())


def _is_overruled(path: str, scores: KeywordScores) -> bool:
    """Return whether the keywords strongly indicate another category."""
    ranked = scores.ranked_tops()
    least, times = OVERWHELMING
    own = max(scores.score_by_path.get(top_category(path), 0.0), 1.0)
    return bool(ranked) and ranked[0][0] != top_category(path) and ranked[0][1] >= max(least, times * own)


def _by_term_word(terms: Sequence[str], scores: KeywordScores, rules: CategoryRules) -> CategoryDecision | None:
    """Return the category of a word in a publisher's term, unless keywords strongly indicate another one.

    Of terms that disagree, the one with which the keywords agree.
    """
    unknown = [term for term in terms if not rules.match_term(term)]
    found = [(term, match) for term in unknown if (match := rules.match_term_word(term))]
    if not found:
        return None
    sums = {top: scores.score_by_path.get(top, 0.0) for top in {top_category(match.path) for _, match in found}}
    best = max(sums.values())
    tops = [top for top, score in sums.items() if score == best]
    if len(tops) > 1:
        return None
    term, (path, word) = next(pair for pair in found if top_category(pair[1].path) == tops[0])
    if _is_overruled(path, scores):
        return None
    return CategoryDecision(_narrow_to_subcategory(path, scores, rules), 0.7, decisions.TERM_WORD(term=term, word=word))


def _add_hints(scores: KeywordScores, hints: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return the top categories with their sums and hints, highest first."""
    return sorted(
        ((path, score + hints.get(path, 0.0)) for path, score in scores.ranked_tops()), key=lambda pair: -pair[1]
    )


def _margin(sums: Sequence[tuple[str, float]]) -> float:
    """Return how far the first sum is ahead of the second, or of zero."""
    return sums[0][1] - max(sums[1][1] if len(sums) > 1 else 0.0, 0.0) if sums else 0.0


def _by_keywords(
    sums: Sequence[tuple[str, float]], scores: KeywordScores, rules: CategoryRules
) -> CategoryDecision | None:
    if not sums or sums[0][1] < MIN_SCORE:
        return None
    (top, best), margin = sums[0], _margin(sums)
    if margin < MIN_MARGIN or top not in scores.found_by_top:
        return None
    second = best - margin
    why = decisions.KEYWORDS(words=scores.words_of(top)[:4], best=round(best, 2), second=round(second, 2))
    score = round(min(0.95, 0.5 + 0.5 * margin / (best + second + 2.0)), 2)
    return CategoryDecision(_narrow_to_subcategory(top, scores, rules), score, why)


def _rank_by_meaning(
    title: str, sums: Sequence[tuple[str, float]], scores: KeywordScores, rules: CategoryRules
) -> Ranking | None:
    """Rank by keywords and meaning where the keywords are unsure; a config's own keywords precede meanings."""
    if rules.meanings is None or not scores.found_by_top or _margin(sums) >= SURE_MARGIN:
        return None
    if rules.config_words and any(
        not rules.config_words.isdisjoint(scores.words_of(top)) for top in scores.found_by_top
    ):
        return None
    return rank_with_meanings(dict(sums), title, rules.meanings)


def _by_meaning(
    title: str, ranking: Ranking, sums: Sequence[tuple[str, float]], scores: KeywordScores, rules: CategoryRules
) -> CategoryDecision | None:
    """Return the category that keywords and meaning give together; it has a keyword in any case."""
    if ranking.margin < MIN_TOTAL_MARGIN or ranking.best not in scores.found_by_top:
        return None
    alone = _by_keywords(sums, scores, rules)
    if alone and alone.category and top_category(alone.category) == ranking.best:
        return alone
    path = _narrow_to_subcategory(ranking.best, scores, rules)
    words = scores.words_of(ranking.best)[:4]
    like = rules.meanings.resemblance(title, ranking.best) if rules.meanings else None
    why = (
        decisions.MEANING(words=words, word=like.word, near=like.near)
        if like
        else decisions.MEANING_OF_ALL(words=words)
    )
    return CategoryDecision(path, round(0.5 + 0.5 * ranking.margin / (ranking.margin + 4.0), 2), why)


def _model_may_know_better(
    decision: CategoryDecision, scores: KeywordScores, rules: CategoryRules, model: Classifier | None
) -> bool:
    """Return whether the model may overrule the keywords: not a config's own keyword, and not a category it was not
    trained on.
    """
    if model is None or decision.category is None:
        return False
    top = top_category(decision.category)
    return top in map(top_category, model.labels) and rules.config_words.isdisjoint(scores.words_of(top))


def _by_model(
    title: str, text: str, scores: KeywordScores, rules: CategoryRules, model: Classifier | None
) -> CategoryDecision | None:
    """Return the model's answer, with the subcategory if that is probable; without a category if it is not certain."""
    if model is None:
        return None
    chances, words = model.predict_proba(model_text(title, text))
    tops = _sum_by_top({label: chance for label, chance in chances.items() if label in rules.tree})
    top = max(tops, key=tops.__getitem__, default=None)
    if top is None:
        return None
    if tops[top] < model.threshold:
        return CategoryDecision(why=decisions.UNSURE_MODEL(share=round(tops[top], 3), least=round(model.threshold, 3)))
    below = {label: chance for label, chance in chances.items() if label in rules.tree and top_category(label) == top}
    likeliest = max(below, key=below.__getitem__)
    path = _narrow_to_subcategory(top, scores, rules)
    if path == top and below[likeliest] >= MIN_SUB_SHARE * tops[top]:
        path = likeliest
    share = round(tops[top], 3)
    why = decisions.MODEL(share=share, words=words) if words else decisions.MODEL_ALONE(share=share)
    return CategoryDecision(path, share, why)


def _sum_by_top(chances: Mapping[str, float]) -> dict[str, float]:
    """Return the probability of each top category."""
    tops: dict[str, float] = {}
    for label, chance in chances.items():
        tops[top_category(label)] = tops.get(top_category(label), 0.0) + chance
    return tops


def _by_prior(
    source_category: str | None,
    term_matches: Sequence[tuple[str, str, float]],
    scores: KeywordScores,
    rules: CategoryRules,
) -> CategoryDecision | None:
    """Return the general source's category, or that of a term that only suggests one."""
    if source_category is not None and source_category in rules.tree:
        return CategoryDecision(_narrow_to_subcategory(source_category, scores, rules), 0.4, decisions.SOURCE_PRIOR())
    if term_matches:
        term, path, weight = max(term_matches, key=lambda found: found[2])
        if weight >= 0.5:
            return CategoryDecision(_narrow_to_subcategory(path, scores, rules), 0.4, decisions.TERM_PRIOR(term=term))
    return None


def _what_was_missing(
    title: str, terms: Sequence[str], ranking: Ranking | None, scores: KeywordScores, rules: CategoryRules
) -> Message:
    """Return why terms, keywords and meaning gave no category."""
    ranked = [(top, score) for top, score in scores.ranked_tops() if score > 0 and top in scores.found_by_top]
    if not ranked:
        return decisions.NO_KNOWN_TERM(terms=tuple(terms[:4])) if terms else decisions.UNDECIDED()
    (top, best), *others = ranked
    words = scores.words_of(top)[:4]
    if ranking and best >= MIN_SCORE and _margin(ranked) >= MIN_MARGIN:
        rival = ranking.second if ranking.best == top else ranking.best
        like = rules.meanings.resemblance(title, rival) if rules.meanings else None
        return decisions.UNLIKE_WORDS(words=words, word=like.word, near=like.near) if like else decisions.UNDECIDED()
    if best < MIN_SCORE or not others:
        return decisions.WEAK_WORDS(words=words, best=round(best, 2), least=MIN_SCORE)
    other, second = others[0]
    return decisions.CLOSE_WORDS(
        words=words, best=round(best, 2), others=scores.words_of(other)[:4], second=round(second, 2)
    )


def model_text(title: str, text: str) -> str:
    """Return the text of an item that the model reads."""
    return f"{title}\n{text[:TEXT_LENGTH]}" if text else title


@lru_cache(maxsize=1024)  # the entries of a feed share their terms
def _parts_of_term(term: str) -> tuple[str, ...]:
    """Return a normalized term, then its parts from the last to the first."""
    whole = fold(term).strip()
    return tuple([part.strip() for part in (whole, *reversed(whole.translate(SEPARATORS).split("\n")))])


def _prior_scores(term_matches: Iterable[tuple[str, str, float]], source_category: str | None) -> dict[str, float]:
    hints = {top_category(path): PRIOR_SCORE * weight for _, path, weight in term_matches}
    if source_category is not None:
        hints[top_category(source_category)] = PRIOR_SCORE
    return hints


def _narrow_to_subcategory(path: str, scores: KeywordScores, rules: CategoryRules) -> str:
    """Return the subcategory that the keywords indicate below a top category; ``path`` if none, or two equally."""
    found = scores.score_by_path
    strong = [
        (found[sub.path], sub.path) for sub in rules.tree.children(path) if found.get(sub.path, 0.0) >= MIN_SUB_SCORE
    ]
    if not strong:
        return path
    best, narrower = max(strong)
    return path if sum(score == best for score, _ in strong) > 1 else narrower
