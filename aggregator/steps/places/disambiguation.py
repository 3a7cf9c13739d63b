"""Toponyms: place names of an item, and which division each of them means there. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from aggregator.model import Place
from aggregator.reference.gazetteer import Division, Gazetteer
from aggregator.reference.place_names import Kind, Mention, Name, PlaceNames

_UNDIVIDED: Final = ("71", "81", "82")


@dataclass
class Toponym:
    """A name in one section; ``code`` is None until it is settled on a division."""

    section: str
    mention: Mention
    weight: float
    office: bool  # an office or the like follows: the name is surely a place
    loose: bool  # perhaps made up of two words: needs company
    codes: tuple[str, ...]
    parent: Toponym | None = None
    code: str | None = None


def settle(found: list[Toponym], whole: str, home: str | None, names: PlaceNames, gazetteer: Gazetteer) -> None:
    """Give each name the one division it means: by what stands beside it, by what else the text (``whole``, folded)
    names, by the source's home. Those that stay open keep no code."""
    for one in found:
        # 大埔 and 中山區 are at home in Hong Kong and Taipei, too, whose own divisions the gazetteer does not have
        one.loose |= (home or "")[:2] in _UNDIVIDED and min(map(gazetteer.level, one.codes), default=0) == 3
        _settle_by_parent(one, gazetteer)
    _Company(whole, gazetteer.place(home) if home else Place(), names, gazetteer).settle(found)


def _settle_by_parent(one: Toponym, gazetteer: Gazetteer) -> None:
    """A name right after another one lies within it, if it can; a name with one meaning has it."""
    name = one.mention.name
    province = name.kind is not Kind.FULL and one.codes[:1] and gazetteer.level(one.codes[0]) == 1
    if one.parent and not province:  # 天津河北: the province, as 河北区 would have been said
        above = one.parent.code or next(iter(one.parent.codes), None)
        within = [c for c in one.codes if above and c != above and gazetteer.contains(above, c)]
        if within:
            one.code = within[0]
            one.office = True
            return
        if (one.parent.code or "")[:2] in _UNDIVIDED and min(map(gazetteer.level, one.codes), default=0) == 3:
            one.code = one.parent.code  # 台北大安区, of which there is one in Sichuan
            return
        _settle_by_stranger(one, one.parent, gazetteer)
    if one.parent and not one.parent.code:  # 和平西安: the first may still be settled by what follows
        _confirm(one.parent, one, gazetteer)
        one.parent = None
    if not one.codes or name.kind is Kind.WORD or one.loose:
        return
    widest = one.codes[0]
    if province or all(gazetteer.contains(widest, c) for c in one.codes) or _only_city(name, gazetteer):
        one.code = widest


def _settle_by_stranger(one: Toponym, before: Toponym, gazetteer: Gazetteer) -> None:
    """西安曲江, 余杭区临平: a county's short name right after a place it does not lie in is something within that."""
    if (
        not before.code
        or one.mention.name.kind is not Kind.SHORT
        or min(map(gazetteer.level, one.codes), default=0) < 3
    ):
        return
    one.loose = True
    if before.mention.name.kind is Kind.FULL and gazetteer.level(before.code) == 3:
        one.weight *= 0.2


def _confirm(word: Toponym, follower: Toponym, gazetteer: Gazetteer) -> None:
    """大兴亦庄: a word that may name a place does, where a place within it follows."""
    if word.mention.name.kind is not Kind.WORD or follower.mention.name.kind is Kind.WORD or follower.loose:
        return
    around = [c for c in word.codes if any(gazetteer.contains(c, inner) for inner in follower.codes)]
    if around:
        word.code, word.office, word.loose = around[0], True, False


def _only_city(name: Name, gazetteer: Gazetteer) -> bool:
    """中山 without 区 is the city in Guangdong before the one county of that name."""
    levels = [gazetteer.level(c) for c in name.codes]
    return name.kind is not Kind.FULL and (levels == [2, 3] or (name.kind is Kind.SHORT and levels[:2] == [2, 3]))


def _is_district(division: Division | None) -> bool:
    return division is None or division.name.endswith("区")


class _Company:
    """Settles open names: by the other names, by towns, by the home, or by which of them is usually meant."""

    def __init__(self, whole: str, home: Place, names: PlaceNames, gazetteer: Gazetteer) -> None:
        self._whole = whole
        self._home = home
        self._names = names
        self._gazetteer = gazetteer
        self._weights: dict[str, float] = defaultdict(float)

    def settle(self, found: list[Toponym]) -> None:
        for one in found:
            for code in self._gazetteer.ancestry(one.code) if one.code else ():
                self._weights[code] += one.weight
        for one in found:
            word = one.mention.name.kind is Kind.WORD
            if one.code or not one.codes or (word and not one.office):
                continue
            likely = {code: self._likeness(code, one.mention.name.text) for code in one.codes}
            best = max(likely, key=lambda code: likely[code])
            if likely[best] > 0 or (word and (len(one.codes) == 1 or _only_city(one.mention.name, self._gazetteer))):
                one.code = best
            elif not one.loose:
                one.code = self._names.prominent.get(one.mention.name.text) or self._county(one.mention.name)

    def _county(self, name: Name) -> str | None:
        """海城 is the county of that name rather than a district, which is hardly told without its 区 or its city."""
        counties = [code for code in name.codes if not _is_district(self._gazetteer.get(code))]
        return counties[0] if name.kind is Kind.SHORT and len(counties) == 1 else None

    def _likeness(self, code: str, name: str) -> float:
        place = self._gazetteer.place(code)
        score = 0.0
        if place.city:
            score += 2 * self._weights.get(place.city, 0) + (0.6 if place.city == self._home.city else 0)
        if place.province and place.province != code:
            score += self._weights.get(place.province, 0) + (0.3 if place.province == self._home.province else 0)
        if any(town in self._whole for town in self._names.towns.get(code, ()) if town not in name):
            score += 4.0
        return score
