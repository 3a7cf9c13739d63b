"""The names by which a text mentions a place: divisions, other names, institutions, sights, and names that exclude one.

``aggregator/data/places.csv`` and ``towns.csv`` document the kinds and their origin.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from aggregator.reference.gazetteer import DATA, Division, Gazetteer
from aggregator.reference.word_finder import WordFinder


class NameKind(StrEnum):
    """The kind of a name; the later ones are never a mention."""

    FULL = "full"  # 枣庄市
    SHORT = "short"  # 枣庄
    WORD = "word"  # also a common word (和平, 公安): needs context
    ALIAS = "alias"
    FORMER = "former"
    PASSING = "passing"  # 来鲁, 鲁企
    INSTITUTION = "institution"
    LANDMARK = "landmark"
    OUTLET = "outlet"
    ABROAD = "abroad"
    NATIONAL = "national"
    BLOCK = "block"  # 南京路, 北京时间: masks the name inside


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A name and every division it may mean, the largest first."""

    text: str
    kind: NameKind
    codes: tuple[str, ...]
    overlap_priority: int  # priority among overlapping names
    needs_word_start: bool = False  # easily formed by two words: needs context unless a word begins with it


@dataclass(frozen=True, slots=True)
class Mention:
    """A name at ``text[start:end]``."""

    start: int
    end: int
    name: PlaceName


_OVERLAP_BONUS: Final = {
    NameKind.FULL: 3,
    NameKind.WORD: -3,
    NameKind.ALIAS: 3,
    NameKind.FORMER: 3,
    NameKind.PASSING: -1,
    NameKind.INSTITUTION: 5,
    NameKind.LANDMARK: 3,
    NameKind.OUTLET: 5,
    NameKind.ABROAD: 5,
    NameKind.NATIONAL: 4,
    NameKind.BLOCK: 5,
}
_CITY_DISTRICTS: Final = ("市中区", "市北区", "市南区")
_SHORT_OVERLAP_BONUS: Final = {1: 6, 2: 4, 3: 0}


class PlaceNames:
    """All names, found in a text in one pass. ``PlaceNames.load(gazetteer)`` caches one for each gazetteer."""

    def __init__(
        self, gazetteer: Gazetteer, rows: Iterable[tuple[str, str, str]], towns: dict[str, tuple[str, ...]]
    ) -> None:
        """``rows`` are (kind, code, names separated by spaces); ``towns`` distinguish counties of one name."""
        self.towns = towns
        self._kinds: dict[str, NameKind] = {}
        self._codes: dict[str, list[str]] = {}
        self._boundary_sensitive: set[str] = set()
        self.prominent: dict[str, str] = {}
        for division in gazetteer.divisions:
            self._add_division(division, gazetteer)
        for kind, code, names in rows:
            for text in names.split():
                self._add(text, kind, code)
        self.names = self._build_names(gazetteer)
        self._finder = WordFinder([name.text for name in self.names])

    @classmethod
    def load(cls, gazetteer: Gazetteer) -> PlaceNames:
        return _load(gazetteer)

    def find_mentions(self, text: str) -> list[Mention]:
        """Return the mentions in a text from left to right, without overlaps."""
        return resolve_overlaps(self.find_candidates(text))

    def find_candidates(self, text: str) -> list[Mention]:
        """Return the longest name at each position of a text, from left to right; they may overlap."""
        longest = {start: (end, index) for index, start, end in self._finder.find(text)}  # a longer one comes later
        return [Mention(start, longest[start][0], self.names[longest[start][1]]) for start in sorted(longest)]

    def _add_division(self, division: Division, gazetteer: Gazetteer) -> None:
        if division.is_placeholder:
            return
        self._kinds[division.name] = NameKind.FULL
        self._codes.setdefault(division.name, []).append(division.code)
        for other, kind in _variant_names(division, gazetteer.get(division.parent or "")):
            self._kinds.setdefault(other, kind)
            self._codes.setdefault(other, []).append(division.code)

    def _add(self, text: str, kind: str, code: str) -> None:
        if kind == "prominent":
            self.prominent[text] = code
        elif kind == "edge":
            self._boundary_sensitive.add(text)
        elif kind == NameKind.WORD:
            if self._kinds.get(text) in (NameKind.FULL, NameKind.SHORT):
                self._kinds[text] = NameKind.WORD
        elif self._kinds.get(text) is not NameKind.FULL:
            self._kinds[text] = NameKind(kind)
            self._codes[text] = [code] if code else []

    def _build_names(self, gazetteer: Gazetteer) -> tuple[PlaceName, ...]:
        names: list[PlaceName] = []
        for text, kind in self._kinds.items():
            codes = sorted(self._codes[text], key=lambda code: (gazetteer.level(code), code))
            bonus = _SHORT_OVERLAP_BONUS[gazetteer.level(codes[0])] if kind is NameKind.SHORT else _OVERLAP_BONUS[kind]
            if kind is NameKind.INSTITUTION and len(text) == 2:  # 汶川大地震 does not mention 川大
                bonus = -1
            edge = len(text) == 2 and (
                kind is NameKind.OUTLET
                or (kind is NameKind.SHORT and (gazetteer.level(codes[0]) == 3 or text in self._boundary_sensitive))
            )
            names.append(PlaceName(text, kind, tuple(codes), 10 * len(text) + bonus, edge))
        return tuple(names)


def resolve_overlaps(candidates: Iterable[Mention]) -> list[Mention]:
    """Return the preferred names among overlapping ones."""
    found: list[Mention] = []
    for mention in candidates:
        if not found or found[-1].end <= mention.start:
            found.append(mention)
        elif mention.name.overlap_priority > found[-1].name.overlap_priority:
            found[-1] = mention
    return found


def _variant_names(division: Division, parent: Division | None) -> list[tuple[str, NameKind]]:
    """Return the short name and the usual forms of a long one: 都安瑶族自治县 is also 都安县."""
    others = [(division.short, NameKind.SHORT)] if division.short != division.name else []
    if division.name in _CITY_DISTRICTS and parent:  # 枣庄市中区: the 市 occurs once
        others.append((parent.short + division.name, NameKind.FULL))
    if division.name.endswith(("自治州", "自治县", "自治旗")):
        others.append((division.short + division.name[-1], NameKind.FULL))
    return others


def _csv_rows(file: str) -> Iterator[list[str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        yield from csv.reader(line for line in lines if not line.startswith("#"))


@lru_cache(maxsize=4)
def _load(gazetteer: Gazetteer) -> PlaceNames:
    towns = {code: tuple(names.split()) for code, names in _csv_rows("towns.csv")}
    return PlaceNames(gazetteer, [(kind, code, names) for kind, code, names in _csv_rows("places.csv")], towns)
