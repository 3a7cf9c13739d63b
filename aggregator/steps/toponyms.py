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

LEAD: Final = 120  # characters of the text that count as its lead
READ: Final = 1000  # characters of the text that are read at all; all reading is of folded text
SECTIONS: Final = {"dateline": 4.0, "agency": 0.4, "title": 6.0, "lead": 2.5, "text": 1.0}

_KIND: Final = {
    Kind.FULL: 1.1,
    Kind.SHORT: 1.0,
    Kind.WORD: 0.7,
    Kind.ALIAS: 0.9,
    Kind.FORMER: 1.0,
    Kind.PASSING: 0.5,
    Kind.INSTITUTION: 0.6,
    Kind.LANDMARK: 0.7,
    Kind.OUTLET: 0.3,
    Kind.ABROAD: 1.0,
    Kind.NATIONAL: 0.7,
}
_STREET: Final = re.compile(  # 南京路, 北京花园, 石柱镇: named after the place, not in it
    "[东南西北中]?[一二三四五六七八九十]?(?:路(?!透)|街(?![道头])|大道|大街|巷|弄|里弄|胡同|立交|"
    "舰|花园|小区|公寓|新村|家园|名苑|名城|豪庭|酒店|宾馆|[镇乡村](?![长委民])|街道|社区)"
)
_BRAND: Final = re.compile("银行|航空(?!港)|证券|汽车|石化|期货|基金|信托|保险|大厦|恒大|富力|籍|产(?!业)|菜")
_TEAM: Final = re.compile("国安|申花|鲁能|宏远|[男女][篮排足]|队(?![伍列])")
_BOUND_BEFORE: Final = re.compile(  # on the way to somewhere else, or help for it: the item is hardly about that place
    "(?:飞往|开往|驶往|发往|运往|驶向|飞赴|奔赴|飞抵|途经|支援|驰援|援助|出征|增援|支持|补助|捐助|毗邻|邻近|除)$"
)
_FOR: Final = ("向", "为", "给")
_GIVEN_AFTER: Final = re.compile("[省市县区]?.{0,2}(?:空运|捐|援助|输送|赠|调拨|驰援|送去|运送)")
_FELT_AFTER: Final = re.compile("[^,。!?;、]{0,6}(?:有震感|震感)")
_MOVING_BEFORE: Final = re.compile("(?:来自|前往|返回|抵达|离开|[至到赴向经由往])$")
_MANY: Final = re.compile("(?P<number>\\d{1,2})\\s?个?省(?![级道委城会])")
_NATIONWIDE: Final = 5  # so many provinces are the country
_FROM_AFTER: Final = re.compile("输入|籍|回国|归国|归来|进口|返回|撤侨")
_HONOUR_AFTER: Final = re.compile(
    "[首前第最]|唯一|文明|先进|劳|领先|示范|优秀|十佳|百强|冠军|.{0,4}赛|试点|重点|知名|闻名"
)
_EXCEPT_AFTER: Final = re.compile("[省市]?(?:以外|之外|外(?![来出卖籍国交科地部围滩环贸商资媒]))")
_OFFICE: Final = re.compile(
    "[省市县区州]?(?:委|政府|警方|公安|交警|消防|民警|检察|法院|教育局|人社|卫健|疾控|应急|气象|文旅|市监|农业农村|住建|财政局|"
    "城管|税务|人大|政协|纪委|监委|融媒|电视台|一中|中学|小学|人民医院|中医院|县城|城区|境内|全境|全县|全区|经开区|高新区|"
    "群众|居民|新增|[籍站段]|(?:火车|高铁|汽车|收费)?[东南西北]?站|机场|高速|地震|发生)"
)
_DATELINE: Final = re.compile(
    "^[\\s【(「]*(?P<who>[^,。!?;、\n]{0,24}?)\\s*"
    "(?:[\\d〇一二三四五六七八九十]{1,3}月)?[\\d〇一二三四五六七八九十]{1,3}日?(?:综合)?(?:专?电|讯|消息|信息|报道)"
)
_SHORT_DATELINE: Final = re.compile("^[\\s【(「]*(?P<who>[^,。!?;、\n]{1,16}?)(?:专?讯|消息|快讯|报道)(?=[\\s(:】])")
_UNDIVIDED: Final = ("71", "81", "82")
_AGENCY: Final = re.compile("新华|中新|中国新闻|人民网|人民日报|央视|央广|光明|国际在线|中国网|记者")
_TOWN_AFTER: Final = re.compile("[^,。!?;、 ]{1,4}(?:[镇乡村路]|街道|社区|工业区|开发区)")
_WORD_START: Final = re.compile(
    "(?:^|[^\\u4e00-\\u9fff]|[在到从于由赴往来去的和与及对向自为是将让给我爱游进访达离经过现看])$"
)
_SCHOOL_AFTER: Final = re.compile(
    "(?:第?[一二三四五六七八九十])?[中小]学|[一二三四五六七八九十]中"
)  # 向阳小学 may be anywhere
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
        weight = 0.0 if kind is Kind.BLOCK else _weight(section, part, mention, following)
        if not weight:
            before = None
            continue
        sure = _is_sure(mention, following)
        joined = before if before and _GLUE.match(part[before.mention.end : mention.start]) else None
        edge = mention.name.edge and not _WORD_START.search(part[: mention.start])
        one = Toponym(section, mention, weight, sure, edge and not sure, mention.name.codes, joined)
        found.append(one)
        before = one if one.codes else None
    _shade(found, part)
    _shade_schools(found, part)
    if match := _MANY.search(part):  # 31个省
        name = Name(match[0], Kind.NATIONAL, (), 0)
        kind = 1.6 if int(match["number"]) >= _NATIONWIDE else _KIND[name.kind]
        weight = kind * SECTIONS[section]
        found.append(Toponym(section, Mention(*match.span(), name), weight, False, False, ()))
    return found


def _is_sure(mention: Mention, following: str) -> bool:
    """Does what follows show that a place is meant?"""
    if mention.name.kind is not Kind.WORD:
        return _OFFICE.match(following) is not None
    if not mention.start and _TOWN_AFTER.match(following):
        return True
    return _OFFICE.match(following) is not None and not _SCHOOL_AFTER.match(following)


def _weight(section: str, part: str, mention: Mention, following: str) -> float:
    kind = mention.name.kind
    if kind not in (Kind.FULL, Kind.FORMER) and _STREET.match(following):
        return 0.0
    if _EXCEPT_AFTER.match(following):
        return 0.0
    weight = _KIND[kind] * SECTIONS[section]
    if kind in (Kind.SHORT, Kind.WORD) and _BRAND.match(following):
        weight *= 0.3
    elif kind in (Kind.SHORT, Kind.WORD) and _TEAM.match(following):
        weight *= 0.5
    if _FELT_AFTER.match(following):  # an earthquake elsewhere
        weight *= 0.3
    if section == "lead" and not part[: mention.start].strip():
        weight *= 1.2  # the text opens with it, as with a dateline
    if kind is Kind.OUTLET and section == "dateline":
        weight = 0.7 * SECTIONS[section]
    if kind is Kind.ABROAD and (section != "title" or _FROM_AFTER.match(following)):
        weight *= 0.5
    if kind is Kind.NATIONAL and _HONOUR_AFTER.match(following):
        weight *= 0.2  # 全国首个, 全国文明城市: said of one place
    preceding = part[max(0, mention.start - 3) : mention.start]
    if _BOUND_BEFORE.search(preceding) or (preceding[-1:] in _FOR and _GIVEN_AFTER.match(following)):
        weight *= 0.25
    elif _MOVING_BEFORE.search(preceding):
        weight *= 0.6
    return weight


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
