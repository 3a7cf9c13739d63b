"""A publisher's term that names no category, mapped by a word in it."""

from __future__ import annotations

import pytest

from aggregator.messages import decisions
from aggregator.messages.short_form import short_form
from aggregator.reference.categories import CategoryTree
from aggregator.steps.categories.categorize import CategoryRules, categorize

RULES = CategoryRules(CategoryTree.default())


@pytest.mark.parametrize(
    ("term", "category", "word"),
    [
        ("县域经济", "economy", "经济"),
        ("文化遗产", "culture", "文化"),
        ("枣庄教育", "education", "教育"),
        ("红色旅游", "travel", "旅游"),
        ("美丽乡村", "agriculture/village", "乡村"),
        ("健康中国", "health", "健康"),
        ("体育产业", "sports", "体育"),  # 产业 only qualifies
        ("国内足球", "sports/football", "足球"),
        ("國際體育", "sports", "体育"),
        ("综艺快报", "entertainment/tv", "综艺"),
        ("新闻/枣庄/县域经济", "economy", "经济"),
        ("文旅动态", "travel", "文旅"),
    ],
)
def test_the_word_of_a_longer_term_decides(term: str, category: str, word: str) -> None:
    decision = categorize("无题", "", (term,), None, RULES)
    assert decision.category == category
    assert decision.why == decisions.TERM_WORD(term=term, word=word)
    assert short_form(decision.why) == f"term:{term} ({word})"


@pytest.mark.parametrize(
    "term",
    [
        "枣庄要闻", "今日头条", "滚动新闻", "综合", "综合新闻",  # say nothing
        "教育科技", "民生经济", "农业科技",  # two categories
        "枣庄经济开发区", "平安区", "文化路街道", "台儿庄",  # places
        "法制日报", "中国教育报", "财经网", "上海财经大学",  # outlets and bodies
        "科学家", "创业者", "齐鲁故事", "公益广告", "Local Hero", "",
        "关于进一步加强教育工作的若干意见",  # a sentence
    ],
)  # fmt: skip
def test_other_terms_stay_unmapped(term: str) -> None:
    assert categorize("无题", "", (term,), None, RULES).category is None


def test_an_exact_term_and_a_special_source_come_first() -> None:
    assert categorize("无题", "", ("县域经济", "体育"), None, RULES).category == "sports"
    assert categorize("无题", "", ("县域经济",), "emotion", RULES).why == decisions.SOURCE()


def test_it_comes_before_a_general_source_and_keywords() -> None:
    assert categorize("无题", "", ("县域经济",), "society", RULES).category == "economy"
    assert categorize("导演谈新片", "", ("县域经济",), None, RULES).category == "economy"


def test_overwhelming_keywords_overrule_it() -> None:
    title = "央行宣布降准 a股收涨 沪指站上均线 券商板块涨停潮 基金净值上涨"
    assert categorize(title, "", ("枣庄教育",), None, RULES).category == "economy/stocks"


def test_terms_that_disagree_are_decided_by_the_keywords() -> None:
    terms = ("枣庄教育", "县域经济")
    assert categorize("无题", "", terms, None, RULES).category is None
    decision = categorize("沪指收涨", "", terms, None, RULES)
    assert decision.why == decisions.TERM_WORD(term="县域经济", word="经济")
    assert decision.category == "economy/stocks"
