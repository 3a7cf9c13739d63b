"""Detect conflicting facts that an editor never rewords: numbers, dates, ordinals, places, names and some opposites.

Bulletins of one series share every word but these.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import islice

from aggregator.reference.gazetteer import Gazetteer
from aggregator.steps.stories.diff import Change, find_changes
from aggregator.steps.stories.entity_conflicts import is_different_name, is_different_word

NUMERALS = "0123456789点零〇一二两三四五六七八九十百千万亿"
_NUMBER = re.compile(r"\d+(?:点\d+)?|[零〇一二两三四五六七八九十百千万亿]+")
_LAST_NUMBER = re.compile(rf"(?:{_NUMBER.pattern})$")
_FIRST_COUNT = re.compile(rf"({_NUMBER.pattern})([^年月日号时分点])")
_HOUR = re.compile(r"\d{1,2}月\d{1,2}日(?:凌晨|清晨|早上|上午|中午|下午|傍晚|晚上?|深夜)?\d{1,2}[时点]")
_DIGITS = {c: k for k, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_SMALL_PLACE = "镇乡村屯寨路街巷桥站港道"
_OPPOSITES = [  # words of which one excludes the others; "=" is between those that mean the same
    [word.split("=") for word in words.split()]
    for words in (
        "蓝色 黄色 橙色 红色 蓝 黄 橙 红",
        "男 女",
        "上旬 中旬 下旬",
        "上午 下午 中午 凌晨 晚上",
        "东=东部 西=西部 南=南部 北=北部",
        "春季=春 夏季=夏 秋季=秋 冬季=冬",
        "涨=上涨=升=上升=增=增长=增加 跌=下跌=降=下降=减=减少",
        "冠军 亚军 季军",
        "发布 解除 变更",
        "开工 竣工 开幕 闭幕 开学 放假",
        "周一 周二 周三 周四 周五 周六 周日=周天",
        "期一 期二 期三 期四 期五 期六 期日=期天",
        "上半 下半",
        "上周 本周 下周",
        "甲组 乙组 丙组 丁组",
        "首批 末批",
        "走高=走强=收高=收涨 走低=走弱=收低=收跌",
        "高开 低开",
        "胜=赢 负=输 平",
        "左=左侧 右=右侧",
        "单号 双号",
        "阳性 阴性",
        "优 良 轻度 中度 重度",
        "进口 出口 入境 出境 进港 离港",
        "恢复=开通=开放 暂停=中断=关闭",
        "早高峰 晚高峰 早盘 午盘 尾盘",
        "小雨 中雨 大雨 暴雨 小雪 中雪 大雪 暴雪",
    )
]
_MEANINGS = {  # word -> (set of opposites, meaning within it)
    word: {
        (at, number) for at, meanings in enumerate(_OPPOSITES) for number, same in enumerate(meanings) if word in same
    }
    for word in {word for meanings in _OPPOSITES for same in meanings for word in same}
}


def normalize_numeral(numeral: str) -> str:
    """Return one spelling for a number: 二十三 and 23 are equal, and so are 2.0 and 2."""
    if numeral[0].isdigit():
        return numeral.rstrip("0").rstrip("点") if "点" in numeral else numeral.lstrip("0") or "0"
    total = section = digit = 0
    if not any(c in _UNITS or c in "万亿" for c in numeral):
        return "".join(str(_DIGITS[c]) for c in numeral).lstrip("0") or "0"
    for c in numeral:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _UNITS:
            section += (digit or 1) * _UNITS[c]
            digit = 0
        else:  # 亿 multiplies all before it, as in 一万亿; 万 what follows 亿, as in 一亿二千万
            total = total + (section + digit) * 10_000 if c == "万" else (total + section + digit) * 100_000_000
            section = digit = 0
    return str(total + section + digit)


def _expand_over_numerals(text: str, start: int, end: int) -> tuple[int, int]:
    """Extend a span to the whole of every number it cuts."""
    while start > 0 and text[start - 1] in NUMERALS:
        start -= 1
    while end < len(text) and text[end] in NUMERALS:
        end += 1
    return start, end


def _numbers(span: str) -> list[str]:
    return [normalize_numeral(match) for match in _NUMBER.findall(span)]


def find_numbers(text: str) -> frozenset[str]:
    """Return the numbers of a text without punctuation, each in one spelling."""
    return frozenset(_numbers(text))


def find_places(text: str) -> set[str]:
    """Return the short names of divisions that occur in a short text."""
    return _names(text, 0, len(text))


def _find_conflict(a: str, b: str, change: Change, verbatim: bool, edges: bool) -> str | None:
    start_a, end_a = _expand_over_numerals(a, change.a_start, change.a_end)
    start_b, end_b = _expand_over_numerals(b, change.b_start, change.b_end)
    left, right = a[start_a:end_a], b[start_b:end_b]
    if _is_stated_elsewhere(a, start_a, end_a, b) or _is_stated_elsewhere(b, start_b, end_b, a):
        return None
    ours, theirs = _numbers(left), _numbers(right)
    if ours and theirs and _NUMBER.sub("", left) == _NUMBER.sub("", right):
        if not _is_sublist(ours, theirs):
            return f"{left} ≠ {right}"
        if ours == theirs:  # 2 and 两
            return None
    elif edges and ours and theirs and _have_other_edges(left, right):
        return f"{left} ≠ {right}"
    spans = (change.a_start, change.a_end), (change.b_start, change.b_end)
    if (
        _are_opposites(a, spans[0], b, spans[1])
        or _are_different_places(a, spans[0], b, spans[1])
        or is_different_name(a, spans[0], b, spans[1])
        or (verbatim and is_different_word(a, spans[0], b, spans[1]))
    ):
        return f"{a[slice(*spans[0])]} ≠ {b[slice(*spans[1])]}"
    return None


def _have_other_edges(left: str, right: str) -> bool:
    """Return whether both sides of a change end with a number before what the texts share, or begin with one of the
    same unit after it, but each with another one. Days and hours do not count: reports of one event have several.
    """
    ends = _LAST_NUMBER.search(left), _LAST_NUMBER.search(right)
    starts = _FIRST_COUNT.match(left), _FIRST_COUNT.match(right)
    if ends[0] and ends[1] and normalize_numeral(ends[0][0]) != normalize_numeral(ends[1][0]):
        return True
    if not starts[0] or not starts[1] or starts[0][2] != starts[1][2]:
        return False
    return normalize_numeral(starts[0][1]) != normalize_numeral(starts[1][1])


def _is_stated_elsewhere(text: str, start: int, end: int, other: str) -> bool:
    """Return whether the other text states the same with its context at another position."""
    around = text[max(0, start - 3) : end + 2]
    return len(around) >= end - start + 4 and around in other


def _are_opposites(a: str, left: tuple[int, int], b: str, right: tuple[int, int]) -> bool:
    ours, theirs = _meanings_of(a, *left), _meanings_of(b, *right)
    return ours.isdisjoint(theirs) and any(mine[0] == other[0] for mine in ours for other in theirs)


def _are_different_places(a: str, left: tuple[int, int], b: str, right: tuple[int, int]) -> bool:
    """Return whether two place names are in the same position."""
    span, other = a[slice(*left)], b[slice(*right)]
    if max(len(span), len(other)) > 4:
        return False
    ours, theirs = _names(a, *left), _names(b, *right)
    if ours and theirs:
        return not ours & theirs
    return len(span) > 1 and len(other) > 1 and span[-1] in _SMALL_PLACE and other[-1] in _SMALL_PLACE


def _names(text: str, start: int, end: int) -> set[str]:
    """Return the divisions named by a change, with up to two characters around it."""
    known = _divisions()
    around = range(max(0, start - 2), end)
    spans = (text[i : i + n] for i in around for n in (2, 3, 4) if i + n > start and i + n <= end + 2)
    return {span for span in spans if span in known}


@cache
def _divisions() -> frozenset[str]:
    """Return the short names of provinces, cities and counties."""
    divisions = Gazetteer.load().divisions
    return frozenset(d.short for d in divisions if len(d.short) > 1 and not d.is_placeholder and not d.is_zone)


def _meanings_of(text: str, start: int, end: int) -> set[tuple[int, int]]:
    """Return the meanings of a change that has opposites, with or without an adjacent character."""
    around = text[start:end], text[start : end + 1], text[max(0, start - 1) : end]
    return set().union(*(_MEANINGS.get(word, ()) for word in around))


def _is_sublist(ours: list[str], theirs: list[str]) -> bool:
    """Return whether one list contains the other."""
    small, large = sorted((ours, theirs), key=len)
    return all(small.count(n) <= large.count(n) for n in small)


def find_contradictions(
    a: str, b: str, run: int = 4, limit: int = 9, *, verbatim: bool = False, edges: bool = False
) -> list[str]:
    """Return the first ``limit`` statements in which two similar texts differ in the same position, e.g. ["18 ≠ 17"].

    Both normalized, without spaces and punctuation. In ``verbatim`` texts, which nobody rewords, any other word counts.
    """
    found = (_find_conflict(a, b, change, verbatim, edges) for change in find_changes(a, b, run))
    return list(islice((conflict for conflict in found if conflict), limit))


def is_same_series(a: str, b: str, days: float) -> bool:
    """Return whether two normalized titles look like bulletins of one series: equal except numbers, dates or places.

    One other number within a day is an update (two injured, three injured), not a bulletin. Latin titles share too many
    letter pairs by chance to tell.
    """
    if a.isascii() or b.isascii() or not _share_bigrams(_NUMBER.sub("0", a), _NUMBER.sub("0", b)):
        return False
    found = find_contradictions(a, b, 2)
    return len(found) > 1 or (bool(found) and (days > 0.8 or not any(c in NUMERALS for c in found[0])))


def are_sister_events(a: str, b: str, *, elsewhere: bool = False) -> bool:
    """Return whether two normalized texts are about different events of one kind: shared phrases with more different
    facts than an update has, one if the events were also at different times or are known to be ``elsewhere``.

    Latin letters coincide too often by chance to tell.
    """
    if a.isascii() or b.isascii():
        return False
    enough = 1 if elsewhere or _are_other_times(a, b) else 2
    return len(find_contradictions(a, b, limit=enough, edges=True)) == enough


def _are_other_times(a: str, b: str) -> bool:
    """Return whether both texts state an hour of a day, and none in common."""
    ours = set(_HOUR.findall(a))
    return bool(ours) and not ours & (theirs := set(_HOUR.findall(b))) and bool(theirs)


def _share_bigrams(a: str, b: str) -> bool:
    ours, theirs = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (a, b))
    return 2 * len(ours & theirs) >= min(len(ours), len(theirs)) > 0
