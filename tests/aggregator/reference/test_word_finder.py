"""Words of a list are found in a text, wherever they stand and even where they overlap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.reference.word_finder import WordFinder

LETTERS = "中国人a1😀"


@given(st.lists(st.text(LETTERS, min_size=1, max_size=3), unique=True), st.text(LETTERS + "\ud800"))
def test_every_occurrence_is_found_in_the_order_of_ends(words: list[str], text: str) -> None:
    expected = sorted(
        (index, start, start + len(word))
        for index, word in enumerate(words)
        for start in range(len(text))
        if text.startswith(word, start)
    )
    found = WordFinder(words).find(text)
    assert sorted(found) == expected
    assert [end for _, _, end in found] == sorted(end for _, _, end in found)
