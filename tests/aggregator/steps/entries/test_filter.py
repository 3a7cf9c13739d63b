"""Include and exclude rules on invented entries."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aggregator.messages import decisions
from aggregator.steps.entries.filter import advertorial_mark, find_filter_reason, parse_rule
from aggregator.steps.text.normalize import fold
from tests.entry_factories import draft, source


@pytest.mark.parametrize(
    ("rule", "title", "text"),
    [
        ("推广", "推广：买房就送车位", ""),
        ("推广", "買房就送車位", "本欄由商戶推廣"),
        ("推廣", "推广一款车", ""),
        ("ＡＤ", "[AD] 新车上市", ""),
        ("/双.?十一/", "双“十一”好价来了", ""),
        ("/招聘.{0,6}名/", "", "我校招聘教师12名。"),
        ("/第[０-９]+期/", "第25期开奖", ""),
        ("/（广告）$/", "新楼盘亮相（广告）", ""),
        ("title:招聘", "招聘启事", ""),
        ("title:/^每日/", "每日一笑", ""),
        ("link:/promo/", "新车", ""),
        ("link:paper.example", "新车", ""),
        ("term:广告", "新车", ""),
        ("author:市场部", "新车", ""),
    ],
)
def test_a_rule_fits(rule: str, title: str, text: str) -> None:
    entry = draft(title, text, url="https://paper.example/promo/1.html", terms=("汽车", "广告"), author="本报市场部")
    verdict = find_filter_reason(entry, source(exclude=(rule,)))
    assert verdict is not None
    assert verdict.rule == "exclude"
    assert verdict.evidence.get("rule") == rule
    assert find_filter_reason(entry, source(include=(rule,))) is None


@pytest.mark.parametrize(
    ("rule", "title"),
    [
        ("推广", "小麦新品种开镰"),
        ("ad", "Download festival in Zaozhuang"),
        ("nba", "WNBA开赛"),
        ("title:招聘", "新年第一课"),
        ("link:推广", "推广普通话"),
        ("term:广告", "广告牌换新"),
        ("/双.十一/", "双11临近"),
        ("来源:某报", "来源不明的款项"),
    ],
)
def test_a_rule_does_not_fit(rule: str, title: str) -> None:
    entry = draft(title, "高校招聘会下周举行。", terms=("社会",))
    assert find_filter_reason(entry, source(exclude=(rule,))) is None
    verdict = find_filter_reason(entry, source(include=(rule,)))
    assert verdict is not None
    assert verdict.evidence == decisions.NOT_INCLUDED(rules=(rule,))


def test_exclusion_goes_before_inclusion() -> None:
    rules = source(include=("枣庄",), exclude=("楼盘",))
    assert find_filter_reason(draft("枣庄樱桃熟了"), rules) is None
    verdict = find_filter_reason(draft("枣庄楼盘开盘"), rules)
    assert verdict is not None
    assert verdict.evidence == decisions.EXCLUDED_IN_TITLE(rule="楼盘")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("/(/", r"an opening bracket \( has no closing one, at \("),
        ("/(?=x)y/", "look-around"),
        ("/a{2,1}/", r"a repetition is too large, or runs backwards, at \{2,1\}"),
        ("/(x)\\1/", "back references are not known"),
        ("title:/[/", r"an opening bracket \[ has no closing one"),
    ],
)
def test_a_bad_expression_is_refused_with_what_is_wrong(rule: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_rule(rule)


def test_an_expression_that_matches_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="it matches the empty text"):
        parse_rule("/x*/")


def test_words_with_slashes_are_words() -> None:
    assert parse_rule("24/7").matcher is not None  # whole words only
    assert parse_rule("/").matcher is None
    assert parse_rule("http://").word == "http://"


def test_an_expression_made_to_hang_does_not() -> None:
    entry = draft("a" * 300, "a" * 4000)
    assert find_filter_reason(entry, source(exclude=("/(a+)+$x/", "/(a|aa)+b/", "/(.*)(.*)(.*)(.*)(.*)z/"))) is None


def test_advertorials_are_kept_marked_or_dropped() -> None:
    entry = draft("【广告】新楼盘亮相")
    assert find_filter_reason(entry, source(advertorial="keep")) is None
    assert advertorial_mark(entry, source(advertorial="keep")) is None
    assert find_filter_reason(entry, source(advertorial="mark")) is None
    assert advertorial_mark(entry, source(advertorial="mark")) == decisions.LABEL_IN_TITLE(words="【广告】")
    verdict = find_filter_reason(entry, source(advertorial="drop"))
    assert verdict is not None
    assert (verdict.rule, verdict.evidence) == ("advertorial", decisions.LABEL_IN_TITLE(words="【广告】"))


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_word_fits_wherever_it_stands_by_itself(word: str, before: str) -> None:
    rule = f"{word}x".replace("/", "")
    assume(not rule.startswith(SCOPES))
    entry = draft("", f"{before}\n{rule}")
    verdict = find_filter_reason(entry, source(exclude=(rule,)))
    assert verdict is not None
    assert (verdict.rule, verdict.evidence) == ("exclude", decisions.EXCLUDED_IN_TEXT(rule=rule))
    assert find_filter_reason(entry, source(include=(rule,))) is None


SCOPES = ("title:", "link:", "term:", "author:")


@given(st.text(max_size=30).filter(lambda word: fold(word).strip()), st.text(max_size=30))
def test_a_word_does_not_fit_where_it_does_not_stand(word: str, title: str) -> None:
    assume(fold(word).strip() not in fold(title))
    assume(not word.startswith(SCOPES) and not word.strip().startswith("/"))
    assert find_filter_reason(draft(title), source(exclude=(word,))) is None
    verdict = find_filter_reason(draft(title), source(include=(word,)))
    assert verdict is not None
    assert verdict.rule == "include"
