"""Find the place names of an item, section by section, weighted by context but not yet disambiguated. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from aggregator.reference.place_names import Mention, NameKind, PlaceName, PlaceNames, resolve_overlaps
from aggregator.steps.places.context_weights import (
    KIND_WEIGHTS,
    SECTION_WEIGHTS,
    is_certain_place,
    is_street,
    mention_weight,
)
from aggregator.steps.places.cross_mention_weights import discount_mentions
from aggregator.steps.places.disambiguation import Toponym
from aggregator.steps.places.provinces_in_short import CODES_IN_SHORT
from aggregator.steps.places.word_boundaries import BoundaryFit, Word, boundary_fits, drop_torn_mentions
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.segment import segment

# Members of an enumeration are slow to look up in Python 3.11.
_BLOCK, _WHOLE, _WITHIN = NameKind.BLOCK, BoundaryFit.WHOLE, BoundaryFit.WITHIN

LEAD_LENGTH: Final = 120  # characters of the text that are its lead
READ_LENGTH: Final = 1000  # characters of the normalized text that are read

_PROVINCE_COUNT: Final = re.compile("(?P<number>\\d{1,2})\\s?个?省(?![级道委城会])")
_MIN_NATIONWIDE: Final = 5  # so many provinces mean the whole country
_DATELINE: Final = re.compile(
    "^[\\s【(「]*(?P<who>[^,。!?;、\n]{0,24}?)\\s*"
    "(?:[\\d〇一二三四五六七八九十]{1,3}月)?[\\d〇一二三四五六七八九十]{1,3}日?(?:综合)?(?:专?电|讯|消息|信息|报道)"
)
_SHORT_DATELINE: Final = re.compile("^[\\s【(「]*(?P<who>[^,。!?;、\n]{1,16}?)(?:专?讯|消息|快讯|报道)(?=[\\s(:】])")
_AGENCY: Final = re.compile("新华|中新|中国新闻|人民网|人民日报|央视|央广|光明|国际在线|中国网|记者")
_WORD_START: Final = re.compile("[^\\u4e00-\\u9fff]|[在到从于由赴往来去的和与及对向自为是将让给我爱游进访达离经过现看]")
_CLAUSE_MARKS: Final = ",。!?;:、\n"  # no word goes beyond
_CLAUSE_BREAK: Final = re.compile(f"[{_CLAUSE_MARKS}]")
_UP_TO_LAST_BREAK: Final = re.compile(f".*[{_CLAUSE_MARKS}]", re.S)
_CONNECTOR: Final = re.compile("^(?:省|市|县|区|州|地区|自治区|[·\\-—•/ ]|的)?$")


def find_toponyms(sections: Sequence[tuple[str, str]], names: PlaceNames) -> list[Toponym]:
    """Return all names of an item's sections in reading order."""
    return [one for section, part in sections if part for one in _read_section(section, part, names)]


def split_sections(title: str, text: str, dateline: str | None) -> list[tuple[str, str]]:
    """Return name and text of the sections of an item, whose ``title`` and ``text`` are normalized."""
    if dateline is None and (match := _DATELINE.match(text[:60]) or _SHORT_DATELINE.match(text[:40])):
        dateline, text = match["who"], text[match.end() :]
    sections = [("title", title), ("lead", text[:LEAD_LENGTH]), ("text", text[LEAD_LENGTH:])]
    if dateline:
        sections.insert(0, ("agency" if _AGENCY.search(dateline) else "dateline", fold(dateline)))
    return sections


def _read_section(section: str, part: str, names: PlaceNames) -> list[Toponym]:
    """Return the names of one section with their weights."""
    found: list[Toponym] = []
    before: Toponym | None = None
    candidates = names.find_candidates(part)
    words = _segment_title(part, candidates) if section == "title" else segment_around(part, candidates)
    mentions = resolve_overlaps(drop_torn_mentions(words, candidates))
    afters: list[Mention | None] = [*mentions, None]
    for mention, fit, after in zip(mentions, boundary_fits(words, mentions), afters[1:], strict=True):
        following = part[mention.end : mention.end + 8]
        street = is_street(mention, following) and not _is_continued_by(mention, after)
        weight = 0.0 if street or mention.name.kind is _BLOCK else mention_weight(section, part, mention, following)
        if not weight:
            before = None
            continue
        sure = is_certain_place(mention, following)
        joined = before if before and _CONNECTOR.match(part[before.mention.end : mention.start]) else None
        loose = not sure and (
            (fit is not _WHOLE and mention.name.needs_word_start and not _starts_word(part, mention.start))
            or (fit is _WITHIN and not joined)
        )
        one = Toponym(section, mention, weight, sure, loose, mention.name.codes, joined)
        found.append(one)
        before = one if one.codes else None
    if section == "title":
        found += _abbreviated_provinces(part, words, mentions)
    discount_mentions(found, part)
    if "省" in part and (match := _PROVINCE_COUNT.search(part)):  # 31个省
        name = PlaceName(match[0], NameKind.NATIONAL, (), 0)
        share = 1.6 if int(match["number"]) >= _MIN_NATIONWIDE else KIND_WEIGHTS[name.kind]
        weight = share * SECTION_WEIGHTS[section]
        found.append(Toponym(section, Mention(*match.span(), name), weight, False, False, ()))
    return found


def _segment_title(title: str, candidates: Sequence[Mention]) -> list[Word]:
    """Return the words of a title; none if it can name no place."""
    return segment(title, guess=False) if candidates or not _NAMES.keys().isdisjoint(title) else []


def segment_around(part: str, candidates: Sequence[Mention]) -> list[Word]:
    """Return the words of the clauses with candidates, each with the mark before it."""
    words: list[Word] = []
    end = 0
    for mention in candidates:
        if mention.start < end:
            continue
        before = _UP_TO_LAST_BREAK.match(part, end, mention.start)
        start = before.end() - 1 if before else end
        after = _CLAUSE_BREAK.search(part, mention.end)
        end = after.start() if after else len(part)
        words += [(word, start + first, start + last) for word, first, last in segment(part[start:end], guess=False)]
    return words


def _starts_word(part: str, start: int) -> bool:
    """Return whether a word can begin at ``start``: at the beginning, or after punctuation or a linking character."""
    return not start or _WORD_START.match(part, start - 1) is not None


def _is_continued_by(outer: Mention, inner: Mention | None) -> bool:
    """宁波镇海: return whether a place of the same province follows, not 镇, 路 or the like."""
    if inner is None or inner.start != outer.end:
        return False
    return bool({code[:2] for code in outer.name.codes} & {code[:2] for code in inner.name.codes})


def _abbreviated_provinces(part: str, words: Sequence[Word], mentions: Sequence[Mention]) -> list[Toponym]:
    """Return abbreviated provinces that no other name contains."""
    return [
        Toponym("title", one, KIND_WEIGHTS[one.name.kind] * SECTION_WEIGHTS["title"], True, False, one.name.codes)
        for one in find_abbreviations(part, words)
        if not any(mention.start <= one.start < mention.end for mention in mentions)
    ]


_CLEAR_ALONE: Final = "京津冀沪浙皖闽赣鲁豫鄂湘粤琼渝川黔滇陕"  # the others are common in words and names
_CITIES: Final = {
    "穗": "440100",
    "深": "440300",
    "莞": "441900",
    "杭": "330100",
    "甬": "330200",
    "蓉": "510100",
    "榕": "350100",
    "邕": "450100",
}
_NAMES: Final = {
    one: PlaceName(one, NameKind.PASSING, (code,), 0)
    for one, code in ({one: CODES_IN_SHORT[one] for one in _CLEAR_ALONE} | _CITIES).items()
}
_PLATE: Final = re.compile("[a-hj-np-z](?:牌|号牌|·|[0-9a-z]?\\d{2})")
_STATEMENT_START: Final = re.compile(  # statements about a province or its capital; 沪铝, 京北, 川普 are not
    "一(?=[男女小地市县高司名老村对家医学])|今[起日天年晚夏冬秋]|[明昨][起日天年晚]|将|拟|首[次批个条例家趟座季幅]|多[地所家个名]|新增|发布|公布|出台|"
    "启动|通报|举[办行]|推[出行进]|试[行点]|成立|再[次出添]|已有|明确|要求|实施|调整|[上下]调|取消|放开|率先|查[处获]|严[查打禁]|全[省市]|"
    "[男女]子|[二2]手房|商品|楼市|房价|土地|地铁|公交|轨道|出租车|中小学|高校|[高中]考|大学生|毕业生|医保|社保|公积金|限[购行价]|"
    "[市居]民|老人|消保委|房贷|高中|初中|幼儿园|医院|机场|暴雨|高温|降[温雨]|气温|入[春夏秋冬]|公安|交警|消防|高院|法院|检[方察]|警方?|纪委|两会|教育|卫[健计]|食药|工商|质[监检]|媒|籍|牌照|牌拍|"
    "高[招职]|中招|新规|部分|[首二三]套房|两(?=[名家所位网男女医])|(?:19|20)\\d\\d年|\\d{1,2}[月日]|\\d{1,5}[所名家位例]"
)
_CLAUSE_BREAKS: Final = frozenset(' ,。!?;:|丨“"(【')


def find_abbreviations(part: str, words: Sequence[tuple[str, int, int]]) -> Iterator[Mention]:
    """Return the provinces abbreviated in a normalized title; ``words`` is the title segmented without guessing."""
    for word, start, end in words:
        if word not in _NAMES:
            continue
        opening = not start or part[start - 1] in _CLAUSE_BREAKS
        if (opening and _STATEMENT_START.match(part, end)) or _PLATE.match(part, end):
            yield Mention(start, end, _NAMES[word])
