"""Recognize the issues of a series by their titles: bulletins of one outlet that differ in number, date and figures.

A false series would hide news: a title needs a mark of an issue (第三批, 11月29日, 今日, 13时, No. 4), or the name of a
bulletin with figures or little else (收评：沪指3301点; 空气质量日报). Titles that count victims or report an accident
are of no series. A title of a known form (``series_forms``) opens a series at once; others once issues came out on
several days, each of which was a story of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from aggregator.model.series import Rhythm
from aggregator.steps.stories.series_forms import ISSUE_NUMBER, MARK, OF_ACCIDENTS, SeriesForm, find_form, has_mark
from aggregator.steps.text.normalize import fold

MAX_GAP = timedelta(weeks=6)  # between two issues; what is older is not an earlier issue of the newer one
MIN_DAYS = 3  # on which issues of no known form came out, before they are a series
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
_MAX_BARE = 16  # characters of a title like 空气质量日报 that is the same for all issues
_BEGINNING = re.compile(rf"{MARK}[起前](?!\))")  # 11月3日起: when something begins, no issue
_FIGURE = "\x03"
_EMPTY_BRACKETS = re.compile(r"[(（【\[《「]\s*[)）】\]》」]|(?<=\s)\s+")
_AROUND_NAMES = " \t\u3000:：,，、|｜丨·—-_;；!！?？。.…【】[]()（）"
_CHINA = timedelta(hours=8)
_RHYTHMS: tuple[tuple[Rhythm, timedelta], ...] = (
    ("hourly", timedelta(hours=14)),  # several a day
    ("daily", timedelta(days=3)),
    ("weekly", timedelta(days=12)),
    ("monthly", timedelta(days=45)),
)


@dataclass(frozen=True, slots=True)
class IssueTitle:
    """What a title has in common with those of the other issues, and the form of its series if that is known."""

    skeleton: str
    form: SeriesForm | None
    start: int  # of the part that all issues have in common,
    end: int
    blanked: str  # in the title with its marks blanked


@lru_cache(maxsize=1024)  # the titles of a document are read several times
def read_title(title: str) -> IssueTitle | None:
    """Return what a title says of the series that it may be an issue of; None if it is of no series."""
    folded = fold(title)
    blanked = _blank_marks(folded)
    form = find_form(blanked)
    if _EVENT.search(folded) and (form is None or form.form not in OF_ACCIDENTS):
        return None
    if form is not None:
        skeleton = _skeleton_of(blanked[form.start : form.end])
        if _weight(skeleton) >= _MIN_WEIGHT:
            return IssueTitle(skeleton, form.form, form.start, form.end, blanked)
    if _BEGINNING.search(blanked) or not (has_mark(blanked) or _is_bulletin(blanked)):
        return None
    skeleton = _skeleton_of(blanked)
    return IssueTitle(skeleton, None, 0, len(blanked), blanked) if _weight(skeleton) >= _MIN_WEIGHT else None


def series_skeleton(title: str) -> str | None:
    """Return what the issues of a series have in common in their titles; None if the title is of no series.

    Marks of an issue are dropped, other numbers are replaced by "#", and punctuation, width, case and the Chinese
    script do not matter.
    """
    read = read_title(title)
    return read.skeleton if read else None


def series_name(title: str) -> str:
    """Return the name of the series that a title is an issue of: the title without what differs between issues."""
    pieces = [fold(character) for character in title]
    origins = [place for place, piece in enumerate(pieces) for _ in piece]
    read = read_title("".join(pieces))
    if read is None or len(read.blanked) != len(origins):
        return title
    part = read.blanked[read.start : read.end]
    if read.form is None:  # the name of a known form may have a figure (福彩3D)
        part = _NUMBER.sub(lambda match: _FIGURE * len(match[0]), part)
    name, last = list[str](), -1
    for place, character in enumerate(part, read.start):
        if character == _FIGURE:
            name += ["…"] if name[-1:] != ["…"] else []
        elif character not in (MARK, ISSUE_NUMBER) and origins[place] != last:
            name.append(title[origins[place]])
        last = origins[place]
    return _EMPTY_BRACKETS.sub("", "".join(name)).strip(_AROUND_NAMES) or title


def _blank_marks(folded: str) -> str:
    """Return a folded title of equal length in which marks of an issue are replaced."""
    if _LATIN.search(folded):
        folded = _LATIN_MARK.sub(_blank, folded)
    return _MARK.sub(_blank, folded)


def _blank(match: re.Match[str]) -> str:
    return (ISSUE_NUMBER if match[0][0] == "第" and match[0][-1] == "期" else MARK) * len(match[0])


def _is_bulletin(blanked: str) -> bool:
    """Return whether a title without marks has the name of a bulletin, and figures or nothing else."""
    is_named = _BULLETIN.search(blanked) is not None
    return is_named and (len(blanked) <= _MAX_BARE or _NUMBER.search(blanked) is not None)


def _skeleton_of(blanked: str) -> str:
    parts = _NUMBER.split(blanked)
    return _FIGURES.sub("#", "#".join(_SEPARATORS.sub("", part) for part in parts))


def _weight(skeleton: str) -> float:
    return sum(_LATIN_WEIGHT if character.isascii() else 1.0 for character in skeleton if character != "#")


def series_key(source_id: int, title: str) -> int | None:
    """Return the 64-bit key of the series that a source's title is an issue of; None if it is of no series."""
    skeleton = series_skeleton(title)
    return None if skeleton is None else skeleton_key(source_id, skeleton)


def skeleton_key(source_id: int, skeleton: str) -> int:
    """Return the 64-bit key of a source's series."""
    digest = blake2b(f"{source_id}\n{skeleton}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@dataclass(frozen=True, slots=True)
class Issue:
    """When something came out that may be an issue of a series, and the story that it is in."""

    published: datetime
    story_id: int


def count_issue_days(issues: Sequence[Issue]) -> int:
    """Return on how many days issues came out, the latest ones without a long pause, each in a story of its own.

    The reports of an event that goes on for days are in one story, and so count for one day.
    """
    found: list[Issue] = []
    days: set[date] = set()
    stories: set[int] = set()
    for issue in sorted(issues, key=lambda issue: issue.published, reverse=True):
        if found and found[-1].published - issue.published > MAX_GAP:
            break
        found.append(issue)
        day = (issue.published + _CHINA).date()
        if day not in days and issue.story_id not in stories:
            days.add(day)
        stories.add(issue.story_id)
    return len(days)


def rhythm_of(times: Iterable[datetime]) -> Rhythm:
    """Return how often issues come out, by the median of the times between them."""
    ordered = sorted(times)
    gaps = sorted(later - earlier for earlier, later in pairwise(ordered))
    if len(gaps) < MIN_DAYS - 1:
        return "unknown"
    middle = gaps[len(gaps) // 2]
    return next((rhythm for rhythm, longest in _RHYTHMS if middle <= longest), "rare")


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
