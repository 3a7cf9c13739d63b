"""Forms of bulletins that are a series from their first issue: weather, prices, lottery and others, by their titles.

A form counts only where its name ends a part of the title (天气预报：…) that has a mark of an issue: a date, a weekday
or a number. "天气预报准不准" is news about forecasts. All issues have that part in common, up to the end of the name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

SeriesForm = Literal["weather", "air", "lottery", "prices", "epidemic", "traffic", "live", "numbered"]

MARK, ISSUE_NUMBER = "\x01", "\x02"  # stand for each character of a mark of an issue, and of 第3期
_MAX_NUMBERED = 16  # characters of a part with 第3期; a longer one is a headline
_END = rf"(?=$|[{MARK}{ISSUE_NUMBER}\s:,|丨】\])(\[【·—!_-])"
_FORMS: dict[SeriesForm, str] = {
    "weather": "(?:天气(?:预报|实况|快报|播报|提示|信息|公报|简报|展望)?|气象(?:播报|信息|预报))"
    rf"(?:{_END}|(?=最高|最低|气温))"
    rf"|\bweather (?:forecast|report|bulletin){_END}",
    "air": rf"空气质量(?:日报|周报|月报|预报|播报|实况|指数|状况)?{_END}|\bair quality (?:report|index|forecast){_END}",
    "lottery": rf"(?:双色球|大乐透|3d|排列[三五35]|七星彩|七乐彩|快乐8|[福体]彩|彩票)[^:,|]{{0,24}}?"
    rf"(?:开奖|中奖号码|奖号)(?:结果|公告|号码|信息)?{_END}|\b(?:lottery results|winning numbers){_END}",
    "prices": rf"(?:[菜油猪粮蛋肉金银鱼煤]价|(?:蔬菜|生猪|猪肉|水果|农产品|粮油|成品油)(?:批发)?价格)"
    rf"(?:行情|播报|日报|周报|信息|快报|监测|表)?{_END}",
    "epidemic": rf"(?:疫情|新冠|流感|登革热)[^:,|]{{0,12}}?(?:通报|播报|速报|日报|周报|快报|动态){_END}",
    "traffic": rf"(?:路况|限行)(?:信息|播报|快报|通报|提示|速报|尾号)?{_END}|\btraffic report{_END}",
    "numbered": rf"{ISSUE_NUMBER}+(?!{ISSUE_NUMBER}){_END}",
}
_LIVE = re.compile(
    r"^[【\[(]?(?:正在)?(?:图文|视频|文字|现场|实时)?(?:直播|滚动)(?:新闻|播报|快讯|回放|回看|录像|更新|中)?(?=[】\])|丨·])"
)
_LABEL = re.compile(r"^[【\[][^【】\[\]]{2,12}[】\]]")  # names a series without a mark: 【天气预报】
_PART_END = re.compile(r"[:|丨【】()\[\],;!?。]")
OF_ACCIDENTS: frozenset[SeriesForm] = frozenset({"epidemic", "traffic"})  # bulletins that count victims as well


@dataclass(frozen=True, slots=True)
class FormMatch:
    """A form and the part of the title that has it."""

    form: SeriesForm
    start: int
    end: int


def find_form(blanked: str) -> FormMatch | None:
    """Return the form of a folded title of which the marks are blanked; None if it is of no form."""
    live = _LIVE.search(blanked)
    if live:
        return FormMatch("live", live.start(), live.end())
    searched = len(blanked)
    if not has_mark(blanked):
        label = _LABEL.search(blanked)
        if label is None:
            return None
        searched = label.end()
    for match in _by_form().finditer(blanked, 0, searched):
        form: SeriesForm = match.lastgroup  # type: ignore[assignment]
        start = max((end.end() for end in _PART_END.finditer(blanked, 0, match.start())), default=0)
        if form != "numbered":
            return FormMatch(form, start, match.end())
        following = _PART_END.search(blanked, match.end())
        found = FormMatch(form, start, following.start() if following else len(blanked))
        if _is_name(blanked[found.start : found.end]):
            return found
    return None


@cache
def _by_form() -> re.Pattern[str]:
    """Return the expression with a group for each form; compiled when it is needed, which takes 15 ms."""
    return re.compile("|".join(f"(?P<{form}>{pattern})" for form, pattern in _FORMS.items()))


def has_mark(blanked: str) -> bool:
    """Return whether a title with blanked marks has any."""
    return MARK in blanked or ISSUE_NUMBER in blanked


def _is_name(part: str) -> bool:
    """Return whether a part with 第3期 is short enough to be the name of a series."""
    return len(part.replace(MARK, "").replace(ISSUE_NUMBER, "").strip()) <= _MAX_NUMBERED
