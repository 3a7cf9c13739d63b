"""Disambiguate toponyms: which division each place name of an item means. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from aggregator.model import Place
from aggregator.reference.gazetteer import Division, Gazetteer
from aggregator.reference.place_names import Mention, NameKind, PlaceName, PlaceNames

# Members of an enumeration are slow to look up in Python 3.11.
_FULL, _SHORT, _WORD = NameKind.FULL, NameKind.SHORT, NameKind.WORD

_WITHOUT_COUNTIES: Final = ("71", "81", "82")


@dataclass(slots=True)
class Toponym:
    """A name in one section; ``code`` is None until it is resolved."""

    section: str
    mention: Mention
    weight: float
    is_certain: bool  # an office or the like follows: certainly a place
    needs_support: bool  # may be formed by two words: needs context
    codes: tuple[str, ...]
    parent: Toponym | None = None
    code: str | None = None


def disambiguate(
    toponyms: list[Toponym], full_text: str, home: str | None, names: PlaceNames, gazetteer: Gazetteer
) -> None:
    """Resolve each name to one division, by its neighbors, the other names of the normalized text, and the source's
    home region. Unresolved names keep no code.
    """
    for one in toponyms:
        # 大埔 and 中山區 also exist in Hong Kong and Taipei, whose divisions the gazetteer lacks
        one.needs_support |= (home or "")[:2] in _WITHOUT_COUNTIES and min(
            map(gazetteer.level, one.codes), default=0
        ) == 3
        _resolve_by_parent(one, gazetteer)
    _ContextResolver(full_text, gazetteer.place(home) if home else Place(), names, gazetteer).resolve(toponyms)


def _resolve_by_parent(toponym: Toponym, gazetteer: Gazetteer) -> None:
    """Resolve a name after another one within it, if possible; a name with one meaning to it."""
    name = toponym.mention.name
    province = name.kind is not _FULL and toponym.codes[:1] and gazetteer.level(toponym.codes[0]) == 1
    if toponym.parent and not province:  # 天津河北: the province, because the district is written 河北区
        above = toponym.parent.code or next(iter(toponym.parent.codes), None)
        within = [c for c in toponym.codes if above and c != above and gazetteer.contains(above, c)]
        if within:
            toponym.code = within[0]
            toponym.is_certain = True
            return
        if (toponym.parent.code or "")[:2] in _WITHOUT_COUNTIES and min(
            map(gazetteer.level, toponym.codes), default=0
        ) == 3:
            toponym.code = toponym.parent.code  # 台北大安区, which also exists in Sichuan
            return
        _doubt_after_stranger(toponym, toponym.parent, gazetteer)
    if toponym.parent and not toponym.parent.code:  # 和平西安: the first may still be resolved by the next
        _confirm_by_follower(toponym.parent, toponym, gazetteer)
        toponym.parent = None
    if not toponym.codes or name.kind is _WORD or toponym.needs_support:
        return
    widest = toponym.codes[0]
    if province or all(gazetteer.contains(widest, c) for c in toponym.codes) or _means_city(name, gazetteer):
        toponym.code = widest


def _doubt_after_stranger(toponym: Toponym, before: Toponym, gazetteer: Gazetteer) -> None:
    """西安曲江, 余杭区临平: a county's short name after a place it is not in is something within that place."""
    if (
        not before.code
        or toponym.mention.name.kind is not _SHORT
        or min(map(gazetteer.level, toponym.codes), default=0) < 3
    ):
        return
    toponym.needs_support = True
    if before.mention.name.kind is _FULL and gazetteer.level(before.code) == 3:
        toponym.weight *= 0.2


def _confirm_by_follower(word: Toponym, follower: Toponym, gazetteer: Gazetteer) -> None:
    """大兴亦庄: a common word is a place if a place within it follows."""
    if word.mention.name.kind is not _WORD or follower.mention.name.kind is _WORD or follower.needs_support:
        return
    around = [c for c in word.codes if any(gazetteer.contains(c, inner) for inner in follower.codes)]
    if around:
        word.code, word.is_certain, word.needs_support = around[0], True, False


def _means_city(name: PlaceName, gazetteer: Gazetteer) -> bool:
    """中山 without 区 is the city in Guangdong rather than the only county of that name."""
    levels = [gazetteer.level(c) for c in name.codes]
    return name.kind is not _FULL and (levels == [2, 3] or (name.kind is _SHORT and levels[:2] == [2, 3]))


def _is_district(division: Division | None) -> bool:
    return division is None or division.name.endswith("区")


class _ContextResolver:
    """Resolves open names by other names, towns, the home region, or the usual meaning."""

    def __init__(self, full_text: str, home: Place, names: PlaceNames, gazetteer: Gazetteer) -> None:
        self._full_text = full_text
        self._home = home
        self._names = names
        self._gazetteer = gazetteer
        self._weights: dict[str, float] = defaultdict(float)

    def resolve(self, toponyms: list[Toponym]) -> None:
        for one in toponyms:
            for code in self._gazetteer.ancestor_codes(one.code) if one.code else ():
                self._weights[code] += one.weight
        for one in toponyms:
            word = one.mention.name.kind is _WORD
            if one.code or not one.codes or (word and not one.is_certain):
                continue
            likely = {code: self._score(code, one.mention.name.text) for code in one.codes}
            best = max(likely, key=lambda code: likely[code])
            if likely[best] > 0 or (word and (len(one.codes) == 1 or _means_city(one.mention.name, self._gazetteer))):
                one.code = best
            elif not one.needs_support:
                one.code = self._names.prominent.get(one.mention.name.text) or self._only_county(one.mention.name)

    def _only_county(self, name: PlaceName) -> str | None:
        """海城 is the county of that name rather than a district, which is rarely named without 区 or its city."""
        counties = [code for code in name.codes if not _is_district(self._gazetteer.get(code))]
        return counties[0] if name.kind is _SHORT and len(counties) == 1 else None

    def _score(self, code: str, name: str) -> float:
        place = self._gazetteer.place(code)
        score = 0.0
        if place.city:
            score += 2 * self._weights.get(place.city, 0) + (0.6 if place.city == self._home.city else 0)
        if place.province and place.province != code:
            score += self._weights.get(place.province, 0) + (0.3 if place.province == self._home.province else 0)
        if any(town in self._full_text for town in self._names.towns.get(code, ()) if town not in name):
            score += 4.0
        return score
