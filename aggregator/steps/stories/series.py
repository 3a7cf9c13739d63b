"""Recognize the issues of a series by their titles: bulletins of one outlet that differ in number, date and figures.

A false series would hide news: a title needs a mark of an issue (第三批, 11月29日, 今日, 13时, No. 4), or figures and
the name of a bulletin (收评：沪指3301点). Titles that count victims or report an accident are of no series.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

from aggregator.steps.text.normalize import fold

MAX_GAP = timedelta(weeks=6)  # between two issues; what is older is not an earlier issue of the newer one
_MIN_WEIGHT = 2.0  # of a skeleton: a Han character weighs 1,
_LATIN_WEIGHT = 0.25  # a letter less

_NUMERALS = "[0-9〇零一二两三四五六七八九十百千]"
_MONTH_NAMES = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_MARK = re.compile(
    "(?=[第0-9〇零一二两三四五六七八九十星礼周今昨明本上下早午晚凌中傍])(?:"
    rf"第{_NUMERALS}+(?:[批期号场轮集辑讲届]|\b)|第\d+[次回]"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|(?<!\d)\d{1,2}:\d{2}(?::\d{2})?"
    rf"|(?<![\d.]){_NUMERALS}{{1,4}}(?:(?:年{_NUMERALS}{{1,3}})?月(?:份|[上中下]旬|{_NUMERALS}{{1,3}}[日号]?)?|日(?!游)"
    r"|时(?:\d{1,2}分)?|点(?:\d{1,2}分|半|钟))"
    "|(?:星期|礼拜|周)[一二三四五六日天]|[今昨明][日天晨早晚]|[本上下]周|[本上]月"
    "|早间|午间|晚间|凌晨|上午|中午|下午|傍晚)"
)
_LATIN_MARK = re.compile(
    rf"\b{_MONTH_NAMES}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?|\b\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH_NAMES}"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:today|tonight|tomorrow|yesterday)\b"
    r"|\b(?:no\.?|nr\.?|issue|vol\.?|volume|week|day|round|batch|part|episode|edition)\s*\d+\b"
    r"|\b\d{1,2}(?::\d{2})?\s?[ap]\.?m\b\.?"
)
_LATIN = re.compile("[a-z]{2}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BULLETIN = re.compile(
    "日报|周报|月报|播报|快报|预报|通报|速报|战报|简报|收评|早评|午评|行情|指数|汇率|中间价|开奖|限行|路况|水情|雨情|汛情|实况"
    "|菜价|油价|票房|天气|空气质量|公示|公告|名单"
)
_EVENT = re.compile(
    "[死伤亡溺坠]|遇难|遇害|失踪|失联|被困|车祸|事故|火灾|[起着失]火|爆炸|坍塌|倒塌|地震|命案|枪击|袭击"
    r"|\b(?:dead|deaths?|die[ds]?|kill(?:s|ed)?|injur\w+|missing|crash\w*|fire|earthquake|quake|explosion)\b"
)
_SEPARATORS = re.compile(r"[\W_]+")
_FIGURES = re.compile("#+")


def series_skeleton(title: str) -> str | None:
    """Return what the issues of a series have in common in their titles; None if the title is of no series.

    Marks of an issue are dropped, other numbers are replaced by "#", and punctuation, width, case and the Chinese
    script do not matter.
    """
    folded = fold(title)
    if _EVENT.search(folded):
        return None
    unmarked, latin_marks = _LATIN_MARK.subn(" ", folded) if _LATIN.search(folded) else (folded, 0)
    unmarked, marks = _MARK.subn(" ", unmarked)
    if not marks + latin_marks and not (_NUMBER.search(unmarked) and _BULLETIN.search(unmarked)):
        return None
    parts = _NUMBER.split(unmarked)
    skeleton = _FIGURES.sub("#", "#".join(_SEPARATORS.sub("", part) for part in parts))
    return skeleton if _weight(skeleton) >= _MIN_WEIGHT else None


def _weight(skeleton: str) -> float:
    return sum(_LATIN_WEIGHT if character.isascii() else 1.0 for character in skeleton if character != "#")


def series_key(source_id: int, title: str) -> int | None:
    """Return the 64-bit key of the series that a source's title is an issue of; None if it is of no series."""
    skeleton = series_skeleton(title)
    if skeleton is None:
        return None
    digest = blake2b(f"{source_id}\n{skeleton}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


class SeriesFolder:
    """Tell older issues from the newest of each series, in a list that is read newest first.

    ``newer``: series -> publication of the next newer issue in the same list, where it was not read.
    """

    def __init__(self, newer: Mapping[int, datetime] | None = None) -> None:
        self._next = dict(newer or {})

    def unknown(self, series: Iterable[int | None]) -> list[int]:
        """Return the series of which no issue is known yet."""
        return sorted({key for key in series if key is not None} - self._next.keys())

    def add_newer(self, newer: Mapping[int, datetime]) -> None:
        """Add newer issues that were not read."""
        self._next |= newer

    def is_older_issue(self, series: int | None, published: datetime) -> bool:
        """Return whether the next row of the list is followed by a newer issue in the list."""
        if series is None:
            return False
        newer = self._next.get(series)
        self._next[series] = published
        return newer is not None and newer - published <= MAX_GAP
