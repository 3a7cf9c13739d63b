"""Split many texts at once into clauses of letters and digits, without spaces and punctuation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.text.sorted_arrays import edges_of, sections_of
from feeds.cued_pattern import CuedPattern

MIN_LENGTH = 10  # letters of a clause

# Everything but words, blanks and %.:/- ends a clause, and so does a line; Han stand first, because most are.
_BREAK = re.compile(
    r"[^\u4e00-\u9fff\w \t\r\f\v\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000%.:/-]+"
)
_LETTERS = re.compile(r"[^\W_]+")
_BOILERPLATE = CuedPattern.compile(
    "编辑 来源 记者 原标题 点击 扫码 二维码 转载 版权 免责 关注 公众号 客户端 下载",
    r"责任编辑|编辑[:：]|来源[:：]|记者[:：]|原标题|点击|扫码|二维码|转载|版权|免责|关注|公众号|客户端|下载",
)
_LETTER, _END = 1, 2  # kinds of characters
_DOT, _SPACE = np.uint32(ord(".")), np.uint32(ord(" "))


@dataclass(frozen=True, slots=True)
class Clauses:
    """The clauses and the letters of several texts."""

    clauses: list[list[bytes]]  # of each text in order, each once, in UTF-8
    letters: NDArray[np.uint32]  # of all texts, one after the other
    starts: list[int]  # where those of each text begin, and the end
    utf8: bytes  # all letters
    utf8_starts: list[int]  # where those of each text begin, and the end

    def bare(self, number: int) -> bytes:
        """Return the letters of a text in UTF-8."""
        return self.utf8[self.utf8_starts[number] : self.utf8_starts[number + 1]]


def find_clauses(texts: Sequence[str]) -> Clauses:
    """Return the clauses of normalized texts, at least ten characters long, except boilerplate.

    A full stop before a space ends a clause as well.
    """
    edges = edges_of([len(text) + 1 for text in texts])
    joined = "".join([f"{text}\n" for text in texts])
    points = np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32)
    kinds = _kinds_of_characters()[points]
    is_letter = kinds == _LETTER
    ends = _ends(points, kinds)
    places = is_letter.nonzero()[0]  # of the letters
    letters = points[places]
    letter_edges = places.searchsorted(edges)
    utf8 = letters.tobytes().decode("utf-32-le").encode()
    offsets = _utf8_offsets(letters)

    before = places.searchsorted(ends)  # letters before each end
    long = (before[1:] - before[:-1] >= MIN_LENGTH).nonzero()[0]
    bounds = zip(offsets[before[long]].tolist(), offsets[before[long + 1]].tolist(), strict=True)
    owners = sections_of(ends[long + 1], edges).tolist()
    dropped = _boilerplate(joined, ends)
    clauses: list[dict[bytes, None]] = [{} for _ in texts]
    for at, owner, (start, end) in zip(long.tolist(), owners, bounds, strict=True):
        if at not in dropped:
            clauses[owner][utf8[start:end]] = None
    return Clauses(list(map(list, clauses)), letters, letter_edges.tolist(), utf8, offsets[letter_edges].tolist())


def _ends(points: NDArray[np.uint32], kinds: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the places of the characters that end clauses, and -1 before the first clause."""
    is_end = kinds == _END
    stops = (points[:-1] == _DOT) & (points[1:] == _SPACE)
    is_end[:-1] |= stops
    is_end[1:] |= stops
    return np.concatenate(([-1], is_end.nonzero()[0]))


def _utf8_offsets(letters: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Return where each letter begins in UTF-8, and the end."""
    offsets = np.zeros(letters.size + 1, np.intp)
    widths = (letters >= 0x80).view(np.int8) + (letters >= 0x800) + (letters >= 0x10000) + 1
    np.cumsum(widths, out=offsets[1:])
    return offsets


def _boilerplate(joined: str, ends: NDArray[np.intp]) -> set[int]:
    """Return the clauses that are boilerplate; clause n is between ends n and n + 1."""
    cues = [match.start() for match in _BOILERPLATE.cues.finditer(joined)]
    after = ends.searchsorted(cues)
    spans = zip((after - 1).tolist(), (ends[after - 1] + 1).tolist(), ends[after].tolist(), strict=True)
    return {clause for clause, start, end in spans if _BOILERPLATE.pattern.search(joined, start, end)}


@cache
def _kinds_of_characters() -> NDArray[np.uint8]:
    """Return the kind of each character."""
    kinds = np.zeros(0x110000, np.uint8)
    characters = np.arange(kinds.size, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    for kind, pattern in ((_LETTER, _LETTERS), (_END, _BREAK)):
        for match in pattern.finditer(characters):
            kinds[match.start() : match.end()] = kind
    return kinds
