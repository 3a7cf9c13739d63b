"""Validation of [filters] and of the rules of sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config.load import ConfigErrors, parse_config

PATH = Path("/nowhere/config.toml")


def test_rules_for_all_join_those_of_a_source() -> None:
    text = """
        [filters]
        include = ["枣庄"]
        exclude = ["推广", "/双.?十一/"]
        advertorial = "drop"

        [[sources]]
        url = "https://a.example/rss"
        exclude = ["title:招聘", "推广"]

        [[sources]]
        url = "https://b.example/rss"
        include = ["临沂"]
        advertorial = "keep"
    """
    a, b = parse_config(text.encode(), PATH).sources
    assert (a.include, a.exclude, a.advertorial) == (("枣庄",), ("推广", "/双.?十一/", "title:招聘"), "drop")
    assert (b.include, b.exclude, b.advertorial) == (("临沂",), ("推广", "/双.?十一/"), "keep")


def test_without_filters_advertorials_are_marked() -> None:
    (source,) = parse_config(b'[[sources]]\nurl = "https://a.example/rss"', PATH).sources
    assert (source.include, source.exclude, source.advertorial) == ((), (), "mark")


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[filters]\nexclude = [\n  "推广",\n  "/(/",\n]', 4, "filters.exclude[2]"),
        ("[filters]\ninclude = ['/(?=x)y/']", 2, "filters.include[1]"),
        ('[filters]\nexclude = ["/x*/"]', 2, "filters.exclude[1]"),
        ('[[sources]]\nurl = "https://a.example/rss"\nexclude = ["title:/[/"]', 3, "sources[1].exclude[1]"),
        ('[filters]\nadvertorial = "remove"', 2, "filters.advertorial"),
        ('[[sources]]\nurl = "https://a.example/rss"\nadvertorial = true', 3, "sources[1].advertorial"),
        ('[filters]\nexclud = ["推广"]', 2, "filters.exclud"),
        ('[filters]\nexclude = "推广"', 2, "filters.exclude"),
        ('[filters]\nexclude = [""]', 2, "filters.exclude[1]"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, key: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        parse_config(text.encode(), PATH)
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (line, key)


def test_an_expression_from_the_environment_is_not_repeated() -> None:
    text = b'[filters]\nexclude = ["${RULE}"]\n[[sources]]\nurl = "https://a.example/rss"'
    (source,) = parse_config(text, PATH, {"RULE": "推广"}).sources
    assert source.exclude == ("推广",)
