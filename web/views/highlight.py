"""Highlighting of search terms in titles and excerpts, in any spelling that ``steps.fold`` makes equal."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator.steps.text.folded_offsets import fold_with_offsets
from aggregator.steps.text.search_query import parse_query
from web.views.text import HighlightedText, clip

_CONTEXT_BEFORE = 30  # characters shown before the first mark of a snippet


@dataclass(frozen=True, slots=True)
class Highlighter:
    """A set of patterns to mark; without patterns nothing is marked."""

    patterns: tuple[re.Pattern[str], ...] = ()

    def highlight(self, text: str) -> HighlightedText:
        """Return the text in parts, each with whether it is marked."""
        parts: list[tuple[str, bool]] = []
        end = 0
        for start, stop in self._spans(text):
            parts += [(text[end:start], False), (text[start:stop], True)]
            end = stop
        return tuple(part for part in (*parts, (text[end:], False)) if part[0]) or ((text, False),)

    def snippet(self, text: str, limit: int = 90) -> str:
        """Return an extract of at most about ``limit`` characters: the beginning, or the part around the first mark."""
        spans = self._spans(text)
        first = spans[0][0] if spans else 0
        if first < limit - 20 or len(text) <= limit:
            return clip(text, limit)
        return f"……{clip(text[first - _CONTEXT_BEFORE :], limit)}"

    def _spans(self, text: str) -> list[tuple[int, int]]:
        """Return the (start, end) offsets of the marks, merged and in order."""
        if not self.patterns:
            return []
        folded, offsets = fold_with_offsets(text)
        matches = sorted(match.span() for pattern in self.patterns for match in pattern.finditer(folded))
        spans: list[tuple[int, int]] = []
        for start, end in ((offsets[start], offsets[end - 1] + 1) for start, end in matches):
            if spans and start <= spans[-1][1]:
                spans[-1] = spans[-1][0], max(end, spans[-1][1])
            else:
                spans.append((start, end))
        return spans


NO_HIGHLIGHT = Highlighter()


def make_highlighter(query: str) -> Highlighter:
    """Return a highlighter of the terms that a search requires."""
    return Highlighter(tuple(term.pattern for term in parse_query(query).required))
