"""Which place names occur in a text as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.reference.gazetteer import Gazetteer
from aggregator.reference.place_names import PlaceNames
from aggregator.steps.places.mentions import find_abbreviations, segment_around
from aggregator.steps.places.word_boundaries import BoundaryFit, boundary_fits, drop_torn_mentions
from aggregator.steps.text.segment import segment

NAMES = PlaceNames.load(Gazetteer.load())


def find_names(text: str) -> list[str]:
    return [one.name.text for one in drop_torn_mentions(segment(text, guess=False), NAMES.find_candidates(text))]


@pytest.mark.parametrize(
    "text",
    [
        "经营口罩",
        "重大理论",
        "漫长春天",
        "美丽水乡",
        "明天津贴到账",
        "老太太原来如此",
        "变成都市传说",
        "10日土拍结束",
    ],
)
def test_two_words_make_up_no_name(text: str) -> None:
    assert not find_names(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("落户深泽", ["深泽"]),
        ("宁夏银川普高放榜", ["宁夏", "银川"]),
        ("辽宁抚顺县", ["辽宁", "抚顺县"]),
        ("汶川大地震", ["汶川"]),
    ],
)
def test_words_stand(text: str, names: list[str]) -> None:
    assert find_names(text) == names


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("枣庄下雪", BoundaryFit.WHOLE),
        ("记者在山亭看到", BoundaryFit.WHOLE),
        ("演员黄山出席", BoundaryFit.WITHIN),
        ("陈丽江画展", BoundaryFit.WITHIN),
        ("10万北京考生", BoundaryFit.WHOLE),
    ],
)
def test_a_role_or_a_surname_makes_a_person_of_a_name(text: str, fit: BoundaryFit) -> None:
    words = segment(text, guess=False)
    assert boundary_fits(words, drop_torn_mentions(words, NAMES.find_candidates(text))) == [fit]


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("沪二手房成交回升", ["310000"]),
        ("台风远去|粤多地恢复通航", ["440000"]),
        ("一辆鲁a牌照的货车", ["370000"]),
        ("沪铝沪锌下跌", []),
        ("川普发言", []),
        ("京北新区", []),
        ("沪苏浙皖一码通行", []),
    ],
)
def test_one_character_tells_a_province_only_as_a_word(title: str, codes: list[str]) -> None:
    words = segment(title, guess=False)
    assert [one.name.codes[0] for one in find_abbreviations(title, words)] == codes


def test_no_name_contains_the_end_of_a_clause() -> None:
    assert not [name.text for name in NAMES.names if set(name.text) & set(",。!?;:、\n")]


@given(
    st.lists(st.sampled_from(["枣庄", "在济南", "美丽水乡", "3.5", "abc", ",", "。", ":", " ", "\n", "大雨"])).map(
        "".join
    )
)
def test_clauses_are_segmented_as_in_the_whole_text(text: str) -> None:
    words = segment_around(text, NAMES.find_candidates(text))
    assert set(words) <= set(segment(text, guess=False))
    assert find_names(text) == [one.name.text for one in drop_torn_mentions(words, NAMES.find_candidates(text))]


def test_abbreviations_of_provinces() -> None:
    codes = "11 12 13 31 33 34 35 36 37 41 42 43 44 46 50 51 52 53 61".split()
    for province, code in zip("京津冀沪浙皖闽赣鲁豫鄂湘粤琼渝川黔滇陕", codes, strict=True):
        title = f"{province}今起下雪"
        [mention] = find_abbreviations(title, segment(title, guess=False))
        assert (mention.name.codes, mention.start, mention.end) == ((f"{code}0000",), 0, 1)
