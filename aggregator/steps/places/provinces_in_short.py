"""Provinces by one character each, and where they are named so side by side: 川渝警方, 苏皖两省, 京津冀三地. Pure."""

from __future__ import annotations

import re
from typing import Final

CODES_IN_SHORT: Final = {
    "京": "110000",
    "津": "120000",
    "冀": "130000",
    "晋": "140000",
    "蒙": "150000",
    "辽": "210000",
    "吉": "220000",
    "黑": "230000",
    "沪": "310000",
    "苏": "320000",
    "浙": "330000",
    "皖": "340000",
    "闽": "350000",
    "赣": "360000",
    "鲁": "370000",
    "豫": "410000",
    "鄂": "420000",
    "湘": "430000",
    "粤": "440000",
    "桂": "450000",
    "琼": "460000",
    "渝": "500000",
    "川": "510000",
    "黔": "520000",
    "贵": "520000",
    "滇": "530000",
    "云": "530000",
    "藏": "540000",
    "陕": "610000",
    "甘": "620000",
    "青": "630000",
    "宁": "640000",
}
_SIGNS: Final = "".join(CODES_IN_SHORT)
_SIDE_BY_SIDE: Final = re.compile(  # first a sign, then what is before it: ``re`` tries no other position
    f"(?P<names>[{_SIGNS}](?:(?<![\\u4e00-\\u9fff].)|(?<=[在由让越跨].))[{_SIGNS}]{{1,3}})"
    "(?=[两二三四][地省市区]|(?:警方|公安|交警|消防|法院|海关|税务|检察|高院)|联[合手]|携手|共[建同享治]|签[署订约]|交界|省界|毗邻|互[认联通]|"
    "协同|合作|协作|跨省)"
)


def find_provinces_in_short(part: str) -> list[tuple[int, str]]:
    """Return position and code of each; none if there are not two or more."""
    match = _SIDE_BY_SIDE.search(part)
    return [(match.start() + at, CODES_IN_SHORT[one]) for at, one in enumerate(match["names"])] if match else []
