"""Parse any date format found in feeds to aware UTC; None for a text that is not fully understood.

Formats are tried in the order of their frequency: numbers (RFC 3339), RFC 822, Chinese, Japanese and Korean, then
words. A remainder that is not understood makes the result None; nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

from feeds.dates.east_asian import parse_east_asian
from feeds.dates.iso8601 import aware_datetime, parse_numeric
from feeds.dates.timezones import fixed_zone, parse_offset
from feeds.dates.vocabulary import MONTHS, is_chinese
from feeds.dates.worded import parse_worded

_MAX_LENGTH = 120  # characters of a date text
_RFC822 = re.compile(
    r"(?:[A-Za-z]{3}, ?)?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) (GMT|UTC|UT|Z|[+-]\d{4})", re.I
)
_MONTH_SIGN = re.compile(r"(?<![\d年])(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])\s*[月월](?![\d日曜])")
_CHINESE_NUMBERS = {name: number for number, name in enumerate("一 二 三 四 五 六 七 八 九 十 十一 十二".split(), 1)}
_ENGLISH = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_WEEKDAY_FIRST = re.compile(
    r"^(?:(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]\s*[,\s]\s*(?=\d+\s*[年月/-]|\d{1,2} )"
    r"|(?:thứ [^\W\d]+|chủ nhật),? (?=\d))",
    re.I,
)
_VIETNAMESE = re.compile(r"(\d{1,2}) (?:tháng|thg) (\d{1,2}),? (?:năm )?(\d{4})", re.I)
_PUNCTUATION = str.maketrans(
    {"\u2212": "-", "\u2013": "-", "\u2014": "-", "\u200e": None, "\u200f": None, "\ufeff": None}
)


def parse_date(
    text: str | None, *, zone: tzinfo | None = None, language: str | None = None, now: datetime | None = None
) -> datetime | None:
    """Return the time that a text names, in UTC, or None if any part of it is not understood.

    ``zone`` applies to dates without one (default: +08:00 for a Chinese ``language``, else UTC). ``now`` (aware) is
    needed for dates without a year and for "3小时前"; ``language`` decides CST and 1/2/2020.
    """
    if not text or len(text) > _MAX_LENGTH:
        return None
    default_zone = zone or (_CHINA if is_chinese(language) else UTC)
    try:
        plain = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_PUNCTUATION)
        moment = _parse(" ".join(plain.split()), default_zone, language, now)
        return moment.astimezone(UTC) if moment else None
    except (ValueError, OverflowError):
        return None


_CHINA = fixed_zone(8)


def _parse(text: str, default_zone: tzinfo, language: str | None, now: datetime | None) -> datetime | None:
    if moment := _rfc822(text) or parse_numeric(text, default_zone, language):
        return moment
    text = text if text.isascii() else _WEEKDAY_FIRST.sub("", text)
    if moment := parse_east_asian(text, default_zone, now, language):
        return moment
    if match := _VIETNAMESE.match(text):
        text = f"{match[3]}-{match[2]}-{match[1]}{text[match.end() :]}"
    return parse_worded(_MONTH_SIGN.sub(_english_month, text), default_zone, language)


def _rfc822(text: str) -> datetime | None:
    match = _RFC822.fullmatch(text)
    if not match or not (month := MONTHS.get(match[2].lower())):
        return None
    zone = _offset_zone(match[7])
    return aware_datetime(date(int(match[3]), month, int(match[1])), int(match[4]), int(match[5]), int(match[6]), zone)


@lru_cache(maxsize=128)
def _offset_zone(text: str) -> tzinfo:
    return (parse_offset(text) or UTC) if text[0] in "+-" else UTC


def _english_month(match: re.Match[str]) -> str:
    """Return the English month for a Chinese one: servers in Chinese locales write RFC 822 as 20 七月 2023."""
    number = int(match[1]) if match[1].isdigit() else _CHINESE_NUMBERS[match[1]]
    return f" {_ENGLISH[number - 1]} "
