"""Provinces abbreviated to one character: 沪商品房成交回升, 粤一男子…, 鲁A牌照. Pure.

Only where a clause begins with it as a word, or on a number plate: elsewhere the character is part of a name or of a
list (鲁豫皖三省). Surnames, times and common words are excluded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from aggregator.reference.place_names import Mention, NameKind, PlaceName

_PROVINCES: Final = {
    "京": "110000",
    "津": "120000",
    "冀": "130000",
    "沪": "310000",
    "浙": "330000",
    "皖": "340000",
    "闽": "350000",
    "赣": "360000",
    "鲁": "370000",
    "豫": "410000",
    "鄂": "420000",
    "湘": "430000",
    "粤": "440000",
    "琼": "460000",
    "渝": "500000",
    "川": "510000",
    "黔": "520000",
    "滇": "530000",
    "陕": "610000",
}
_NAMES: Final = {one: PlaceName(one, NameKind.PASSING, (code,), 0) for one, code in _PROVINCES.items()}
_PLATE: Final = re.compile("[a-hj-np-z](?:牌|号牌|·|[0-9a-z]?\\d{2})")
_STATEMENT_START: Final = re.compile(  # statements about a province or its capital; 沪铝, 京北, 川普 are not
    "一(?=[男女小地市县高司名老村对家医学])|今[起日天年晚夏冬秋]|[明昨][起日天年晚]|将|拟|首[次批个条例家趟座]|多[地所家个名]|新增|发布|公布|出台|"
    "启动|通报|举[办行]|推[出行进]|试[行点]|成立|再[次出添]|已有|明确|要求|实施|调整|[上下]调|取消|放开|率先|查[处获]|严[查打禁]|全[省市]|"
    "[男女]子|[二2]手房|商品|楼市|房价|土地|地铁|公交|轨道|出租车|中小学|高校|[高中]考|大学生|毕业生|医保|社保|公积金|限[购行价]|"
    "[市居]民|老人|消保委|高院|法院|检[方察]|警方?|纪委|两会|教育|卫[健计]|食药|工商|质[监检]|媒|籍|牌照|牌拍|"
    "(?:19|20)\\d\\d年|\\d{1,2}[月日]"
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
