"""Find many words in a text in one pass (Aho and Corasick 1975). The only importer of ahocorasick_rs."""

from __future__ import annotations

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick


class WordFinder:
    """A compiled list of words."""

    def __init__(self, words: Sequence[str]) -> None:
        self._automaton = AhoCorasick(words, store_patterns=False)

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Return (index of the word, start, end) of all occurrences, in the order of their ends.

        They may overlap.
        """
        try:
            return self._automaton.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:  # a lone surrogate, which is in no word
            text = text.encode("utf-8", "replace").decode()
            return self._automaton.find_matches_as_indexes(text, overlapping=True)
