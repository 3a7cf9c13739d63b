"""Search queries: what they require and exclude, and what their patterns find in normalized text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.steps.text.normalize import fold
from aggregator.steps.text.search_query import (
    MAX_JOINS,
    MAX_RUN_LENGTH,
    MAX_TERMS,
    SearchTerm,
    parse_query,
    tokenize,
)
from aggregator.steps.text.search_words import search_words


def terms(*runs: str) -> tuple[SearchTerm, ...]:
    return tuple(SearchTerm(tuple(run.split("+"))) for run in runs)


@pytest.mark.parametrize(
    ("text", "required", "excluded"),
    [
        ("暴雨 预警", terms("暴雨", "预警"), ()),
        ("暴雨，預警！暴雨", terms("暴雨", "预警"), ()),
        ("Storm WARNING", terms("storm", "warning"), ()),
        ("5G手机", terms("5g", "手机"), ()),
        ("3月15日 B超", terms("3+月+15+日", "b+超"), ()),
        ("3月15日开幕", terms("3+月+15+日开幕"), ()),
        ('"暴雨 abc" x', (*terms("暴雨+abc"), *terms("x")), ()),
        ("“台风 abc”海", (*terms("台风+abc"), *terms("海")), ()),
        ("「台风abc」『abc def』", terms("台风+abc", "abc+def"), ()),
        ('"never closed', terms("never+closed"), ()),
        ("雨 -上海 –old −new", terms("雨"), terms("上海", "old", "new")),
        ('雨 -"old town"', terms("雨"), terms("old+town")),
        ("长三角-上海", terms("长三角", "上海"), ()),  # not after a space
        ('- -- "" “” ，', (), ()),
        ("", (), ()),
        ("々〇𠮷", terms("々〇𠮷"), ()),
        ('"山东，枣庄"', terms("山东+枣庄"), ()),
        ('"3 月"', terms("3+月"), ()),
        ('"月 3"', terms("月+3"), ()),
    ],
)
def test_what_a_query_requires_and_excludes(
    text: str, required: tuple[SearchTerm, ...], excluded: tuple[SearchTerm, ...]
) -> None:
    query = parse_query(text)
    assert (query.required, query.excluded) == (required, excluded)


def test_words_of_a_phrase_may_be_joined_where_a_space_separates_chinese() -> None:
    [term] = parse_query('"山东 枣庄 abc 市"').required
    assert term == SearchTerm(("山东", "枣庄", "abc", "市"), (1,))
    assert term.variants == (("山东", "枣庄", "abc", "市"), ("山东枣庄", "abc", "市"))
    [many] = parse_query('"' + " ".join("甲乙丙丁戊") + '"').required
    assert many.optional_joins == (1, 2, 3)
    assert len(many.optional_joins) == MAX_JOINS
    assert len(many.variants) == len(set(many.variants)) == 8
    assert {"".join(variant) for variant in many.variants} == {"甲乙丙丁戊"}


def test_long_queries_are_cut() -> None:
    words = " ".join(f"w{number}" for number in range(40))
    assert parse_query(words).required == terms(*(f"w{number}" for number in range(MAX_TERMS)))
    assert len(parse_query(" ".join(f"-w{number}" for number in range(40))).excluded) == MAX_TERMS == 16
    assert parse_query("a" * 100).required == terms("a" * MAX_RUN_LENGTH)
    assert parse_query(f'"{"a" * 100} b"').required == terms("a" * MAX_RUN_LENGTH + "+b")
    assert [len(term.runs) for term in parse_query("a月" * 50).required] == [MAX_RUN_LENGTH]
    assert [len(term.runs) for term in parse_query('"' + "a月" * 50 + '"').required] == [MAX_RUN_LENGTH]


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        ("雨", "暴雨至", "暴风"),
        ("暴雨", "大暴雨中", "暴 雨"),
        ("old", "an old town", "an older town|bold|old1"),
        ("old", "老old镇", "old镇old".replace("old镇old", "cold")),
        ('"暴雨 abc"', "暴雨abc|暴雨，abc", "暴雨的abc|暴雨abcd"),
        ('"old town"', "old town|old-town", "oldtown|old new town"),
        ('"山东 枣庄"', "山东枣庄|山东 枣庄|山东·枣庄", "山东省枣庄"),
        ('"山东，枣庄"', "山东 枣庄", "山东枣庄"),
        ("3月", "3月|3 月", "13月|3个月"),
        ('"abc 月"', "abc月|abc 月", "xabc月"),
    ],
)
def test_patterns(query: str, found: str, not_found: str) -> None:
    [term] = parse_query(query).required
    assert all(term.pattern.search(text) for text in found.split("|"))
    assert not any(term.pattern.search(text) for text in not_found.split("|"))


def test_a_word_of_the_longest_length_finds_longer_ones() -> None:
    [term] = parse_query("a" * MAX_RUN_LENGTH).required
    assert term.pattern.search("a" * 100)
    [shorter] = parse_query("a" * (MAX_RUN_LENGTH - 1)).required
    assert not shorter.pattern.search("a" * 100)


@pytest.mark.parametrize(("text", "single"), [("雨", True), ("a", False), ("暴雨", False), ('"雨 a"', False)])
def test_single_characters(text: str, single: bool) -> None:
    [term] = parse_query(text).required
    assert term.is_single_character is single


def test_tokens_of_the_index() -> None:
    assert tokenize("连日暴雨，3月 storm") == ["连日", "日暴", "暴雨", "雨", "3", "月", "storm"]
    assert tokenize("b" * 100) == ["b" * MAX_RUN_LENGTH]
    assert sorted(search_words("連日暴雨 X", "暴雨x").split()) == sorted("连日 日暴 暴雨 雨 x".split())


@given(st.text("暴雨a1 ，", min_size=1, max_size=12), st.integers(0, 11), st.integers(1, 12))
def test_a_passage_of_a_text_is_found_in_it_as_a_phrase(text: str, start: int, size: int) -> None:
    """The pattern finds it, and its tokens are among those of the text, unless it cuts a Latin word."""
    text = fold(text)
    passage = text[start : start + size]
    cut = f"{text[max(start - 1, 0) : start]}{passage[:1]}", f"{passage[-1:]}{text[start + size :][:1]}"
    if any(len(pair) == 2 and pair.isalnum() and pair.isascii() for pair in cut):
        return
    for term in parse_query(f'"{passage}"').required:
        assert term.pattern.search(text)
        assert any(set(tokenize(" ".join(runs))) <= set(tokenize(text)) for runs in term.variants)
