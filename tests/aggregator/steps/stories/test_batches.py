"""Sketches, features and search words of several reports at once are those of each alone."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from aggregator.steps.stories.features import build_features_of
from aggregator.steps.stories.fingerprint import build_sketches
from aggregator.steps.text.batches import Report, in_batches
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.search_words import search_words_of

_PIECES = st.sampled_from(
    [
        "", "雨", "5", "月", "a", ".", ". ", " ", "\n", "\x00", "_", "々", "，", "。", "3.5", ":", "中国", "٣", "ǆ",
        "é", "ß", "\ud800", "\udc00", "\U00020000", "\U0001f600", "12人", "35%", "1,200", "houses ", "记者:",
        "沂水溶洞五名徒步者全部获救", "5月1日6时30分", "责任编辑：李红", "the storms flooded old town",
        "暴雨红色预警信号发布",
    ]
)  # fmt: skip
_TEXTS = st.lists(_PIECES, max_size=25).map("".join).map(fold)


def assert_equal_one_by_one(reports: list[Report]) -> None:
    for step in (build_sketches, build_features_of, search_words_of):
        assert step(reports) == [step([report])[0] for report in reports]


@given(st.lists(st.tuples(_TEXTS, _TEXTS), max_size=5))
def test_short_reports(reports: list[Report]) -> None:
    assert_equal_one_by_one(reports)


def test_long_reports() -> None:
    rng = random.Random(7)

    def words(first: int, last: int) -> list[str]:
        return ["".join(chr(rng.randrange(first, last)) for _ in range(rng.randrange(2, 14))) for _ in range(60)]

    han, latin = words(0x4E00, 0x4F00), words(0x61, 0x7B)
    marks = ["，", "。", "\n", " ", ". ", "", "12人", "5月1日", "\ud800", "\U00020000"]
    lengths = (0, 1, 20, 200, 1500)
    reports = [
        (fold("".join(rng.choices(chosen, k=6))), fold("".join(map("".join, rng.choices(pieces, k=length)))))
        for chosen in (han, latin)
        for pieces in ([(word, mark) for word in chosen for mark in marks],)
        for length in lengths
    ]
    rng.shuffle(reports)
    assert_equal_one_by_one(reports)


def test_batches_are_bounded() -> None:
    sizes = [0, 11_999, 1, 1, 30_000, 1, 6_000, 6_000]
    batches = in_batches([("", "雨" * size) for size in sizes])
    assert [[len(text) for _, text in batch] for batch in batches] == [
        [0, 11_999, 1], [1], [30_000], [1, 6_000], [6_000],
    ]  # fmt: skip
    assert in_batches([]) == []
