"""Exact scores and evidence of decisions, in a small tree of categories."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pytest

from aggregator.messages import Message, decisions
from aggregator.model import CategoryDecision
from aggregator.reference.categories import Category, CategoryTree
from aggregator.reference.category_words import WordList
from aggregator.steps.categories.categorize import CategoryRules, categorize, model_text
from aggregator.steps.categories.keywords import KeywordSpec
from aggregator.steps.categories.meanings import Resemblance
from aggregator.steps.categories.patterns import compile_pattern
from aggregator.steps.categories.term_words import MAX_TERM_LENGTH
from tests.aggregator.steps.categories.lexicons import lexicon_of, lists_of

WORDS: dict[str, list[WordList]] = {}  # of the categories below, as if they were shipped


def top(slug: str, name: str, *keywords: str, terms: tuple[str, ...] = ()) -> Category:
    WORDS[slug] = lists_of(keywords)
    return Category(slug, slug, name, slug.capitalize(), terms=terms)


def sub(path: str, name: str, *keywords: str) -> Category:
    parent, slug = path.split("/")
    WORDS[path] = lists_of(keywords)
    return Category(path, slug, name, slug.capitalize(), parent=parent)


TREE = CategoryTree(
    [
        top("society", "社会", "邻居", terms=("国内:0.5", "本地:0.4", "时政")),
        top("sports", "体育", "夺冠", "球队:1.5", "教练", "主场:0.5", "红牌", "补时"),
        sub("sports/football", "足球", "点球"),
        sub("sports/swim", "综合", "蝶泳", "泳池"),
        top("economy", "财经", "股市", "涨停:6", "楼盘:2", terms=("钱:0.7", "市场经济")),
    ],
    lambda: WORDS,
)
RULES = CategoryRules(TREE)


def decide(title: str, text: str = "", terms: tuple[str, ...] = (), source: str | None = None) -> CategoryDecision:
    return categorize(title, text, terms, source, RULES)


def keywords(words: tuple[str, ...], best: float, second: float) -> Message:
    return decisions.KEYWORDS(words=words, best=best, second=second)


LIKE = decisions.MEANING(words=("夺冠",), word="甲", near=("乙", "丙"))
WEAK = decisions.WEAK_WORDS(words=("夺冠",), best=1.0, least=1.2)


@pytest.mark.parametrize(
    ("title", "text", "category", "score", "why"),
    [
        ("夺冠 教练", "", "sports", 0.75, keywords(("夺冠", "教练"), 2.0, 0.0)),
        ("球队", "", "sports", 0.71, keywords(("球队",), 1.5, 0.0)),
        ("夺冠", "", None, 0.0, decisions.WEAK_WORDS(words=("夺冠",), best=1.0, least=1.2)),
        ("夺冠", "教练", "sports", 0.7, keywords(("夺冠", "教练"), 1.3, 0.0)),
        ("球队", "股市教练", "sports", 0.68, keywords(("球队", "教练"), 1.8, 0.3)),
        ("球队", "夺" * 299 + "股市", "sports", 0.71, keywords(("球队",), 1.5, 0.0)),
        ("球队", "夺" * 298 + "股市", "sports", 0.66, keywords(("球队",), 1.5, 0.3)),
        ("球队 股市", "", None, 0.0, decisions.CLOSE_WORDS(words=("球队",), best=1.5, others=("股市",), second=1.0)),
        ("球队 主场 股市", "", "sports", 0.6, keywords(("球队", "主场"), 2.0, 1.0)),
        ("夺冠 教练 主场 红牌 补时", "", "sports", 0.85, keywords(("夺冠", "教练", "红牌", "补时"), 4.5, 0.0)),
        ("点球 夺冠", "", "sports/football", 0.75, keywords(("夺冠", "点球"), 2.0, 0.0)),
        ("点球 蝶泳", "", "sports", 0.75, keywords(("点球", "蝶泳"), 2.0, 0.0)),
        ("点球 夺冠 教练 蝶泳 泳池", "", "sports/swim", 0.86, keywords(("夺冠", "教练", "泳池", "点球"), 5.0, 0.0)),
        ("今天", "", None, 0.0, decisions.UNDECIDED()),
    ],
)
def test_keywords(title: str, text: str, category: str | None, score: float, why: Message) -> None:
    assert decide(title, text) == CategoryDecision(category, score, why)


@pytest.mark.parametrize(
    ("title", "terms", "source", "category", "score", "why"),
    [
        # a term that only suggests, and a general source, add to the keywords
        ("夺冠", ("国内",), None, "society", 0.4, decisions.TERM_PRIOR(term="国内")),
        ("邻居", ("国内",), None, "society", 0.71, keywords(("邻居",), 1.5, 0.0)),
        ("邻居", (), "society", "society", 0.75, keywords(("邻居",), 2.0, 0.0)),
        ("今天", ("国内",), None, "society", 0.4, decisions.TERM_PRIOR(term="国内")),
        ("今天", ("国内", "钱"), None, "economy", 0.4, decisions.TERM_PRIOR(term="钱")),
        ("今天", ("本地",), None, None, 0.0, decisions.NO_KNOWN_TERM(terms=("本地",))),
        ("今天", (), "society", "society", 0.4, decisions.SOURCE_PRIOR()),
        ("今天", (), "unknown", None, 0.0, decisions.UNDECIDED()),
        ("今天", tuple("甲乙丙丁戊"), None, None, 0.0, decisions.NO_KNOWN_TERM(terms=("甲", "乙", "丙", "丁"))),
        # terms
        ("今天", ("体育",), None, "sports", 0.95, decisions.TERM(term="体育")),
        ("点球", ("体育",), None, "sports/football", 0.95, decisions.TERM(term="体育")),
        ("今天", ("综合",), None, None, 0.0, decisions.NO_KNOWN_TERM(terms=("综合",))),
        ("今天", ("财经", "足球"), None, "sports/football", 0.95, decisions.TERM(term="足球")),
        ("股市", ("足球", "财经"), None, "economy", 0.95, decisions.TERM(term="财经")),
        ("今天", ("体育", "财经"), None, "sports", 0.95, decisions.TERM(term="体育")),
        ("今天", ("时政",), "sports", "sports", 0.9, decisions.SOURCE()),
        ("今天", ("时政",), "society", "society", 0.95, decisions.TERM(term="时政")),
        ("今天", ("财经",), "sports", "economy", 0.95, decisions.TERM(term="财经")),
        ("今天", ("体育版",), None, "sports", 0.95, decisions.TERM(term="体育版")),
        ("今天", ("财经 News",), None, "economy", 0.95, decisions.TERM(term="财经 News")),
        ("今天", ("足球|财经",), None, "economy", 0.95, decisions.TERM(term="足球|财经")),
        # special sources
        ("今天", (), "sports", "sports", 0.9, decisions.SOURCE()),
        ("涨停", (), "sports", "economy", 0.88, keywords(("涨停",), 6.0, 0.0)),
        ("涨停 点球 夺冠", (), "sports", "sports/football", 0.9, decisions.SOURCE()),
        ("股市 楼盘 楼盘", (), "sports", "sports", 0.9, decisions.SOURCE()),
        # words of terms
        ("今天", ("县域市场经济",), None, "economy", 0.7, decisions.TERM_WORD(term="县域市场经济", word="市场经济")),
        ("涨停", ("青年体育",), None, "economy", 0.88, keywords(("涨停",), 6.0, 0.0)),
        ("涨停", ("青年体育", "农村财经"), None, "economy", 0.7, decisions.TERM_WORD(term="农村财经", word="财经")),
    ],
)
def test_terms_and_sources(
    title: str, terms: tuple[str, ...], source: str | None, category: str | None, score: float, why: Message
) -> None:
    assert decide(title, "", terms, source) == CategoryDecision(category, score, why)


class Model:
    labels = ("sports/football", "sports/swim", "economy")
    threshold = 0.6

    def __init__(self, words: str, **chances: float) -> None:
        self.words = words
        self.chances = {label.replace("_", "/"): chance for label, chance in chances.items()}

    def predict_proba(self, text: str) -> tuple[Mapping[str, float], str]:
        return self.chances, self.words


RESEMBLANCE = Resemblance("甲", ("乙", "丙"))


class Likeness:
    """Meanings of one title: a log probability for each category, and the same resemblance for all."""

    def __init__(self, like: Resemblance | None = RESEMBLANCE, **log_probabilities: float) -> None:
        self.like = like
        self.values = log_probabilities

    def of_titles(self, titles: Sequence[str]) -> Likeness:
        return self

    def log_probabilities(self, title: str) -> Mapping[str, float]:
        return self.values

    def resemblance(self, title: str, category: str) -> Resemblance | None:
        return self.like


def unlike(*words: str) -> Message:
    return decisions.UNLIKE_WORDS(words=words, word="甲", near=("乙", "丙"))


@pytest.mark.parametrize(
    ("title", "meanings", "category", "score", "why"),
    [
        # keywords alone are too few, or alike: meanings decide
        ("夺冠", Likeness(sports=0.0, economy=-1.0), "sports", 0.63, LIKE),
        ("夺冠", Likeness(None, sports=0.0, economy=-1.0), "sports", 0.63, decisions.MEANING_OF_ALL(words=("夺冠",))),
        ("夺冠 股市", Likeness(sports=0.0, economy=-1.9), None, 0.0, WEAK),
        ("夺冠 股市", Likeness(sports=0.0, economy=-2.0), "sports", 0.58, LIKE),
        ("夺冠", Likeness(sports=-9.0, economy=0.0), None, 0.0, WEAK),
        # they agree with keywords that would decide alone, or do not
        ("球队", Likeness(sports=0.0, economy=-1.0), "sports", 0.71, keywords(("球队",), 1.5, 0.0)),
        ("球队", Likeness(sports=-2.0, economy=0.0), None, 0.0, unlike("球队")),
        ("球队", Likeness(None, sports=-2.0, economy=0.0), None, 0.0, decisions.UNDECIDED()),
        # nothing is known, nothing is asked, or keywords are sure
        ("球队", Likeness(), "sports", 0.71, keywords(("球队",), 1.5, 0.0)),
        ("今天", Likeness(sports=0.0, economy=-9.0), None, 0.0, decisions.UNDECIDED()),
        ("夺冠 教练", Likeness(sports=-9.0, economy=0.0), "sports", 0.75, keywords(("夺冠", "教练"), 2.0, 0.0)),
    ],
)
def test_meanings(title: str, meanings: Likeness, category: str | None, score: float, why: Message) -> None:
    rules = CategoryRules(TREE, meanings)
    assert categorize(title, "", (), None, rules) == CategoryDecision(category, score, why)
    known = categorize(title, "", (), None, rules, Model("", other=1.0))
    assert known == categorize(title, "", (), None, RULES, Model("", other=1.0))  # a trained model needs no meanings


SURE = decisions.MODEL(share=0.8, words="a")


@pytest.mark.parametrize(
    ("model", "category", "score", "why"),
    [
        (Model("", economy=0.6), "economy", 0.6, decisions.MODEL_ALONE(share=0.6)),
        (Model("a", economy=0.59), None, 0.0, decisions.UNSURE_MODEL(share=0.59, least=0.6)),
        (Model("a", sports_football=0.48, sports_swim=0.32), "sports/football", 0.8, SURE),
        (Model("a", sports_football=0.47, sports_swim=0.33), "sports", 0.8, SURE),
        (Model("a", other=0.9), None, 0.0, decisions.UNDECIDED()),
    ],
)  # fmt: skip
def test_models(model: Model, category: str | None, score: float, why: Message) -> None:
    assert categorize("今天", "", (), None, RULES, model) == CategoryDecision(category, score, why)


def test_a_model_may_know_better_than_the_keywords() -> None:
    model = Model("a", economy=0.9)
    assert categorize("夺冠 教练", "", (), None, RULES, model).category == "economy"
    assert categorize("邻居 邻居", "", (), "society", RULES, model).category == "society"  # it knows nothing of society
    assert categorize("点球 夺冠", "", (), None, RULES, Model("a", sports_swim=0.9)).category == "sports/football"
    assert (model_text("题", "文" * 999), model_text("题", "")) == ("题\n" + "文" * 300, "题")


@pytest.mark.parametrize(
    ("written", "word", "weight"),
    [("-", "-", 1), ("a:", "a:", 1), (":2", ":2", 1), ("a:b:2", "a:b", 2), ("-a:x", "a:x", -1), (" A ", "a", 1)],
)
def test_odd_keywords(written: str, word: str, weight: float) -> None:
    assert KeywordSpec.parse(written) == KeywordSpec(word, weight)


def test_words_of_a_lexicon() -> None:
    lexicon = lexicon_of(
        [("a", "雨"), ("a", "暴雨"), ("a", "红色预警"), ("a", "特大红色预警"), ("b", ""), ("a", "iphone 5")]
    )
    assert lexicon.find_words("雨，暴雨，大暴雨") == ["雨", "暴雨"]
    assert lexicon.find_words("iphone 5s iphone 50") == ["iphone 5"]
    assert lexicon.find_words("xiphone 5") == []
    sums = {
        word: dict(lexicon.score(word, "").score_by_path)["a"] for word in ("雨", "暴雨", "红色预警", "特大红色预警")
    }
    assert sums == {"雨": 0.4, "暴雨": 1.0, "红色预警": 1.5, "特大红色预警": 1.5}
    assert lexicon.score("雨", "雨暴雨").score_by_path == {"a": 0.7}
    assert lexicon_of([("a", "体育局")]).score("体育局", "").score_by_path == {"a": 1.25}
    opposed = lexicon_of([("a/b", "灯:2"), ("a", "灯:-3"), ("c", "灯")]).score("灯", "")
    assert opposed.score_by_path == {"a/b": 0.8, "a": -1.2, "c": 0.4}
    assert opposed.ranked_tops() == [("c", 0.4), ("a", -1.2)]
    assert list(opposed.found_by_top) == ["c"]
    assert opposed.words_of("c") == ("灯",)


def test_long_terms_have_no_words() -> None:
    assert decide("今天", "", ("体育" + "啊" * (MAX_TERM_LENGTH - 2),)).category == "sports"
    assert decide("今天", "", ("体育" + "啊" * (MAX_TERM_LENGTH - 1),)).category is None


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("(", "an opening bracket ( has no closing one, at ("),
        (")", "a closing bracket ) has no opening one, at )"),
        ("[", "an opening bracket [ has no closing one, at ["),
        ("*", "*, + or ? has nothing before it to repeat, at *"),
        ("a**", "a repetition follows another one, at **"),
        ("a{9999}", "a repetition is too large, or runs backwards, at {9999}"),
        ("[z-a]", "a range such as [a-z] runs backwards, or a class of characters is not known, at z-a"),
        (r"\8", r"a backslash is followed by what means nothing here (back references are not known), at \8"),
        ("a\\", r"it ends with a backslash; write \\ for one"),
        ("(?=a)", "(?...) is not known here, as look-around is, at (?="),
        ("(?:[a-z]{1000}){1000}", "a repetition is too large, or runs backwards, at {1000}"),
        (r"\p{Han}{0,999}", "it is too large"),
        ("a|", "it matches the empty text, and so everything; ask for at least one character"),
    ],
)
def test_faults_of_patterns(pattern: str, fault: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(fault)}$"):
        compile_pattern(pattern)
