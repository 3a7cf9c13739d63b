"""Does a name stand in its text as a word, or do two words only happen to make it up (经营|口罩, 美丽|水乡)? Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from enum import Enum
from typing import Final

from aggregator.placenames import Kind, Mention

Word = tuple[str, int, int]  # with start and end, as segmented without guessing


class Fit(Enum):
    WHOLE = "whole"  # a word of the dictionary, and no unknown one around it
    WORD = "word"
    WITHIN = "within"  # perhaps part of a longer word (复合肥, 天台山) or of a person's name: needs company
    APART = "apart"  # its characters belong to different words: no name at all


_SHORT: Final = (Kind.SHORT, Kind.WORD)
_FIRM: Final = (Kind.NATIONAL, Kind.BLOCK)  # only dropped where both ends are torn off
_BRIEF: Final = (Kind.PASSING, Kind.INSTITUTION, Kind.LANDMARK)  # where of two characters
_LINKS: Final = frozenset(
    "在到从于由赴往来去的和与及对向自为是将让给我爱游进访达离经过现看至今昨赠称曝各全我入返抵驻离下了又一"
)
_SURNAMES: Final = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
    "姜范方石姚谭廖邹熊陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文曲柴裴"
)
_UNITS: Final = "年月日号时分点万个"
_ROLES: Final = frozenset(
    "演员 歌手 导演 主播 教授 院士 博士 主任 队长 球员 选手 作家 诗人 画家 教练 主帅 律师 董事长 总经理 首席 网红 "
    "男星 女星 影星 前锋 后卫 中场 门将 名将 国手 同志 烈士".split()
)


def fits(words: Sequence[Word], mentions: Sequence[Mention]) -> list[Fit]:
    """How each of the names of a text sits among its words; a name right behind another place is one."""
    starts = [start for _, start, _ in words]
    found: list[Fit] = []
    behind = -1  # where the last place ended
    for mention in mentions:
        first = bisect_right(starts, mention.start) - 1
        last = bisect_left(starts, mention.end) - 1
        fit = Fit.WHOLE if mention.start == behind else _fit(mention, words[first], words[last])
        if fit is Fit.WHOLE and first and mention.start != behind:
            fit = _after(mention, words[first - 1][0], words[first - 2][0] if first > 1 else "")
        found.append(fit)
        behind = mention.end if mention.name.codes and fit is not Fit.APART else -1
    return found


def _fit(mention: Mention, first: Word, last: Word) -> Fit:
    """``first`` and ``last``: the words that hold the name's first and last character."""
    kind = mention.name.kind
    left = first[1] < mention.start and first[2] < mention.end
    right = last[1] > mention.start and last[2] > mention.end
    if kind in _FIRM:
        return Fit.APART if left and right else Fit.WORD
    if left or (right and kind in _BRIEF and len(mention.name.text) == 2):
        return Fit.APART
    if kind not in _SHORT:
        return Fit.WORD
    inside = first[1] < mention.start
    if kind is Kind.WORD or (right and mention.name.edge):
        return Fit.APART if inside or right else Fit.WORD
    if inside or right:
        return Fit.WITHIN
    return Fit.WHOLE if first is last else Fit.WORD


def _after(mention: Mention, before: str, earlier: str) -> Fit:
    """A single character before a word may make another one of it (王汝南, 鼎龙湾), a role a person (演员黄山)."""
    if before[-1:].isdigit() and mention.name.text[0] in _UNITS:
        return Fit.APART  # 10日土拍
    if before in _ROLES and not mention.name.codes[0].endswith("0000"):
        return Fit.WITHIN
    if len(before) > 1 or not "\u4e00" <= before <= "\u9fff" or before in _LINKS:
        return Fit.WHOLE
    if mention.name.edge:
        return Fit.WORD
    person = before in _SURNAMES and not earlier.isdecimal() and not mention.name.codes[0].endswith("0000")
    return Fit.WITHIN if person else Fit.WHOLE
