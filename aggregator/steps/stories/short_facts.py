"""Compare the facts of short news, of which a headline or a line is all there is: figures, places, countries, persons.

Where so little is said, one other fact is another event: 荷兰新增2例 and 北爱尔兰新增2例, 累计治愈60例 and
新增确诊60例, 连续3天 and 9天. 2例, 两例 and 2人 are one fact.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from aggregator.steps.stories.fact_conflicts import NUMERALS, find_contradictions, find_places, normalize_numeral
from feeds.chinese_names import COMMON_SURNAMES

_SHORT_LINE = 60  # characters of a statement that is compared word by word
_TIMES = frozenset("年月日号时点分")  # a longer text has others as well, such as that of its publication
_PERSONS = "例人名位员者"
_COUNTED = re.compile(
    rf"(?P<ordinal>第)?(?P<number>\d+(?:点\d+)?|(?:[零〇一二两三四五六七八九十百千]+))(?P<scale>[万亿])?(?P<unit>多?[{_PERSONS}]|个(?:病例|人|百分点|小时|月)?|[^\W\d_]|%|$)"
)
_PLAIN_FIGURE = re.compile(rf"第?[{NUMERALS}]+[{_PERSONS}{''.join(sorted(_TIMES))}个只条天]?")
_UNCOUNTED = re.compile(r"一(?!例|人|名|位|死|伤)[^\W\d_]")  # 一些, 一起, 一家 say no more than "a"
_KINDS = re.compile(
    "新增|累计|治愈|出院|死亡|遇难|身亡|失联|失踪|受伤|确诊|疑似|重症|无症状|输入|被困|获救|零新增|增至|升至"
)
_KIND_GROUPS = {
    "出院": "治愈", "遇难": "死亡", "身亡": "死亡", "失踪": "失联", "增至": "累计", "升至": "累计", "零新增": "无新增"
}  # fmt: skip
_EXCLUSIVE = ({"新增", "累计"}, {"治愈", "死亡", "受伤", "疑似", "重症", "无症状", "失联", "被困", "获救"})
_COUNTRIES_AND_REGIONS = (
    "北爱尔兰 爱尔兰 荷兰 英国 法国 德国 意大利 西班牙 葡萄牙 瑞士 瑞典 挪威 芬兰 "
    "丹麦 比利时 奥地利 波兰 捷克 匈牙利 罗马尼亚 保加利亚 希腊 土耳其 伊朗 伊拉克 "
    "以色列 沙特 印度尼西亚 印尼 印度 巴基斯坦 孟加拉 斯里兰卡 尼泊尔 泰国 越南 "
    "老挝 缅甸 柬埔寨 马来西亚 新加坡 菲律宾 日本 韩国 朝鲜 蒙古 澳大利亚 新西兰 "
    "加拿大 美国 墨西哥 古巴 巴西 阿根廷 智利 秘鲁 哥伦比亚 委内瑞拉 厄瓜多尔 南非 "
    "埃及 肯尼亚 尼日利亚 埃塞俄比亚 摩洛哥 阿尔及利亚 乌克兰 白俄罗斯 俄罗斯 冰岛 "
    "塞尔维亚 克罗地亚 斯洛文尼亚 斯洛伐克 爱沙尼亚 拉脱维亚 立陶宛 卢森堡 摩纳哥 "
    "马耳他 塞浦路斯 哈萨克斯坦 乌兹别克斯坦 阿富汗 叙利亚 黎巴嫩 约旦 科威特 卡塔尔 "
    "阿联酋 巴林 阿曼 也门 苏格兰 威尔士 英格兰 香港 澳门 台湾"
).split()
_COUNTRY_OR_REGION = re.compile("|".join(_COUNTRIES_AND_REGIONS))
_NONE_NEW = re.compile("[无零0]新增|没有新增|新增(?:确诊)?(?:病例)?(?:为)?[零0]")
_SPOT = re.compile(  # a small place, which is in no gazetteer: 竹渡一仓库起火, 兴县霞坪水库, 快讯:云塘发生车祸
    r"(?:^(?:快讯|突发|最新|速看|关注|痛心|注意)?|(?<=[省市县区旗州镇乡]))(?![酒饭商书药门网]店|[路门村窗港出入]口|[大高火矿]山|[全一本]村)"
    r"([\u4e00-\u9fff]{1,2}[河沟泉岭台坡湾滩庄坪岩店崖渡塘湖口寨屯桥关井峪山洞坝洼林里门镇乡村岛堡铺])"
    "(?=[一某]|发[生现]|突发|出土|拍到|特?大桥|遗址|水库|学校|[小中]学|煤矿|路段|附近|境内|火灾|车祸|地震)"
)
_SURNAMES = "".join(sorted(COMMON_SURNAMES))
_SYLLABLES = (  # characters that spell foreign names
    "阿埃艾爱安奥巴白拜班邦鲍贝本比彼毕宾波伯博卜布策查茨达戴丹道德登邓迪蒂丁顿多恩尔凡范菲费芬佛夫弗福盖戈哥格葛古"
    "哈汉豪赫亨胡霍基吉加贾杰金卡凯坎考柯科克肯库夸昆拉莱兰朗劳勒雷里利列林伦罗洛鲁路马迈曼芒梅门蒙米密缅明莫墨姆穆"
    "拿纳娜南瑙内尼涅宁牛诺欧帕潘庞佩皮平蒲普奇齐恰钱乔切琴丘热日荣瑞若萨塞桑沙莎森绍舍申圣施什史舒斯松苏索塔泰坦汤唐"
    "特滕提图土托瓦万威韦维沃乌武西希夏谢欣辛休雅亚延扬耶叶伊因尤约泽詹佐"
)
_NAMED = re.compile(  # the first characters of a name, a foreign one in full: 总统特朗普, 任命张三为, 李四夺冠
    r"(?:总统|总理|首相|国王|外长|防长|部长|议长|主席|州长|市长|大使|球星|教练|选手|演员|歌手|导演|作家|任命)"
    rf"([{_SYLLABLES}]{{3,6}}|[{_SURNAMES}][\u4e00-\u9fff]|[{_SYLLABLES}]{{2}}|[\u4e00-\u9fff]{{3}})"
    rf"|([{_SURNAMES}][\u4e00-\u9fff])[\u4e00-\u9fff]?(?=出?任|当选|被任|被免|夺|获|赢|卫冕|落马|被查|去世|逝世)"
)
Counts = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Facts:
    """Facts of a statement, without punctuation."""

    statement: str
    counts: Counts  # unit -> numbers
    kinds: Mapping[str, frozenset[str]]  # number of persons -> what is said of them
    nations: frozenset[str]
    places: frozenset[str]
    names: frozenset[str]  # their first characters

    @cached_property
    def pairs(self) -> frozenset[str]:
        """Return the character pairs of what is stated besides places and figures."""
        rest = _PLAIN_FIGURE.sub(" ", self.statement)
        for place in sorted(self.places | self.nations, key=len, reverse=True):
            rest = rest.replace(place, " ")
        return frozenset(part[at : at + 2] for part in rest.split() for at in range(len(part) - 1))


def read_facts(statement: str) -> Facts:
    """Return the facts of a normalized statement without punctuation."""
    counts: defaultdict[str, set[str]] = defaultdict(set)
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    found = list(_COUNTED.finditer(_UNCOUNTED.sub("  ", statement)))
    for at, match in enumerate(found):
        number = normalize_numeral(match["number"]) + (match["scale"] or "")
        unit = _unit(match)
        counts[unit].add(number)
        if unit == "人":
            start = found[at - 1].end() if at else 0
            end = found[at + 1].start() if at + 1 < len(found) else len(statement)
            kinds[number].update(_kinds(statement[start : match.start()]), _kinds(statement[match.end() : end]))
    return Facts(
        statement,
        {unit: frozenset(numbers) for unit, numbers in counts.items()},
        {number: frozenset(told) for number, told in kinds.items()},
        frozenset(_COUNTRY_OR_REGION.findall(statement)),
        frozenset(find_places(statement)),
        frozenset(match[1] or match[2] for match in _NAMED.finditer(statement)),
    )


def find_spots(headline: str) -> frozenset[str]:
    """Return the small places, such as villages and bays, that a normalized headline without punctuation names."""
    return frozenset(_SPOT.findall(headline))


def _unit(match: re.Match[str]) -> str:
    if match["ordinal"]:
        return "第"
    unit = match["unit"].removeprefix("多")
    return "人" if unit in ("个病例", "个人", "死", "伤") or (unit and unit in _PERSONS) else unit


def _kinds(text: str) -> set[str]:
    return {_KIND_GROUPS.get(kind, kind) for kind in _KINDS.findall(text)}


def state_other_facts(short: Facts, other: Facts) -> bool:
    """Return whether a short statement and another one, of any length, cannot be about one event."""
    both_short = max(len(short.statement), len(other.statement)) <= _SHORT_LINE
    if short.nations and other.nations and not (short.nations <= other.nations or other.nations <= short.nations):
        return True
    ours, theirs = short.places | short.nations, other.places | other.nations
    if ours and theirs and not ours & theirs:
        return True
    if both_short and _are_other_persons(short, other):
        return True
    if _is_of_a_person(short, other) or _are_none_and_some(short, other) or _are_none_and_some(other, short):
        return True
    units = short.counts.keys() & other.counts.keys() - (frozenset() if both_short else _TIMES)
    if any(_differ(short.counts[unit], other.counts[unit]) for unit in units):
        return True
    if any(_are_exclusive(told, other.kinds.get(number)) for number, told in short.kinds.items()):
        return True
    return both_short and bool(find_contradictions(short.statement, other.statement, 2, limit=1))


def share_words(short: Facts, other: Facts) -> bool:
    """Return whether a short statement and another one have more in common than places and figures."""
    return not short.pairs or any(pair in other.statement for pair in short.pairs)


def _are_other_persons(a: Facts, b: Facts) -> bool:
    """Return whether two short statements name different persons, or one a person and the other how many there are."""
    if a.names and b.names:
        return not any(ours.startswith(theirs) or theirs.startswith(ours) for ours in a.names for theirs in b.names)
    return bool((a.names and b.kinds) or (b.names and a.kinds))


def _is_of_a_person(short: Facts, other: Facts) -> bool:
    """Return whether a short statement names a person, and another one counts persons and does not name that one."""
    if not short.names or short.kinds or not other.kinds:
        return False
    return not any(name[:2] in other.statement for name in short.names)


def _are_none_and_some(none: Facts, some: Facts) -> bool:
    """Return whether one statement says that there is no new case, and the other one only how many there are."""
    if none.kinds or not _NONE_NEW.search(none.statement) or _NONE_NEW.search(some.statement):
        return False
    return any("新增" in told and number != "0" for number, told in some.kinds.items())


def _differ(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    return not (ours <= theirs or theirs <= ours)


def _are_exclusive(ours: frozenset[str], theirs: frozenset[str] | None) -> bool:
    """Return whether two numbers of persons, though equal, count others: those new and all, or those cured and dead."""
    if not ours or not theirs:
        return False
    return any(ours & group and theirs & group and not ours & theirs & group for group in _EXCLUSIVE)
