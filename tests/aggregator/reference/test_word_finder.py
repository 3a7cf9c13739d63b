"""Words of a list are found in a text, wherever they stand and even where they overlap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.reference.word_finder import WordFinder

LETTERS = "中国人a1😀"


@given(st.lists(st.text(LETTERS, min_size=1, max_size=3), unique=True), st.text(LETTERS + "\ud800"))
def test_every_occurrence_is_found_in_reading_order(words: list[str], text: str) -> None:
    expected = sorted(
        (start, -start - len(word), index)
        for index, word in enumerate(words)
        for start in range(len(text))
        if text.startswith(word, start)
    )
    assert WordFinder(words).find(text) == expected
