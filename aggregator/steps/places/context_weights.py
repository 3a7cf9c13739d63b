"""Weigh a mention by its context: whether it is certainly a place, and how much it counts. Pure."""

from __future__ import annotations

import re
from typing import Final

from aggregator.reference.place_names import Mention, NameKind

# Members of an enumeration are slow to look up in Python 3.11.
_SHORT, _WORD, _OUTLET = NameKind.SHORT, NameKind.WORD, NameKind.OUTLET
_ABROAD, _NATIONAL = NameKind.ABROAD, NameKind.NATIONAL
_UNMISTAKABLE: Final = (NameKind.FULL, NameKind.FORMER)

SECTION_WEIGHTS: Final = {"dateline": 4.0, "agency": 0.4, "title": 6.0, "lead": 2.5, "text": 1.0}

KIND_WEIGHTS: Final[dict[NameKind, float]] = {
    NameKind.FULL: 1.1,
    NameKind.SHORT: 1.0,
    NameKind.WORD: 0.7,
    NameKind.ALIAS: 0.9,
    NameKind.FORMER: 1.0,
    NameKind.PASSING: 0.5,
    NameKind.INSTITUTION: 0.6,
    NameKind.LANDMARK: 0.7,
    NameKind.OUTLET: 0.3,
    NameKind.ABROAD: 1.0,
    NameKind.NATIONAL: 0.7,
}
_STREET: Final = re.compile(  # 南京路, 北京花园, 石柱镇: named after the place, not in it
    "[东南西北中]?[一二三四五六七八九十]?(?:路(?!透)|街(?![道头])|大道|大街|巷|弄(?!堂)|里弄|胡同(?=[口东西南北\\d])|立交)|"
    "[东南西北中]?[二三四五六七八九十]?(?:舰|花园|小区|公寓|新村|家园|名苑|名城|豪庭|酒店|宾馆|[镇乡村](?![长委民村官超医支干])|街道|社区)"
)
_BRAND: Final = re.compile(  # named after the place; not 汽车站, 产妇, 菜农, 黄金周, 啤酒节
    "银行|航空(?!港|航天|产业|城|基地|枢纽|物流)|证券|汽车(?!.?站|客运|城|展|尾气|运输|产业)|石化|期货|基金|信托|保险|大厦|籍|产(?![业妇后房科权品])|"
    "菜(?![农市价场篮地园品])|电气|铜业|钢铁(?![产企去行])|股份|药业|啤酒(?![节城街屋])|水泥(?![路厂罐管桩板窑])|重工|医药(?!产|园|谷)|"
    "生物(?!多|医|产|谷|安)|酒家|长虹|机电|矿业(?!权|公|企|城)|乳业|黄金(?!周|海岸)|总领[事馆]|领事馆|旅[行游]团|[男女]星|"
    '铁路(?!公安|警|站|法|医院|[一二]中)|["”’]号'
)
_TEAM: Final = re.compile("国安|申花|鲁能|宏远|[男女][篮排足]|队(?![伍列])|人(?=对阵|客场|主场|vs)")
_BOUND_BEFORE: Final = tuple(  # on the way elsewhere, or help for it: the item is hardly about that place
    "飞往 开往 驶往 发往 运往 驶向 飞赴 奔赴 飞抵 途经 支援 驰援 援助 出征 增援 支持 补助 捐助 毗邻 邻近 除".split()
)
_BENEFICIARY_BEFORE: Final = ("向", "为", "给")
_GIVEN_AFTER: Final = re.compile("[省市县区]?.{0,2}(?:空运|捐|援助|输送|赠|调拨|驰援|送去|运送)")
_FELT_AFTER: Final = re.compile("[^,。!?;、]{0,6}(?:有震感|震感)")
_MOVING_BEFORE: Final = tuple("来自 前往 返回 抵达 离开 至 到 赴 向 经 由 往".split())
_FROM_AFTER: Final = re.compile(
    "输入|籍|至(?![今少此于])|飞[往抵赴至]|游客|旅客|留学生|客商|友人|媒体|代表团|回国|归国|归来|进口|返回|撤侨"
)
_HONOUR_AFTER: Final = re.compile(
    ".{0,4}首[个家例批座次部]|[首前第最]|唯一|文明|先进|劳|领先|示范|优秀|十佳|百强|冠军|.{0,4}赛|试点|重点|知名|闻名"
)
_EXCEPT_AFTER: Final = re.compile("[省市]?(?:以外|之外|外(?![来出卖籍国交科地部围滩环贸商资媒海]))")
_OFFICE: Final = re.compile(
    "[省市县区州]?(?:委|政府|警方|公安|交警|消防|民警|检察|法院|教育局|人社|卫健|疾控|应急|气象|文旅|市监|农业农村|住建|财政局|"
    "城管|税务|人大|政协|纪委|监委|融媒|电视台|一中|中学|小学|人民医院|中医院|县城|城区|境内|全境|全县|全区|经开区|高新区|"
    "群众|居民|新增|[籍站段]|(?:火车|高铁|汽车|收费)?[东南西北]?站|机场|高速|地震|发生)"
)
_TOWN_AFTER: Final = re.compile("[^,。!?;、 ]{1,4}(?:[镇乡村路]|街道|社区|工业区|开发区)")
_SCHOOL_AFTER: Final = re.compile(
    "(?:第?[一二三四五六七八九十])?[中小]学|[一二三四五六七八九十]中"
)  # 向阳小学 may be anywhere


def is_certain_place(mention: Mention, following: str) -> bool:
    """Return whether the following text shows that a place is meant."""
    if mention.name.kind is not _WORD:
        return _OFFICE.match(following) is not None
    if not mention.start and _TOWN_AFTER.match(following):
        return True
    return _OFFICE.match(following) is not None and not _SCHOOL_AFTER.match(following)


def is_street(mention: Mention, following: str) -> bool:
    """Return whether it is a street, village or building named after the place (南京路, 石柱镇)."""
    return mention.name.kind not in _UNMISTAKABLE and _STREET.match(following) is not None


def mention_weight(section: str, part: str, mention: Mention, following: str) -> float:
    """Return the weight of a mention in its section; 0 excludes it (山东以外). ``following``: the text after it in
    ``part``.
    """
    kind = mention.name.kind
    if "外" in following and _EXCEPT_AFTER.match(following):
        return 0.0
    weight = KIND_WEIGHTS[kind] * SECTION_WEIGHTS[section]
    if kind is _SHORT or kind is _WORD:
        if _BRAND.match(following):
            weight *= 0.3
        elif _TEAM.match(following):
            weight *= 0.5
    if "震感" in following and _FELT_AFTER.match(following):  # an earthquake elsewhere
        weight *= 0.3
    if section == "lead" and not part[: mention.start].strip():
        weight *= 1.2  # the text begins with it, like a dateline
    if kind is _OUTLET and section == "dateline":
        weight = 0.7 * SECTION_WEIGHTS[section]
    elif kind is _ABROAD:
        if section != "title" or _FROM_AFTER.match(following):
            weight *= 0.5
    elif kind is _NATIONAL:
        if _FROM_AFTER.match(following):
            weight *= 0.5
        if _HONOUR_AFTER.match(following):
            weight *= 0.2  # 全国首个, 全国文明城市: about one place
    return weight * weight_after_verb(part, mention, following)


def weight_after_verb(part: str, mention: Mention, following: str) -> float:
    """Return the factor of a mention after a verb of movement or help."""
    preceding = part[max(0, mention.start - 3) : mention.start].removesuffix("\n")
    if preceding.endswith(_BOUND_BEFORE) or (preceding.endswith(_BENEFICIARY_BEFORE) and _GIVEN_AFTER.match(following)):
        return 0.25
    return 0.6 if preceding.endswith(_MOVING_BEFORE) else 1.0
