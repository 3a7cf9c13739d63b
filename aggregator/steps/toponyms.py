"""Toponyms: the place names of an item, each weighed by its surroundings and settled on one division. Pure."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from aggregator.gazetteer import Gazetteer
from aggregator.model import Place
from aggregator.placenames import Kind, Mention, Name, PlaceNames
from aggregator.steps.fold import fold
from aggregator.steps.surroundings import KINDS, SECTIONS, is_sure, weight_of

LEAD: Final = 120  # characters of the text that count as its lead
READ: Final = 1000  # characters of the text that are read at all; all reading is of folded text

_MANY: Final = re.compile("(?P<number>\\d{1,2})\\s?个?省(?![级道委城会])")
_NATIONWIDE: Final = 5  # so many provinces are the country
_DATELINE: Final = re.compile(
    "^[\\s【(「]*(?P<who>[^,。!?;、\n]{0,24}?)\\s*"
    "(?:[\\d〇一二三四五六七八九十]{1,3}月)?[\\d〇一二三四五六七八九十]{1,3}日?(?:综合)?(?:专?电|讯|消息|信息|报道)"
)
_SHORT_DATELINE: Final = re.compile("^[\\s【(「]*(?P<who>[^,。!?;、\n]{1,16}?)(?:专?讯|消息|快讯|报道)(?=[\\s(:】])")
_UNDIVIDED: Final = ("71", "81", "82")
_AGENCY: Final = re.compile("新华|中新|中国新闻|人民网|人民日报|央视|央广|光明|国际在线|中国网|记者")
_WORD_START: Final = re.compile(
    "(?:^|[^\\u4e00-\\u9fff]|[在到从于由赴往来去的和与及对向自为是将让给我爱游进访达离经过现看])$"
)
_SCHOOL_BETWEEN: Final = re.compile(".{0,5}大学(?:附属)?")
_BRANCH_AFTER: Final = re.compile("[市省]?[^,。!?;、]{0,5}(?:医院|校区|分校|学院|研究院|研究生院|校友会)")
_CLAUSE_END: Final = re.compile("[,。!?;:、\\s]")
_GLUE: Final = re.compile("^(?:省|市|县|区|州|地区|自治区|[·\\-—•/ ]|的)?$")


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


def toponyms(title: str, text: str, dateline: str | None, home: str | None, gazetteer: Gazetteer) -> list[Toponym]:
    """All names of an item in the order of reading; those that stay open have no code."""
    names = PlaceNames.load(gazetteer)
    title, text = fold(title), fold(text[:READ])
    found = [one for section, part in _sections(title, text, dateline) for one in _read(section, part, names)]
    for one in found:
        # 大埔 and 中山區 are at home in Hong Kong and Taipei, too, whose own divisions the gazetteer does not have
        one.loose |= (home or "")[:2] in _UNDIVIDED and min(map(gazetteer.level, one.codes), default=0) == 3
        _settle_by_parent(one, gazetteer)
    company = _Company(title + text, gazetteer.place(home) if home else Place(), names, gazetteer)
    company.settle(found)
    return found


def ancestry(code: str, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Province, city and county of a code, those that there are."""
    place = gazetteer.place(code)
    return tuple(c for c in (place.province, place.city, place.county) if c)


# ---------------------------------------------------------------- reading
def _sections(title: str, text: str, dateline: str | None) -> list[tuple[str, str]]:
    if dateline is None and (match := _DATELINE.match(text[:60]) or _SHORT_DATELINE.match(text[:40])):
        dateline, text = match["who"], text[match.end() :]
    sections = [("title", title), ("lead", text[:LEAD]), ("text", text[LEAD:])]
    if dateline:
        sections.insert(0, ("agency" if _AGENCY.search(dateline) else "dateline", fold(dateline)))
    return sections


def _read(section: str, part: str, names: PlaceNames) -> list[Toponym]:
    """The names of one section with the weight that their surroundings leave them."""
    found: list[Toponym] = []
    before: Toponym | None = None
    for mention in names.find(part):
        kind = mention.name.kind
        following = part[mention.end : mention.end + 8]
        weight = 0.0 if kind is Kind.BLOCK else weight_of(section, part, mention, following)
        if not weight:
            before = None
            continue
        sure = is_sure(mention, following)
        joined = before if before and _GLUE.match(part[before.mention.end : mention.start]) else None
        edge = mention.name.edge and not _WORD_START.search(part[: mention.start])
        one = Toponym(section, mention, weight, sure, edge and not sure, mention.name.codes, joined)
        found.append(one)
        before = one if one.codes else None
    _shade(found, part)
    _shade_schools(found, part)
    if match := _MANY.search(part):  # 31个省
        name = Name(match[0], Kind.NATIONAL, (), 0)
        share = 1.6 if int(match["number"]) >= _NATIONWIDE else KINDS[name.kind]
        weight = share * SECTIONS[section]
        found.append(Toponym(section, Mention(*match.span(), name), weight, False, False, ()))
    return found


def _shade(found: list[Toponym], part: str) -> None:
    """余杭区…西安东区: a short name from elsewhere tells little in the clause of a full one; it mostly is a street."""
    anchor: Toponym | None = None
    for one in found:
        if anchor and _CLAUSE_END.search(part, anchor.mention.end, one.mention.start):
            anchor = None
        full = one.mention.name.kind in (Kind.FULL, Kind.FORMER)
        if anchor and one.codes and not full and not _provinces(one) & _provinces(anchor):
            one.weight *= 0.3
        if full and not anchor:
            anchor = one


def _shade_schools(found: list[Toponym], part: str) -> None:
    """北京大学深圳医院: the branch is where it is, not where its university is."""
    for school, branch in itertools.pairwise(found):
        between = part[school.mention.end : branch.mention.start]
        named = school.mention.name.kind is Kind.INSTITUTION or _SCHOOL_BETWEEN.fullmatch(between)
        elsewhere = branch.codes and branch.mention.name.kind is not Kind.INSTITUTION
        if named and elsewhere and len(between) < 8 and _BRANCH_AFTER.match(part, branch.mention.end):
            school.weight *= 0.3


def _provinces(one: Toponym) -> set[str]:
    return {code[:2] for code in one.codes}


# ---------------------------------------------------------------- settling
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
    if one.parent and not one.parent.code:  # 和平西安: the first may still be settled by what follows
        _confirm(one.parent, one, gazetteer)
        one.parent = None
    if not one.codes or name.kind is Kind.WORD or one.loose:
        return
    widest = one.codes[0]
    if province or all(gazetteer.contains(widest, c) for c in one.codes) or _only_city(name, gazetteer):
        one.code = widest


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
            for code in ancestry(one.code, self._gazetteer) if one.code else ():
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
                one.code = self._names.prominent.get(one.mention.name.text)

    def _likeness(self, code: str, name: str) -> float:
        place = self._gazetteer.place(code)
        score = 0.0
        if place.city and place.city != code:
            score += 2 * self._weights.get(place.city, 0) + (0.6 if place.city == self._home.city else 0)
        if place.province and place.province != code:
            score += self._weights.get(place.province, 0) + (0.3 if place.province == self._home.province else 0)
        if any(town in self._whole for town in self._names.towns.get(code, ()) if town not in name):
            score += 4.0
        return score
