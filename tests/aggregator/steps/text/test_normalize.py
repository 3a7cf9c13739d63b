"""Characters that readers take for the same are normalized to one form."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.steps.text.normalize import fold


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Plain ASCII", "plain ascii"),
        ("ＡＢＣ１２３", "abc123"),
        ("㈠①", "(一)1"),
        ("臺灣颱風", "台湾台风"),
        ("裡面發現後來", "里面发现后来"),
        ("简体不变", "简体不变"),
        ("", ""),
        ("𠮷😀", "𠮷😀"),
    ],
)
def test_spellings(written: str, expected: str) -> None:
    assert fold(written) == expected


@given(st.text())
def test_folding_a_second_time_changes_nothing_of_what_is_searched(text: str) -> None:
    once = fold(text)
    assert fold(fold(once)) == fold(once)


@given(st.text(), st.text())
def test_a_line_folds_the_same_wherever_it_stands(one: str, other: str) -> None:
    assert fold(f"{one}\n{other}").split("\n")[0] == fold(one).split("\n")[0]


@given(st.text("，：；！？（）…\u3000\u0301\u0327\u3099中國文Aé１a ", max_size=8))
def test_frequent_punctuation_is_normalized_like_any_other(text: str) -> None:
    assert fold(text) == unicodedata.normalize("NFKC", text).lower().replace("國", "国")
