"""Parse search queries. Any input is a query; one without words matches nothing.

暴雨 预警          both, anywhere
"暴雨 abc"         adjacent and in this order; also in “…”, 「…」 and 『…』
"山东 枣庄"        the same, and 山东枣庄: spaces between Chinese words may be missing
-上海  -"old town"  excludes
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import add

from aggregator.steps.text.normalize import fold

HAN_RANGES = (
    (0x3005, 0x3005),
    (0x3007, 0x3007),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
HAN = "".join(f"{chr(first)}-{chr(last)}" for first, last in HAN_RANGES)  # for a set of a regular expression
_RUN = re.compile(rf"([{HAN}]+)|([^\W_{HAN}]+)")
_CHUNK = re.compile(r"[^\W_]+")
_PIECE = re.compile(
    r'(?:(?<!\S)(?P<minus>[-−–]))?(?:["“”„「『](?P<quoted>[^"“”„」』]*)["“”„」』]?|(?P<bare>[^\s"“”„「」『』]+))'
)
MAX_RUN_LENGTH = 64  # maximum characters of a run, runs of a term
MAX_TERMS = 16  # maximum terms of a query
MAX_JOINS = 3  # spaces between Han of one term that may be missing: each doubles the variants


def split_runs(text: str) -> list[tuple[str, bool]]:
    """Return the runs of normalized text, each with whether it consists of Han characters; others are whole words."""
    return [(han or other, bool(han)) for han, other in _RUN.findall(text)]


def tokenize(text: str) -> list[str]:
    """Return the tokens of the search index of a normalized text.

    A run of Han characters becomes its overlapping bigrams and its last character alone, so that any part of it is
    found by its bigrams, and no token spans two runs. Everything else becomes whole words.
    """
    tokens: list[str] = []
    for run, han in split_runs(text):
        if han:
            tokens += map(add, run, run[1:])
            tokens.append(run[-1])
        else:
            tokens.append(run[:MAX_RUN_LENGTH])
    return tokens


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """Normalized runs that are adjacent, with only spaces and punctuation between.

    ``joints``: positions of runs that may touch the one before: both are Han, separated by a space.
    """

    runs: tuple[str, ...]
    optional_joins: tuple[int, ...] = ()

    @property
    def is_single_character(self) -> bool:
        """Return whether it is one Han character."""
        return len(self.runs) == 1 and len(self.runs[0]) == 1 and is_han(self.runs[0])

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return a pattern that finds it in normalized text."""
        return _compile_term(self.runs, self.optional_joins)

    @property
    def variants(self) -> tuple[tuple[str, ...], ...]:
        """Return the runs in every form: at each joint separate or joined."""
        found: list[tuple[str, ...]] = [()]
        for at, run in enumerate(self.runs):
            joined = [(*runs[:-1], runs[-1] + run) for runs in found] if at in self.optional_joins else []
            found = [(*runs, run) for runs in found] + joined
        return tuple(found)


@dataclass(frozen=True, slots=True)
class SearchQuery:
    required: tuple[SearchTerm, ...] = ()  # all of them
    excluded: tuple[SearchTerm, ...] = ()  # none of them


def is_han(run: str) -> bool:
    return _RUN.match(run)[1] is not None  # type: ignore[index]


def parse_query(text: str) -> SearchQuery:
    wanted: dict[SearchTerm, None] = {}
    unwanted: dict[SearchTerm, None] = {}
    for piece in _PIECE.finditer(fold(text)):
        terms = _parse_terms(piece["bare"]) if piece["quoted"] is None else _parse_phrase(piece["quoted"])
        (unwanted if piece["minus"] else wanted).update(dict.fromkeys(terms))
    return SearchQuery(tuple(wanted)[:MAX_TERMS], tuple(unwanted)[:MAX_TERMS])


def _parse_terms(bare: str) -> Iterator[SearchTerm]:
    """Return each run as a term; what touches a single Han character belongs to it: 3月15日, B超."""
    for chunk in _CHUNK.findall(bare):
        runs = [run[:MAX_RUN_LENGTH] for run, _ in split_runs(chunk)]
        if len(runs) > 1 and any(len(run) == 1 and is_han(run) for run in runs):
            yield SearchTerm(tuple(runs[:MAX_RUN_LENGTH]))
        else:
            yield from (SearchTerm((run,)) for run in runs)


def _parse_phrase(phrase: str) -> Iterator[SearchTerm]:
    runs, joints, end = list[str](), list[int](), 0
    for found in _RUN.finditer(phrase):
        if runs and found[1] and is_han(runs[-1]) and phrase[end : found.start()].isspace():
            joints.append(len(runs))
        runs.append(found[0][:MAX_RUN_LENGTH])
        end = found.end()
    if runs:
        yield SearchTerm(tuple(runs[:MAX_RUN_LENGTH]), tuple(joints[:MAX_JOINS]))


@lru_cache(256)
def _compile_term(runs: tuple[str, ...], optional_joins: tuple[int, ...]) -> re.Pattern[str]:
    other = f"(?![{HAN}])[^\\W_]"
    parts = []
    for at, run in enumerate(runs):
        han = is_han(run)
        if at:  # two words, and two runs of Han, cannot touch: they would be one
            parts.append(r"[\W_]+" if han == is_han(runs[at - 1]) and at not in optional_joins else r"[\W_]*")
        word = re.escape(run)
        parts.append(word if han else f"(?<!{other}){word}" + ("" if len(run) == MAX_RUN_LENGTH else f"(?!{other})"))
    return re.compile("".join(parts))
