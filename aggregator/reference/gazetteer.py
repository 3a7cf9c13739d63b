"""The administrative divisions of China by GB/T 2260 code: provinces, cities, counties.

A municipality (北京, 天津, 上海, 重庆) is province and city at once: GB/T 2260 has a nameless city below it
(市辖区, 110100; Chongqing's counties have a second one, 县, 500200). Such a placeholder keeps its code but is not
part of a chain and never shown. The city of every place in a municipality is the first one: 朝阳区 is
(110000, 110100, 110105), Beijing (110000, 110100, None), 巫山县 (500000, 500100, 500237). For a county directly
under its province (济源市, 419001) the city is None.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from aggregator.messages import Message, decisions
from aggregator.model import Place
from aggregator.model.listing_keys import MAX_FURTHER

DATA: Final = Path(__file__).parents[1] / "data"
_UNKNOWN: Final = decisions.UNKNOWN_REGION()
Level = Literal[1, 2, 3]  # province, city (prefecture), county

_LEVELS: Final[dict[str, Level]] = {"province": 1, "city": 2, "county": 3}
_MUNICIPALITIES: Final = frozenset({"110000", "120000", "310000", "500000"})
_AUTONOMOUS: Final = ("特别行政区", "自治区", "自治州", "自治县", "自治旗")
_ETHNIC_NAMES: Final = re.compile(
    "(?:蒙古族?|藏族|回族|苗族|彝族|壮族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族?|傣族|黎族|傈僳族|佤族|畲族|拉祜族|水族|"
    "东乡族|纳西族|景颇族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯|普米族|朝鲜族|塔吉克|怒族|"
    "保安族|裕固族|独龙族|布依族|维吾尔|各族)+$"
)
_AREA_SUFFIX: Final = re.compile("(?:新区|林区|特区|矿区|地区|行政委员会)$")
_PLACEHOLDER: Final = re.compile("^(?:市辖区|县|(?:省|自治区)直辖县级行政区划)$")
_DEVELOPMENT_ZONE: Final = re.compile("^.{3,}(?:开发区|园区|示范区|管理区|管委会|名胜区|集聚区|聚集区|实验区)$")


@dataclass(frozen=True, slots=True)
class Division:
    """One line of GB/T 2260. ``short`` is the name without its kind of division (枣庄, 内蒙古, 延边)."""

    code: str
    name: str
    short: str
    level: Level
    parent: str | None

    @property
    def is_placeholder(self) -> bool:
        """Return whether it is a placeholder: 市辖区, 县, 省直辖县级行政区划."""
        return self.level == 2 and _PLACEHOLDER.match(self.name) is not None

    @property
    def is_zone(self) -> bool:
        """Return whether it is a development zone, which only the statistics office counts as a county."""
        return self.level == 3 and _DEVELOPMENT_ZONE.match(self.name) is not None


def short_name(name: str) -> str:
    """Return 枣庄 for 枣庄市, 延边 for 延边朝鲜族自治州, 浦东 for 浦东新区; two-character names stay (赵县, 城区)."""
    for suffix in _AUTONOMOUS:
        if name.endswith(suffix):
            stem = name.removesuffix(suffix)
            bare = _ETHNIC_NAMES.sub("", stem)
            return bare if len(bare) > 1 else stem
    if _DEVELOPMENT_ZONE.match(name):
        return name
    stem = _AREA_SUFFIX.sub("", name)
    if len(stem) > 1 and stem != name:
        return stem
    return name[:-1] if len(name) > 2 and name[-1] in "省市县区盟旗" else name


class Gazetteer:
    """All divisions, by code and by name. ``Gazetteer.load()`` returns the shipped one."""

    def __init__(self, divisions: tuple[Division, ...]) -> None:
        self.divisions = divisions
        self._by_code = {d.code: d for d in divisions}
        self._places: dict[str, Place] = {}
        self._ancestor_codes: dict[str, tuple[str, ...]] = {}
        self._children: dict[str | None, list[Division]] = {}
        for division in divisions:
            self._children.setdefault(division.parent, []).append(division)

    @classmethod
    def load(cls) -> Gazetteer:
        return _shipped_gazetteer()

    @classmethod
    def read_csv(cls) -> Gazetteer:
        """Read the shipped table; ``load`` caches it."""
        with (DATA / "divisions.csv").open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            return cls(
                tuple(
                    Division(code, name, short_name(name), _LEVELS[level], parent or None)
                    for code, name, level, parent in rows
                    if code != parent  # 东莞, 中山 and 儋州 have no counties
                )
            )

    def get(self, code: str) -> Division | None:
        return self._by_code.get(code)

    def children(self, code: str) -> tuple[Division, ...]:
        """Return the divisions directly below; placeholders are replaced by what is below them."""
        found: list[Division] = []
        for division in self._children.get(code, ()):
            found += self._children.get(division.code, ()) if division.is_placeholder else (division,)
        return tuple(found)

    def chain(self, code: str) -> tuple[Division, ...]:
        """Return the chain from the province to the division, without placeholders; empty for an unknown code."""
        chain: list[Division] = []
        division = self._by_code.get(code)
        while division:
            if not division.is_placeholder:
                chain.insert(0, division)
            division = self._by_code.get(division.parent or "")
        return tuple(chain)

    def provinces(self) -> tuple[Division, ...]:
        return tuple(self._children.get(None, ()))

    def siblings_of(self, code: str) -> tuple[Division, ...]:
        """Return the other divisions with the same parent."""
        chain = self.chain(code)
        if not chain:
            return ()
        siblings = self.children(chain[-2].code) if len(chain) > 1 else self.provinces()
        return tuple(d for d in siblings if d.code != code)

    def place(self, code: str, why: Message = _UNKNOWN) -> Place:
        """Return province, city and county of a code (cached without ``why``); an empty Place for an unknown one."""
        if why is not _UNKNOWN:
            return self._make_place(code, why)
        place = self._places.get(code)
        if place is None:
            place = self._make_place(code, why)
            if code in self._by_code:
                self._places[code] = place
        return place

    def _make_place(self, code: str, why: Message) -> Place:
        division = self._by_code.get(code)
        if division is None:
            return Place(why=why)
        province, county = f"{code[:2]}0000", code if division.level == 3 else None
        if province in _MUNICIPALITIES:
            return Place(province, f"{code[:2]}0100", county, why)
        city = (code, division.parent)[division.level - 2] if division.level > 1 else None
        return Place(province, None if city and city.endswith("9000") else city, county, why)

    def ancestor_codes(self, code: str) -> tuple[str, ...]:
        """Return the existing codes of province, city and county of a code (cached)."""
        codes = self._ancestor_codes.get(code)
        if codes is None:
            place = self.place(code)
            codes = self._ancestor_codes[code] = tuple(c for c in (place.province, place.city, place.county) if c)
        return codes

    def place_of_several(self, codes: Sequence[str]) -> Place:
        """Return the place of several known codes, the primary one first."""
        place = self.place(codes[0])
        return replace(place, further=self.further_codes(place, codes[1:]))

    def further_codes(self, place: Place, codes: Iterable[str]) -> tuple[str, ...]:
        """Return ``Place.further`` of a place that is about these regions as well: their codes and those around them,
        without its own."""
        own = {place.province, place.city, place.county}
        further: dict[str, None] = {}
        for code in codes:
            new = [each for each in self.ancestor_codes(code) if each not in own and each not in further]
            if len(further) + len(new) <= MAX_FURTHER:
                further |= dict.fromkeys(new)
        return tuple(further)

    def level(self, code: str) -> int:
        """Return 1 for a province, 2 for a city, 3 for a county, 4 for an unknown code."""
        division = self._by_code.get(code)
        return division.level if division else 4

    def contains(self, outer: str, inner: str) -> bool:
        """Return whether ``inner`` is the division ``outer`` or below it."""
        division = self._by_code.get(inner)
        while division and division.code != outer:
            division = self._by_code.get(division.parent or "")
        return division is not None or outer == self.place(inner).city

    def path(self, code: str, separator: str = "") -> str:
        """Return the short names of a chain: 山东枣庄山亭."""
        return separator.join(d.short for d in self.chain(code))

    def search(self, text: str, limit: int = 20) -> list[Division]:
        """Return divisions by code (370400, or its prefix 3704), name, short name or path (山东枣庄), best first."""
        wanted = "".join(text.split())
        if wanted.isdecimal() and len(wanted) <= 6:
            exact = self._by_code.get(wanted.ljust(6, "0"))
            return [exact] if exact else []
        ranked = [(rank, d) for d in self.divisions if (rank := self._rank(d, wanted)) is not None] if wanted else []
        ranked.sort(key=lambda pair: (pair[0], pair[1].level, pair[1].code))
        return [d for _, d in ranked[:limit]]

    def _rank(self, division: Division, query: str) -> int | None:
        """Return 0 for an exact name, more for a similar one, None for another one."""
        if division.is_placeholder:
            return None
        if query in (division.name, division.short):
            return 0
        if query.endswith((division.name, division.short)) and self._is_path(division, query):
            return 1
        if division.name.startswith(query):
            return 2
        return 3 if query in division.name else None

    def _is_path(self, division: Division, query: str) -> bool:
        """Return whether ``wanted`` consists of the division's chain, full or short, with levels omitted."""
        rest = query
        for link in self.chain(division.code):
            rest = rest.removeprefix(link.name if rest.startswith(link.name) else link.short)
        return not rest


@lru_cache(maxsize=1)
def _shipped_gazetteer() -> Gazetteer:
    return Gazetteer.read_csv()
