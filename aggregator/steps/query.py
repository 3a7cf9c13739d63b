"""What a reader typed into a search box, understood. Any input is a query; one without words wants nothing.

暴雨 预警          both, wherever they stand
"暴雨 abc"         side by side and in this order; also in “…”, 「…」 and 『…』
-上海  -"old town"  without it
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from aggregator.steps.fold import fold

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"([{_HAN}]+)|((?:(?![{_HAN}])[^\\W_])+)")
_CHUNK = re.compile(r"[^\W_]+")
_PIECE = re.compile(
    r'(?:(?<!\S)(?P<minus>[-−–]))?(?:["“”„「『](?P<quoted>[^"“”„」』]*)["“”„」』]?|(?P<bare>[^\s"“”„「」『』]+))'
)
LONGEST = 64  # characters of a run, runs of a term; what is longer is no word
MOST = 16  # terms of a query that count


def runs_of(text: str) -> list[tuple[str, bool]]:
    """The runs of folded text, each with whether it is one of Han characters; all others are whole words."""
    return [(han or other, bool(han)) for han, other in _RUN.findall(text)]


@dataclass(frozen=True, slots=True)
class Term:
    """Runs, folded, that stand side by side; nothing but blanks and punctuation is between them."""

    runs: tuple[str, ...]

    @property
    def lone(self) -> bool:
        """One Han character by itself."""
        return len(self.runs) == 1 and len(self.runs[0]) == 1 and is_han(self.runs[0])

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds it in folded text."""
        return _pattern(self.runs)


@dataclass(frozen=True, slots=True)
class Query:
    wanted: tuple[Term, ...] = ()  # every one of them
    unwanted: tuple[Term, ...] = ()  # none of them


def is_han(run: str) -> bool:
    return _RUN.match(run)[1] is not None  # type: ignore[index]


def understand(text: str) -> Query:
    wanted: dict[Term, None] = {}
    unwanted: dict[Term, None] = {}
    for piece in _PIECE.finditer(fold(text)):
        terms = _terms(piece["bare"]) if piece["quoted"] is None else _together(piece["quoted"])
        (unwanted if piece["minus"] else wanted).update(dict.fromkeys(terms))
    return Query(tuple(wanted)[:MOST], tuple(unwanted)[:MOST])


def _terms(bare: str) -> Iterator[Term]:
    """Each run is a term; but what touches a single Han character belongs to it: 3月15日, B超."""
    for chunk in _CHUNK.findall(bare):
        runs = [run[:LONGEST] for run, _ in runs_of(chunk)]
        if len(runs) > 1 and any(len(run) == 1 and is_han(run) for run in runs):
            yield Term(tuple(runs[:LONGEST]))
        else:
            yield from (Term((run,)) for run in runs)


def _together(quoted: str) -> Iterator[Term]:
    runs = tuple(run[:LONGEST] for run, _ in runs_of(quoted))[:LONGEST]
    if runs:
        yield Term(runs)


@lru_cache(256)
def _pattern(runs: tuple[str, ...]) -> re.Pattern[str]:
    other = f"(?![{_HAN}])[^\\W_]"
    parts = []
    for at, run in enumerate(runs):
        han = is_han(run)
        if at:  # two words, and two runs of Han, do not touch: they would be one
            parts.append(r"[\W_]+" if han == is_han(runs[at - 1]) else r"[\W_]*")
        word = re.escape(run)
        parts.append(word if han else f"(?<!{other}){word}" + ("" if len(run) == LONGEST else f"(?!{other})"))
    return re.compile("".join(parts))
