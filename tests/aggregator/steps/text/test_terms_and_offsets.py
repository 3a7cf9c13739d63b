"""Terms by number and by text, offsets of folded text, keys of headlines, and segments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.steps.text.folded_offsets import fold_with_offsets
from aggregator.steps.text.normalize import fold, headline_key
from aggregator.steps.text.pairs import find_terms, pair_text
from aggregator.steps.text.passages import Span, extract, find_words, merge_spans
from aggregator.steps.text.segment import segment
from aggregator.steps.text.terms import extract_terms, stem

TEXTS = st.text("暴雨枣庄的记者5月3.5%ab edz é，\n龥㐀", max_size=30).map(fold)


@given(TEXTS)
def test_pairs_and_words_are_the_terms(text: str) -> None:
    terms = find_terms(text)
    starts, ends = terms.word_starts.tolist(), terms.word_ends.tolist()
    found = list(zip(terms.pair_starts.tolist(), map(pair_text, terms.pairs.tolist()), strict=True))
    found += zip(starts, terms.words, strict=True)
    assert [term for _, term in sorted(found)] == extract_terms(text)
    assert all(text[start : start + 2] == term for start, term in found[: terms.pairs.size])
    assert all(end > start for start, end in zip(starts, ends, strict=True))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("seemingly", "seem"), ("supposedly", "suppos"), ("bing", "bing"), ("kings", "king"), ("parties", "party"),
        ("married", "marry"), ("dies", "die"), ("boxes", "box"), ("quickly", "quick"), ("house", "hous"),
        ("case", "case"), ("bus", "bus"), ("cars", "car"), ("a", "a"),
    ],
)  # fmt: skip
def test_stems(word: str, expected: str) -> None:
    assert stem(word) == expected


@given(st.text("㈱ﬁＡa中國é\u0301…1 ", max_size=12))
def test_each_character_comes_from_one_place(text: str) -> None:
    folded, offsets = fold_with_offsets(text)
    assert len(folded) == len(offsets)
    assert all(folded[at] in fold(text[offset]) for at, offset in enumerate(offsets))
    assert sorted(offsets) == list(offsets)
    assert set(offsets) == set(range(len(text)))


def test_texts_whose_characters_combine_are_folded_one_by_one() -> None:
    assert fold_with_offsets("e\u0301A") == ("e\u0301a", [0, 1, 2])
    assert fold_with_offsets("㈱中國") == ("(株)中国", [0, 0, 0, 1, 2])
    assert fold_with_offsets("中國A") == ("中国a", range(3))


@pytest.mark.parametrize(
    ("title", "key"),
    [("【快讯】 油價,漲 3.5 元！", "快讯油价涨3.5元"), ("a_b.c 1.", "abc1"), ("第１.２期", "第1.2期"), ("…", "")],
)
def test_keys_of_headlines(title: str, key: str) -> None:
    assert headline_key(title) == key


def test_segments() -> None:
    assert segment("枣庄下雪") == [("枣庄", 0, 2), ("下雪", 2, 4)]
    assert ("中国", 0, 2) in segment("中国人民", "search")
    assert [word for word, _, _ in segment("\ud800枣庄")] == ["?", "枣庄"]
    assert [word for word, _, _ in segment("耿长庚", guess=False)] == ["耿", "长庚"]


def test_places_of_words() -> None:
    assert len(find_words("甲乙，" * 9, ["甲乙"])) == 5
    assert find_words("甲乙甲乙", ["甲乙"]) == [Span(0, 4)]
    assert find_words("，甲", [" 甲 "]) == [Span(1, 2)]
    assert merge_spans([Span(0, 5), Span(1, 3)]) == [Span(0, 5)]


def test_extracts_keep_order_and_end_where_they_were_cut() -> None:
    text = "0123456789" * 3
    assert extract(text, [Span(0, 2), Span(28, 30)], 2, 99) == (
        ("01", True), ("23", False), ("……", False), ("67", False), ("89", True),
    )  # fmt: skip
    assert extract(text, [Span(5, 20)], 1, 4) == (("……", False), ("4", False), ("5678", True), ("……", False))
    assert extract(text, [Span(2, 4), Span(6, 8)], 3, 99) == (
        ("01", False), ("23", True), ("45", False), ("67", True), ("890", False), ("……", False),
    )  # fmt: skip
    assert extract(text, [Span(0, 3), Span(10, 12), Span(20, 24)], 0, 7) == (
        ("012", True), ("……", False), ("0123", True), ("……", False),
    )  # fmt: skip
