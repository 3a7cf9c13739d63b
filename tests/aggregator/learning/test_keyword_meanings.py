"""The network of meanings: what it knows of titles, and what it changes in decisions."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from aggregator.config.settings import CategoryConfig
from aggregator.learning import keyword_meanings
from aggregator.learning.keyword_meanings import KeywordMeanings
from aggregator.messages import decisions
from aggregator.reference.categories import CategoryTree, top_category
from aggregator.steps.categories.categorize import CategoryRules, categorize
from samples.article_texts import load_articles

MEANINGS = KeywordMeanings.load()
RULES = CategoryRules(CategoryTree.default(), MEANINGS)
KEYWORDS_ALONE = CategoryRules(CategoryTree.default())


def test_it_knows_all_top_categories() -> None:
    assert MEANINGS.labels == tuple(category.path for category in CategoryTree.default().top_level())
    assert sum(2.718281828**value for value in MEANINGS.log_probabilities("一场雨").values()) == pytest.approx(
        1, abs=1e-4
    )


def test_titles_of_the_sample_articles() -> None:
    """Their categories were chosen by who wrote them: more are right than by keywords alone, and fewer are wrong."""
    alone, together = (
        Counter(
            answer and top_category(answer) == top_category(article.category)
            for article in load_articles()
            for title in article.titles
            for answer in [categorize(title, "", (), None, rules).category]
        )
        for rules in (KEYWORDS_ALONE, RULES)
    )
    assert together[True] >= alone[True] + 12
    assert together[False] <= alone[False]


def test_an_answer_names_the_word_and_what_it_is_like() -> None:
    title = "给蜜蜂背上“书包”：科研人员第一次画出它们的回家路"
    decision = categorize(title, "", (), None, RULES)
    assert decisions.MEANING.matches(decision.why)
    assert (decision.category, decision.why.get("word")) == ("tech/science", "科研人员")
    near = decision.why.get("near")
    assert isinstance(near, tuple)
    assert len(near) == 2
    assert "科研人员" not in near
    assert categorize(title, "", (), None, KEYWORDS_ALONE).category is None


def test_nothing_is_said_of_titles_that_are_not_chinese() -> None:
    assert MEANINGS.log_probabilities("Xyzzy Plugh") == {}
    assert MEANINGS.resemblance("Xyzzy Plugh", "tech") is None
    assert MEANINGS.resemblance("科研人员", "unknown") is None


def test_keywords_of_a_config_precede() -> None:
    title = "给蜜蜂背上“书包”：科研人员第一次画出它们的回家路"
    own = CategoryConfig(slug="education", keywords=("回家路:2",))
    rules = CategoryRules(CategoryTree.default().with_config([own]), MEANINGS)
    assert not decisions.MEANING.matches(categorize(title, "", (), None, rules).why)


def test_saving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    MEANINGS.save(tmp_path / "network.npz")
    monkeypatch.setattr(keyword_meanings, "DATA", tmp_path / "network.npz")
    again = KeywordMeanings.load.__wrapped__(KeywordMeanings)
    assert again.log_probabilities("科研人员") == MEANINGS.log_probabilities("科研人员")
