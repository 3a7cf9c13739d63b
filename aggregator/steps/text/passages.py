"""Find the passages that two texts share, and the places of words in a text, by offsets into the texts as published.

Width, case, script, punctuation and spaces do not matter. Pure, and linear in the length of the texts but for passages
that are repeated, of which few are tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aggregator.steps.text.folded_offsets import fold_with_offsets

MAX_LENGTH = 8000  # characters of a text that are compared
_SEED = 5  # characters by which passages are found
_MIN_WEIGHT = 6.0  # of a passage: a Han character weighs 1,
_LATIN_WEIGHT = 0.3  # any other less
_MAX_TRIED = 12  # places of the same characters in the other text
_MAX_PLACES = 5  # of one word


class Span(NamedTuple):
    """``text[start:end]``."""

    start: int
    end: int


class Passage(NamedTuple):
    """The same passage in two texts."""

    a: Span
    b: Span


def shared_passages(a: str, b: str) -> list[Passage]:
    """Return the longest common passages of two texts, in the order of ``a`` and without overlaps there."""
    ours, theirs = _bare(a[:MAX_LENGTH]), _bare(b[:MAX_LENGTH])
    places = _seeds(theirs.letters)
    found: list[Passage] = []
    at = expected = 0
    while at + _SEED <= len(ours.letters):
        tried = places.get(ours.letters[at : at + _SEED], ())
        length, _, start = max(
            ((_common_length(ours.letters, at, theirs.letters, place), place == expected, place) for place in tried),
            default=(0, False, 0),
        )
        if length and _weight(ours.letters[at : at + length]) >= _MIN_WEIGHT:
            found.append(Passage(ours.span(at, at + length), theirs.span(start, start + length)))
            at, expected = at + length, start + length
        else:
            at, expected = at + 1, expected + 1
    return found


class _Bare(NamedTuple):
    """The letters and digits of a text, and where they are in it."""

    letters: str
    offsets: Sequence[int]

    def span(self, start: int, end: int) -> Span:
        return Span(self.offsets[start], self.offsets[end - 1] + 1)


def _bare(text: str) -> _Bare:
    folded, offsets = fold_with_offsets(text)
    kept = [(letter, offset) for letter, offset in zip(folded, offsets, strict=True) if letter.isalnum()]
    return _Bare("".join(letter for letter, _ in kept), [offset for _, offset in kept])


def _seeds(letters: str) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for at in range(len(letters) - _SEED + 1):
        known = places.setdefault(letters[at : at + _SEED], [])
        if len(known) < _MAX_TRIED:
            known.append(at)
    return places


def _common_length(a: str, i: int, b: str, j: int) -> int:
    """Return how long both texts are equal from these places on."""
    length = 0
    step = 64
    while step:
        if a[i + length : i + length + step] == b[j + length : j + length + step] and i + length + step <= len(a):
            length += step
        else:
            step //= 2
    return length


def _weight(passage: str) -> float:
    return sum(1.0 if letter >= "\u3400" else _LATIN_WEIGHT for letter in passage)


def find_words(text: str, words: Iterable[str]) -> list[Span]:
    """Return where words occur in a text, the first few places of each; of a single character only the first."""
    folded, offsets = fold_with_offsets(text)
    spans = []
    for word in words:
        wanted = fold_with_offsets(word)[0].strip()
        at = folded.find(wanted) if wanted else -1
        for _ in range(_MAX_PLACES if len(wanted) > 1 else 1):
            if at < 0:
                break
            spans.append(Span(offsets[at], offsets[at + len(wanted) - 1] + 1))
            at = folded.find(wanted, at + len(wanted))
    return merge_spans(spans)


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that overlap or touch as one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


Pieces = tuple[tuple[str, bool], ...]  # parts of a text, each with whether it is marked
_GAP = "……"


def mark(text: str, spans: Iterable[Span]) -> Pieces:
    """Return the whole text in pieces."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for span in spans:
        pieces += [(text[end : span.start], False), (text[span.start : span.end], True)]
        end = span.end
    return tuple(piece for piece in (*pieces, (text[end:], False)) if piece[0])


def extract(text: str, spans: Sequence[Span], context: int, limit: int) -> Pieces:
    """Return the spans with ``context`` characters around each, at most about ``limit`` characters in all.

    The longest spans are kept, in their order; one that is too long is cut.
    """
    kept: list[Span] = []
    left = limit
    for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
        if left <= 0:
            break
        kept.append(Span(span.start, min(span.end, span.start + left)))
        left -= kept[-1].end - kept[-1].start + 2 * context
    kept.sort()
    ends = {span.end for span in spans}
    pieces: list[tuple[str, bool]] = []
    end = 0
    for at, span in enumerate(kept):
        start = max(end, span.start - context)
        pieces += [(_GAP if start > end else "", False), (text[start : span.start], False)]
        pieces.append((text[span.start : span.end], True))
        following = kept[at + 1].start if at + 1 < len(kept) else len(text)
        end = min(span.end + context, following) if span.end in ends else span.end  # where it was cut
        pieces.append((text[span.end : end], False))
    pieces.append((_GAP if kept and end < len(text) else "", False))
    return tuple(piece for piece in pieces if piece[0])
