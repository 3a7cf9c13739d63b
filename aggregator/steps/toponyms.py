"""Toponyms: the place names of an item, each weighed by its surroundings and settled on one division. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from aggregator.gazetteer import Gazetteer
from aggregator.model import Place
from aggregator.placenames import Kind, Mention, Name, PlaceNames

LEAD: Final = 120  # characters of the text that count as its lead
READ: Final = 1000  # characters of the text that are read at all
SECTIONS: Final = {"dateline": 4.0, "agency": 0.4, "title": 6.0, "lead": 2.5, "text": 1.0}

_KIND: Final = {
    Kind.FULL: 1.1,
    Kind.SHORT: 1.0,
    Kind.WORD: 0.7,
    Kind.ALIAS: 0.9,
    Kind.FORMER: 1.0,
    Kind.INSTITUTION: 0.6,
    Kind.LANDMARK: 0.7,
    Kind.OUTLET: 0.3,
    Kind.ABROAD: 1.0,
    Kind.NATIONAL: 0.5,
}
_STREET: Final = re.compile(
    "[东南西北中]?[一二三四五六七八九十]?(?:路(?!透)|街(?![道头])|大道|大街|巷|弄|里弄|胡同|立交)"
)
_BRAND: Final = re.compile(
    "银行|航空|证券|汽车|石化|期货|基金|信托|保险|大厦|国安|申花|恒大|富力|鲁能|泰山队|宏远|男篮|女篮|女排|男排|队(?![伍列])|籍|产(?!业)|菜"
)
_AWAY_BEFORE: Final = re.compile(
    "(?:来自|飞往|开往|驶往|前往|发往|运往|驶向|飞赴|返回|途经|支援|驰援|援助|增援|抵达|离开|毗邻|邻近|[至到赴除])$"
)
_EXCEPT_AFTER: Final = re.compile("[省市]?(?:以外|之外|外(?![来出卖籍国交科地部围滩环贸商资媒]))")
_OFFICE: Final = re.compile(
    "[省市县区州]?(?:委|政府|警方|公安|交警|消防|民警|检察|法院|教育局|人社|卫健|疾控|应急|气象|文旅|市监|农业农村|住建|财政局|"
    "城管|税务|人大|政协|纪委|监委|融媒|电视台|一中|中学|小学|人民医院|中医院|县城|城区|境内|全境|全县|全区|经开区|高新区|"
    "群众|居民|新增|[籍镇乡站段]|街道|收费站|地震|发生)"
)
_DATELINE: Final = re.compile(
    "^[\\s【（(「]*(?P<who>[^，。！？；、\n]{0,24}?)\\s*"
    "(?:[\\d０-９〇一二三四五六七八九十]{1,3}月)?[\\d０-９〇一二三四五六七八九十]{1,3}日?"
    "(?:综合)?(?:专?电|讯|消息|信息|报道)"
)
_SHORT_DATELINE: Final = re.compile(
    "^[\\s【（(「]*(?P<who>[^，。！？；、\n]{1,16}?)(?:专?讯|消息|快讯|报道)(?=[\\s（(：:】])"
)
_AGENCY: Final = re.compile("新华|中新|中国新闻|人民网|人民日报|央视|央广|光明|国际在线|中国网|记者")
_GLUE: Final = re.compile("^(?:省|市|县|区|州|地区|自治区|[·\\-—－•/　 ]|的)?$")


@dataclass
class Toponym:
    """A name in one section; ``code`` is None until it is settled on a division."""

    section: str
    mention: Mention
    weight: float
    office: bool  # an office or the like follows: the name is surely a place
    codes: tuple[str, ...]
    parent: Toponym | None = None
    code: str | None = None


def toponyms(title: str, text: str, dateline: str | None, home: str | None, gazetteer: Gazetteer) -> list[Toponym]:
    """All names of an item in the order of reading; those that stay open have no code."""
    names = PlaceNames.load(gazetteer)
    found = [one for section, part in _sections(title, text, dateline) for one in _read(section, part, names)]
    for one in found:
        _settle_by_parent(one, gazetteer)
    _settle_by_company(found, gazetteer.place(home) if home else Place(), names, gazetteer)
    return found


def ancestry(code: str, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Province, city and county of a code, those that there are."""
    place = gazetteer.place(code)
    return tuple(c for c in (place.province, place.city, place.county) if c)


# ---------------------------------------------------------------- reading
def _sections(title: str, text: str, dateline: str | None) -> list[tuple[str, str]]:
    text = text[:READ]
    if dateline is None and (match := _DATELINE.match(text[:60]) or _SHORT_DATELINE.match(text[:40])):
        dateline, text = match["who"], text[match.end() :]
    sections = [("title", title), ("lead", text[:LEAD]), ("text", text[LEAD:])]
    if dateline:
        sections.insert(0, ("agency" if _AGENCY.search(dateline) else "dateline", dateline))
    return sections


def _read(section: str, part: str, names: PlaceNames) -> list[Toponym]:
    """The names of one section with the weight that their surroundings leave them."""
    found: list[Toponym] = []
    before: Toponym | None = None
    for mention in names.find(part):
        name = mention.name
        if name.kind is Kind.BLOCK:
            before = None
            continue
        following = part[mention.end : mention.end + 6]
        weight = _KIND[name.kind] * SECTIONS[section] * _context(part, mention, following)
        if not weight:
            before = None
            continue
        one = Toponym(section, mention, weight, bool(_OFFICE.match(following)), name.codes)
        if before and _GLUE.match(part[before.mention.end : mention.start]):
            one.parent = before
        found.append(one)
        before = one if name.codes else None
    return found


def _context(part: str, mention: Mention, following: str) -> float:
    kind = mention.name.kind
    if kind in (Kind.SHORT, Kind.WORD, Kind.ALIAS) and _STREET.match(following):
        return 0.0
    if _EXCEPT_AFTER.match(following):
        return 0.0
    factor = 1.0
    if kind in (Kind.SHORT, Kind.WORD) and _BRAND.match(following):
        factor = 0.3
    if _AWAY_BEFORE.search(part[max(0, mention.start - 3) : mention.start]):
        factor *= 0.5
    return factor


# ---------------------------------------------------------------- settling
def _settle_by_parent(one: Toponym, gazetteer: Gazetteer) -> None:
    """A name right after another one lies within it, if it can; a name with one meaning has it."""
    if one.parent:
        above = one.parent.code or next(iter(one.parent.codes), None)
        within = [c for c in one.codes if above and c != above and gazetteer.contains(above, c)]
        if within:
            one.code = within[0]
            one.office = True
            return
        if not one.parent.code:  # 和平西安: the first may still be settled by what follows
            one.parent = None
    name = one.mention.name
    if not one.codes or name.kind is Kind.WORD:
        return
    widest = one.codes[0]
    if name.kind is not Kind.FULL and gazetteer.level(widest) == 1:
        one.code = widest  # 吉林, 海南: the province, unless its parent said otherwise
    elif all(gazetteer.contains(widest, c) for c in one.codes) or _only_city(name, gazetteer):
        one.code = widest


def _only_city(name: Name, gazetteer: Gazetteer) -> bool:
    """朝阳 without 区 is the city in Liaoning before any county of that name."""
    return name.kind is not Kind.FULL and [gazetteer.level(c) for c in name.codes[:2]] == [2, 3]


def _settle_by_company(found: list[Toponym], home: Place, names: PlaceNames, gazetteer: Gazetteer) -> None:
    """Ambiguous names and common words: by the other names, then by the home, then by which one is usually meant."""
    company: dict[str, float] = defaultdict(float)
    for one in found:
        if one.code:
            for code in ancestry(one.code, gazetteer):
                company[code] += one.weight
    for one in found:
        if one.code or not one.codes:
            continue
        word = one.mention.name.kind is Kind.WORD
        if word and not one.office:
            continue
        best = max(one.codes, key=lambda c: _likeness(c, company, home, gazetteer))
        if _likeness(best, company, home, gazetteer) > 0 or (word and len(one.codes) == 1):
            one.code = best
        elif not word or one.office:
            one.code = names.prominent.get(one.mention.name.text)


def _likeness(code: str, company: dict[str, float], home: Place, gazetteer: Gazetteer) -> float:
    place = gazetteer.place(code)
    score = 0.0
    if place.city and place.city != code:
        score += 2 * company.get(place.city, 0) + (0.6 if place.city == home.city else 0)
    if place.province and place.province != code:
        score += company.get(place.province, 0) + (0.3 if place.province == home.province else 0)
    return score
