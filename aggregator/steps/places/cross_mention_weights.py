"""Discount mentions by other mentions of their section: which name the scene, and which an origin.

Each function lowers the weights of mentions that count less than they seem to.
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from aggregator.reference.place_names import NameKind
from aggregator.steps.places.context_weights import weight_after_verb
from aggregator.steps.places.disambiguation import Toponym

# Members of an enumeration are slow to look up in Python 3.11.
_ABROAD, _NATIONAL, _INSTITUTION = NameKind.ABROAD, NameKind.NATIONAL, NameKind.INSTITUTION
_PASSING: Final = NameKind.PASSING
_VISITED: Final = (NameKind.FULL, NameKind.SHORT, NameKind.ALIAS, NameKind.FORMER, NameKind.PASSING)
_UNMISTAKABLE: Final = (NameKind.FULL, NameKind.FORMER)
_PARTS_OF_FIRM_NAMES: Final = (NameKind.SHORT, NameKind.LANDMARK)
_NEVER_IN_TITLES_OF_WORKS: Final = (NameKind.FULL, NameKind.FORMER, NameKind.OUTLET)

_UNIVERSITY_BETWEEN: Final = re.compile(".{0,5}大学(?:附属)?")
_BRANCH_AFTER: Final = re.compile("[市省]?[^,。!?;、]{0,5}(?:医院|校区|分校|学院|研究院|研究生院|校友会)")
_CLAUSE_END: Final = re.compile("[,。!?;:、\\s]")
_PERSON_AFTER: Final = re.compile(
    "[省市县]?(?:籍|[小大][伙哥姐妹爷妈叔姨]|一?[男女][子孩生童星]|姑娘|女婿|媳妇|夫[妻妇]|老[人板乡太汉]|青年|农民|学[子生]|"
    "务工|外卖|司机|教师|游客|旅客|客商|商人|网友|驴友|球迷|干部|人(?![民大社气才员工口行]))"
)
_ARRIVAL_BEFORE: Final = frozenset("在到来赴至去进入抵游闯")
_STOCK_MARKET: Final = re.compile(  # words alone, which ``re`` tries only where the first character of one is
    "股价|涨停|跌停|半年报|一季报|三季报|年报|净利|涨逾|跌逾|减持|增持|质押|停牌|复牌|龙虎榜|主力资金|研报(?!名)|目标价|每股|大股东|限售股"
)
_PLACE_ITSELF_AFTER: Final = re.compile(
    "[^\\u4e00-\\u9fff]|$|[省市]|上市|.{0,3}企业|国企|股民|证监|国资|多家|[一两三四五六七八九十]|本地|经济|的|有|今|昨|将"
)
_IMPORTED: Final = re.compile("输入|来自|入境|回国|归国|留学|直飞|航线|开通|出口|进口|援外|援助")
_QUOTED: Final = re.compile("《([^《》]{1,40})》")
_REGULATION_OR_PAPER: Final = re.compile(
    "条例|办法|规定|方案|意见|通知|通告|公告|规划|细则|措施|报告|决定|指南|日报|晚报|早报|都市报|新闻"
)
_RECIPE: Final = re.compile("做法|怎么[做吃挑选泡煮炒腌炖]|如何[做吃挑选]|教你[做挑炒]|食谱|菜谱|家常菜")
_NO_VISITOR: Final = re.compile(  # the whole country, its markets
    "全(?!国人大|国政协|国妇联|国总工会)|我国|各|多|海外|国际社会|世界各|[外内]地|中方|中国[政以外境]|\\d|[a-z]股|[沪深]|创业板|人民币|[美日欧]元|春运"
)
_VISIT: Final = re.compile("派|[赴抵]|进驻|指导|督[查察导]|检查|巡视|调研|考察|慰问|视察")
_INSTITUTE_AFTER: Final = re.compile("[^,。!?;:、\\s]{0,5}(?:大学|学院|医院|研究院|研究所)")
_CAUSE: Final = re.compile("受(?P<cause>[^。!?;\\n]{2,20}?)(?:的?影响|[波冲]及|拖累)")
_ROUTE_BETWEEN: Final = re.compile("[市县区]?\\s*[往至到\\-—]+\\s*")
_DIRECTION_AFTER: Final = re.compile("[市县区]?方向(?!盘)")
_FINDING: Final = re.compile("研究[团小队组人员者]{0,3}[:,#]?(?:显示|发现|表明|证实)")
_EVENT_AFTER: Final = re.compile("(?:举行|召开|开幕|闭幕|发布|签署|会见|会谈|揭晓|成立)")


def discount_mentions(toponyms: list[Toponym], part: str) -> None:
    """Lower the weights of the mentions of one section, in reading order."""
    if not toponyms:
        return
    _discount_strangers(toponyms, part)
    _discount_schools(toponyms, part)
    if len(toponyms) > 1:
        _discount_origins(toponyms, part)
        _discount_imports(toponyms, part)
        _discount_parent_bodies(toponyms)
        _discount_causes(toponyms, part)
        _discount_directions(toponyms, part)
        if toponyms[0].section == "title":
            _discount_visitors(toponyms, part)
        _discount_capital(toponyms, part)
    if "研究" in part:
        _discount_researchers(toponyms, part)
    if "《" in part:
        _discount_titles_of_works(toponyms, part)
    if _RECIPE.search(part):
        for one in toponyms:
            one.weight *= 0.4
    if _STOCK_MARKET.search(part):
        _discount_firm_names(toponyms, part)


def _discount_strangers(toponyms: list[Toponym], part: str) -> None:
    """余杭区…西安东区: a short name from elsewhere counts little in the clause of a full one; it is mostly a street."""
    anchor: Toponym | None = None
    for one in toponyms:
        if anchor and _CLAUSE_END.search(part, anchor.mention.end, one.mention.start):
            anchor = None
        full = one.mention.name.kind in _UNMISTAKABLE
        if anchor and one.codes and not full and not _share_province(one, anchor):
            one.weight *= 0.3
        if full and not anchor:
            anchor = one


def _discount_schools(toponyms: list[Toponym], part: str) -> None:
    """北京大学深圳医院: the branch counts, not its university."""
    for school, branch in itertools.pairwise(toponyms):
        between = part[school.mention.end : branch.mention.start]
        named = school.mention.name.kind is _INSTITUTION or _UNIVERSITY_BETWEEN.fullmatch(between)
        elsewhere = branch.codes and branch.mention.name.kind is not _INSTITUTION
        if named and elsewhere and len(between) < 8 and _BRANCH_AFTER.match(part, branch.mention.end):
            school.weight *= 0.3


def _discount_origins(toponyms: list[Toponym], part: str) -> None:
    """四川小伙在深圳创业: the scene is Shenzhen."""
    for one, there in itertools.pairwise(toponyms):
        arrives = there.codes and _follows_arrival(part, there.mention.start)
        if arrives and _PERSON_AFTER.match(part, one.mention.end) and not _share_province(one, there):
            one.weight *= 0.3


def _follows_arrival(part: str, start: int) -> bool:
    return part[max(0, start - 2) : start].removesuffix("\n")[-1:] in _ARRIVAL_BEFORE


def _discount_imports(toponyms: list[Toponym], part: str) -> None:
    """上海新增输入3例,来自法国和英国: the first place counts, not the origins."""
    abroad = [one for one in toponyms if one.mention.name.kind is _ABROAD]
    if abroad and toponyms[0].codes and _IMPORTED.search(part):
        for one in abroad:
            one.weight *= 0.3


def _discount_parent_bodies(toponyms: list[Toponym]) -> None:
    """中国科学院武汉病毒研究所, 国家税务总局山东省税务局: the local branch of a national body counts."""
    for body, branch in itertools.pairwise(toponyms):
        if body.mention.name.kind is _NATIONAL and branch.codes and body.mention.end == branch.mention.start:
            body.weight *= 0.3


def _discount_causes(toponyms: list[Toponym], part: str) -> None:
    """受上海疫情影响,苏州停运部分列车: the place that is affected counts."""
    if "受" not in part or not (match := _CAUSE.search(part)):
        return
    start, end = match.span("cause")
    causes = [one for one in toponyms if start <= one.mention.start < end]
    if any(one.codes and one not in causes for one in toponyms):
        for one in causes:
            one.weight *= 0.3


def _discount_directions(toponyms: list[Toponym], part: str) -> None:
    """定安县境内,高速公路海口往三亚方向: where a road goes counts little beside other places."""
    if "方向" not in part:
        return
    for one, other in itertools.pairwise(toponyms):
        is_route = _ROUTE_BETWEEN.fullmatch(part, one.mention.end, other.mention.start)
        if is_route and len(toponyms) > 2 and _DIRECTION_AFTER.match(part, other.mention.end):
            one.weight *= 0.3
            other.weight *= 0.3


def _discount_visitors(toponyms: list[Toponym], part: str) -> None:
    """国家减灾委派工作组赴山东: where a national body comes to counts, not the body."""
    visitors: list[Toponym] = []
    for one in toponyms:
        name, start, end = one.mention.name, one.mention.start, one.mention.end
        if name.kind is _NATIONAL and not _NO_VISITOR.match(name.text):
            visitors.append(one)
            continue
        if visitors and one.codes and name.kind in _VISITED:
            between = part[visitors[-1].mention.end : start + (name.kind is _PASSING)]  # 抵京 is one name
            if _VISIT.search(between) and not _CLAUSE_END.search(between):
                for visitor in visitors:
                    visitor.weight *= 0.3
                one.weight /= weight_after_verb(part, one.mention, part[end : end + 8])
        visitors = []


def _discount_researchers(toponyms: list[Toponym], part: str) -> None:
    """武汉大学研究发现: a finding is of no place, except to the outlets of where it was made."""
    finding = _FINDING.search(part)
    for one in toponyms:
        if finding and one.mention.start < finding.start():
            by_institute = one.mention.name.kind is _INSTITUTION or _INSTITUTE_AFTER.match(part, one.mention.end)
            one.weight *= 0.3 if by_institute else 1.0


def _discount_capital(toponyms: list[Toponym], part: str) -> None:
    """全国人大会议在北京举行: a national event in the capital is national."""
    if not any(one.mention.name.kind is _NATIONAL for one in toponyms):
        return
    for one in toponyms:
        at = one.codes[:1] == ("110000",) and part[: one.mention.start].endswith("在")
        if at and _EVENT_AFTER.match(part, one.mention.end):
            one.weight *= 0.4


def _discount_firm_names(toponyms: list[Toponym], part: str) -> None:
    """黄山旅游发布年报: in stock-market news a place is mostly the beginning of a company name."""
    for one in toponyms:
        partial = one.mention.name.kind in _PARTS_OF_FIRM_NAMES
        if partial and not _PLACE_ITSELF_AFTER.match(part, one.mention.end):
            one.weight *= 0.4


def _discount_titles_of_works(toponyms: list[Toponym], part: str) -> None:
    """《成都》, 《北京爱情故事》: a song or film is about no place; a regulation or newspaper is."""
    for quoted in _QUOTED.finditer(part):
        if _REGULATION_OR_PAPER.search(quoted[1]):
            continue
        for one in toponyms:
            inside = quoted.start() < one.mention.start and one.mention.end < quoted.end()
            if inside and one.mention.name.kind not in _NEVER_IN_TITLES_OF_WORKS:
                one.weight *= 0.3


def _share_province(one: Toponym, other: Toponym) -> bool:
    return not province_prefixes(one).isdisjoint(province_prefixes(other))


def province_prefixes(toponym: Toponym) -> set[str]:
    """Return the first two digits of all divisions a name may mean."""
    return {code[:2] for code in toponym.codes}
