"""Passages that two texts share, and words in a text, by offsets into the texts as published."""

from __future__ import annotations

import random
import time
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.steps.text.passages import Span, extract, find_words, mark, merge_spans, shared_passages

SHARED = "七公里河道挖出两万方淤泥，沿岸十一座旧码头同时露出了石阶"


def texts(a: str, b: str) -> list[tuple[str, str]]:
    return [(a[one.a.start : one.a.end], b[one.b.start : one.b.end]) for one in shared_passages(a, b)]


def test_passages_are_found_in_both_texts_as_published() -> None:
    other = "據石橋晚報報導:七公里河道挖出兩萬方淤泥,沿岸十一座舊碼頭同時露出了石階。"
    assert texts(f"（本报讯）{SHARED}。", other) == [
        (SHARED, "七公里河道挖出兩萬方淤泥,沿岸十一座舊碼頭同時露出了石階")
    ]
    assert texts("The ＣＡＮＡＬ was dredged, in full", "the canal was dredged in full") == [
        ("The ＣＡＮＡＬ was dredged, in full", "the canal was dredged in full")
    ]


def test_moved_passages_and_single_changes() -> None:
    first, second = SHARED[:12], SHARED[13:]
    assert texts(f"{first}。{second}", f"{second}；{first}") == [(first, first), (second, second)]
    changed = SHARED.replace("两万", "三万")
    assert [ours for ours, _ in texts(SHARED, changed)] == [
        "七公里河道挖出",
        "万方淤泥，沿岸十一座旧码头同时露出了石阶",
    ]


def test_short_coincidences_do_not_count() -> None:
    assert texts("记者从市政府获悉", "记者从市政局获悉") == []
    assert texts("2026-05-20 10:24", "2026-05-20 10:24:31") == []
    assert texts("", SHARED) == []


def test_expanding_characters_keep_their_places() -> None:
    text = "㈱五月份新增就业岗位三百二十七个…"
    assert texts(text, "五月份新增就业岗位三百二十七个") == [("五月份新增就业岗位三百二十七个",) * 2]
    assert find_words("ﬁnal ﬁgures", ["FINAL", "gures"]) == [Span(0, 4), Span(6, 11)]


def test_long_and_repetitive_texts_take_bounded_time() -> None:
    rng = random.Random(3)
    han = "".join(chr(rng.randrange(0x4E00, 0x9FA5)) for _ in range(8000))
    begun = time.process_time()
    assert len(shared_passages(han, han)) == 1
    shared_passages("哈" * 20_000, "哈" * 19_999)
    shared_passages("甲乙丙丁戊己" * 3000, "甲乙丙丁戊庚" * 3000)
    assert time.process_time() - begun < 2.0


@settings(max_examples=40)
@given(st.text("甲乙丙，Ａa1 \u3300", max_size=40), st.text("甲乙丙，Ａa1 \u3300", max_size=40))
def test_passages_lie_in_their_texts(a: str, b: str) -> None:
    found = shared_passages(a, b)
    assert all(0 <= one.a.start < one.a.end <= len(a) and 0 <= one.b.start < one.b.end <= len(b) for one in found)
    assert all(one.a.end <= later.a.start + 1 for one, later in pairwise(found))


def test_words_are_found_in_any_spelling() -> None:
    assert find_words("暴雨預警：暴雨将至", ["预警", "暴雨"]) == [Span(0, 4), Span(5, 7)]
    assert find_words("鲁南与鲁北", ["鲁"]) == [Span(0, 1)]  # single characters once
    assert find_words("无", ["", "有"]) == []
    assert merge_spans([Span(4, 6), Span(0, 2), Span(2, 3), Span(5, 9)]) == [Span(0, 3), Span(4, 9)]


def test_marked_texts_and_extracts() -> None:
    text = "0123456789" * 10
    assert mark("暴雨将至", [Span(0, 2)]) == (("暴雨", True), ("将至", False))
    assert mark("无", []) == (("无", False),)
    assert extract(text, [Span(20, 24), Span(50, 58)], 3, 60) == (
        ("……", False), ("789", False), ("0123", True), ("456", False),
        ("……", False), ("789", False), ("01234567", True), ("890", False), ("……", False),
    )  # fmt: skip
    assert extract(text, [], 3, 60) == ()


def test_extracts_are_limited_to_the_longest_passages() -> None:
    text = "0123456789" * 10
    shown = extract(text, [Span(0, 5), Span(40, 80)], 0, 10)
    assert [part for part, marked in shown if marked] == ["0123456789"]
    assert sum(len(part) for part, _ in extract(text, [Span(0, 100)], 6, 20)) <= 40
