"""The rules of [[categories]] are checked when the file is loaded; every error names its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config.load import Config, ConfigErrors, parse_config

RULES = """\
[[categories]]
slug = "travel"
keywords = ["石头房:3", "-石油", {keyword}]
patterns = [
  '第\\d+届.{{0,9}}采摘节',
  {pattern},
]
"""


def read(keyword: str = '"采摘"', pattern: str = "'樱桃(花|果)'") -> Config:
    return parse_config(RULES.format(keyword=keyword, pattern=pattern).encode(), Path("config.toml"), {})


def test_rules_join_the_tree() -> None:
    category = read().category_tree.get("travel")
    assert category is not None
    assert category.keywords == ("石头房:3", "-石油", "采摘")
    assert category.patterns == (r"第\d+届.{0,9}采摘节", "樱桃(花|果)")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("'(樱桃'", "no closing one"),
        (r"'(?=樱桃)园'", "look-around"),
        (r"'(樱)\1'", "back references"),
        ("'樱*'", "matches the empty text"),
        ("'樱{1000}{1000}'", "a repetition follows another one"),
        ("'((樱{100}){100}){100}'", ""),
    ],
)
def test_a_pattern_that_cannot_be_used_is_named_with_its_line(pattern: str, reason: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        read(pattern=pattern)
    (problem,) = caught.value.problems
    assert problem.line == 6
    assert "is not a valid regular expression" in problem.message
    assert reason in problem.message


@pytest.mark.parametrize("keyword", ['"樱桃:nan"', '"樱桃:inf"', '"樱桃:100"', '"-樱桃:21"'])
def test_a_keyword_without_a_word_or_with_a_weight_that_is_none(keyword: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        read(keyword=keyword)
    (problem,) = caught.value.problems
    assert (problem.line, "write a word" in problem.message) == (3, True)
