"""The place names of an item, section by section: each weighed by its surroundings, still open what it means. Pure."""

from __future__ import annotations

import itertools
import re
from typing import Final

from aggregator.placenames import Kind, Mention, Name, PlaceNames
from aggregator.steps.fold import fold
from aggregator.steps.surroundings import KINDS, SECTIONS, is_sure, weight_of
from aggregator.steps.toponyms import Toponym
from aggregator.steps.wordfit import Fit, fits

LEAD: Final = 120  # characters of the text that count as its lead
READ: Final = 1000  # characters of the text that are read at all; all reading is of folded text

_MANY: Final = re.compile("(?P<number>\\d{1,2})\\s?个?省(?![级道委城会])")
_NATIONWIDE: Final = 5  # so many provinces are the country
_DATELINE: Final = re.compile(
    "^[\\s【(「]*(?P<who>[^,。!?;、\n]{0,24}?)\\s*"
    "(?:[\\d〇一二三四五六七八九十]{1,3}月)?[\\d〇一二三四五六七八九十]{1,3}日?(?:综合)?(?:专?电|讯|消息|信息|报道)"
)
_SHORT_DATELINE: Final = re.compile("^[\\s【(「]*(?P<who>[^,。!?;、\n]{1,16}?)(?:专?讯|消息|快讯|报道)(?=[\\s(:】])")
_AGENCY: Final = re.compile("新华|中新|中国新闻|人民网|人民日报|央视|央广|光明|国际在线|中国网|记者")
_WORD_START: Final = re.compile(
    "(?:^|[^\\u4e00-\\u9fff]|[在到从于由赴往来去的和与及对向自为是将让给我爱游进访达离经过现看])$"
)
_SCHOOL_BETWEEN: Final = re.compile(".{0,5}大学(?:附属)?")
_BRANCH_AFTER: Final = re.compile("[市省]?[^,。!?;、]{0,5}(?:医院|校区|分校|学院|研究院|研究生院|校友会)")
_CLAUSE_END: Final = re.compile("[,。!?;:、\\s]")
_GLUE: Final = re.compile("^(?:省|市|县|区|州|地区|自治区|[·\\-—•/ ]|的)?$")


def read_names(title: str, text: str, dateline: str | None, names: PlaceNames) -> list[Toponym]:
    """All names of an item in the order of reading; ``title`` and ``text`` are folded."""
    return [one for section, part in _sections(title, text, dateline) for one in _read(section, part, names)]


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
    mentions = names.find(part)
    for mention, fit in zip(mentions, fits(part, mentions), strict=True):
        kind = mention.name.kind
        following = part[mention.end : mention.end + 8]
        weight = 0.0 if kind is Kind.BLOCK else weight_of(section, part, mention, following)
        if not weight or fit is Fit.APART:
            before = None
            continue
        sure = is_sure(mention, following)
        joined = before if before and _GLUE.match(part[before.mention.end : mention.start]) else None
        edge = mention.name.edge and not _WORD_START.search(part[: mention.start])
        loose = not sure and (edge or (fit is Fit.WITHIN and not joined))
        one = Toponym(section, mention, weight, sure, loose, mention.name.codes, joined)
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
