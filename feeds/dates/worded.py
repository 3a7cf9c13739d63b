"""Parse dates in words of European languages by removing clock time, zone and weekday until a day is left.

Every part must be understood; any remainder makes the result None.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone, tzinfo

from feeds.dates.iso8601 import aware_datetime
from feeds.dates.timezones import is_ambiguous_zone, named_zone, parse_offset, parse_zone
from feeds.dates.vocabulary import MONTHS, WEEKDAYS, month_number, primary_language

_UNIT = r"(?:(?:uhr|uur|hrs?|hs|h|ч|год)\b\.?)?"
_AM_PM = r"([ap]\.?\s?m\.?(?![a-z]))?"
_CLOCK = re.compile(
    rf"(?<![\d:])(?<!\d-)(\d{{1,2}})(?::(\d{{1,2}})(?::(\d{{1,2}})(?:[.,]\d{{1,9}})?)?|h(\d\d))\s*{_UNIT}\s*{_AM_PM}(?![\d:])",
    re.I,
)
_DOTTED = re.compile(
    rf"(?<=[\s,])(\d{{1,2}})\.(\d\d)(?:\.(\d\d)(?:\.\d{{1,9}})?)?()\s*{_UNIT}\s*{_AM_PM}(?![\d:.])", re.I
)
_HOUR_ONLY = re.compile(r"(?<![\d:])(\d{1,2})\s*([ap]\.?m\.?)(?![a-z])", re.I)
_OFFSET = re.compile(
    r"(?<!\w)(?:(?:gmt|utc|ut)\s?)?[+-]\s?\d{1,2}(?::?\d\d)?(?![\d:/.-])|(?<!\S)(?:0000|00:00)(?!\S)", re.I
)
_COMMENT = re.compile(r"[(\[][^()\[\]]{0,60}[)\]]")
_OLSON = re.compile(r"(?<![\w/])[A-Za-z]{2,20}(?:/[A-Za-z_-]{2,20}){1,2}(?:[+-]\d{1,2})?(?![\w/])")
_WORD = re.compile(r"(?<![^\W\d])[^\W\d]+(?![^\W\d])")
_FILLER_WORDS = frozenset(
    "at de del um à a le the of on den kl klo alle ore as às los el o v г в klockan kello om д року год года р "
    "roku r rok godz godzina ob w uur uhr di pukul jam ora la na - – | @ der dem am у о".split()
)
_NO_ZONE = timezone(timedelta(0), "unspecified")

_Y_M_D = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?")
_A_B_Y = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)\.?")
_WORDS = re.compile(r"\d+|[^\W\d_]+|[^\s\w]", re.UNICODE)
_ORDINALS = ("st", "nd", "rd", "th", "er", "º", "ª", "o", "e", "a", "-го")
_DAY_BEFORE_MONTH = frozenset("fr it es pt de nl ru pl el tr vi da nb no nn cs sk ro bg uk hr id ca gl sl".split())
_YEAR_FIRST = ("zh", "ja", "ko", "hu", "cmn", "yue")


def parse_worded(text: str, default_zone: tzinfo, language: str | None) -> datetime | None:
    """Return the time of a date like "Fri, 10 Jan 2020 2:33 PM EST", or None.

    Raises ValueError for a time that does not exist.
    """
    text = re.sub(r"(?<=\d{4}):(?=\d\d:\d\d)", " ", re.sub(r"(?<=\d) ?T ?(?=\d)", " ", text))
    text = re.sub(r"\bμ\.?μ\.?", "pm", re.sub(r"\bπ\.?μ\.?", "am", text))
    return _parse(text, _CLOCK, default_zone, language) or _parse(text, _DOTTED, default_zone, language)


def _parse(text: str, pattern: re.Pattern[str], default_zone: tzinfo, language: str | None) -> datetime | None:
    before, after, clock = _split_clock(text, pattern)
    without_zone = _split_zone(after, language)
    if without_zone is None:
        return None
    rest, zone = without_zone
    day = _parse_day(f"{before} {rest}", language)
    return aware_datetime(day, *(clock or (0, 0, 0)), default_zone if zone is _NO_ZONE else zone) if day else None


def _split_clock(text: str, pattern: re.Pattern[str]) -> tuple[str, str, tuple[int, int, int] | None]:
    """Return the texts before and after the clock time, and the time as (hour, minute, second)."""
    if match := pattern.search(text):
        half = match[5]
        hour, minute, second = int(match[1]), int(match[2] or match[4] or 0), int(match[3] or 0)
    elif match := _HOUR_ONLY.search(text):
        half, hour, minute, second = match[2], int(match[1]), 0, 0
    else:
        return "", text, None
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("invalid hour")
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    return text[: match.start()].rstrip(" -–|@"), text[match.end() :], (hour, minute, second)


def _split_zone(text: str, language: str | None) -> tuple[str, tzinfo] | None:
    """Return the text without its zone, and the zone; ``_NO_ZONE`` if it has none. None for an unknown zone."""
    if named := named_zone(text, language):
        return "", named
    comment = _COMMENT.search(text)
    if comment:
        text = f"{text[: comment.start()]} {text[comment.end() :]}"
    zone: tzinfo | None = None
    for pattern in (_OLSON, _OFFSET):
        if match := pattern.search(text):
            zone = parse_zone(match[0], language)
            if zone is None and match[0].partition("/")[0].lower() not in MONTHS:
                return None
            text = f"{text[: match.start()]} {text[match.end() :]}" if zone else text
            break
    has_offset = zone is not None
    for match in list(_WORD.finditer(text)):
        word = match[0]
        if word.lower() in MONTHS or word.lower() in WEEKDAYS or _is_filler(word):
            continue
        named = named_zone(word, language)
        if named is None:
            continue  # an unknown word makes parsing the day fail
        if zone and _offsets_differ(zone, named) and not (has_offset and is_ambiguous_zone(word)):
            return None
        zone = zone or named
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", text, count=1)
    if comment and not zone:
        comment_text = comment[0].strip("()[] ")
        zone = parse_offset(comment_text) or named_zone(comment_text, language)
        if zone is None and comment_text.lower().rstrip(".") not in WEEKDAYS:
            return None
    return text, zone or _NO_ZONE


def _offsets_differ(first: tzinfo, second: tzinfo) -> bool:
    return first.utcoffset(None) != second.utcoffset(None)


def _is_filler(word: str) -> bool:
    return word.lower() in _FILLER_WORDS and not word.isupper()


def _parse_day(text: str, language: str | None) -> date | None:
    """Return the calendar day in the text without clock time and zone, or None."""
    text = re.sub(r"(?<=\d\.) (?=\d)", "", " ".join(text.split()).strip(" ,"))
    words: list[str] = []
    for word in re.sub(r",(?=\S)", ", ", _strip_weekday(text)).replace(",", " ").split():
        low = word.strip(".").lower()
        if low and low not in _FILLER_WORDS:
            words.append(word)
    rest = " ".join(words)
    if match := _Y_M_D.fullmatch(rest):
        return date(int(match[1]), int(match[3]), int(match[4]))
    if match := _A_B_Y.fullmatch(rest):
        return _resolve_day_month(int(match[1]), match[2], int(match[3]), match[4], language)
    return _day_in_words(rest, language)


def _strip_weekday(text: str) -> str:
    """Return the text without a weekday at its start or end; "mar" is one only before a day and a month."""
    head = re.match(r"([^\W\d_]+(?:['ʼ][^\W\d_]+|-feira)?)\.?\s*[,、]?\s*", text)
    if (
        head
        and head[1].lower() in WEEKDAYS
        and (head[1].lower() not in MONTHS or re.match(r"\S+\s+\d{1,2}\S*\s+[^\W\d]", text))
    ):
        return text[head.end() :]
    tail = re.search(r"[\s,]+([^\W\d_]+)\.?$", text)
    if tail and tail[1].lower() in WEEKDAYS and tail[1].lower() not in MONTHS:
        return text[: tail.start()]
    return text


def _resolve_day_month(first: int, separator: str, second: int, year: str, language: str | None) -> date | None:
    """Return the day of 10/1/2020 by its numbers, dots or language; None if the order is ambiguous."""
    full, primary = _full_year(year), primary_language(language)
    if len(year) == 2 and (separator != "." or primary in _YEAR_FIRST):
        return None
    if first > 12 or separator == ".":
        return date(full, second, first)
    if second > 12 or first == second:
        return date(full, first, second)
    tag = (language or "").lower().replace("_", "-")
    if tag in ("en-us", "en-ph", "es-us"):
        return date(full, first, second)
    if tag in ("en-gb", "en-au", "en-nz", "en-ie", "en-in") or primary in _DAY_BEFORE_MONTH:
        return date(full, second, first)
    return None


def _full_year(text: str) -> int:
    """Return a year of two or three digits as four (RFC 2822 4.3)."""
    number = int(text)
    if len(text) == 2:
        return number + (2000 if number < 50 else 1900)
    return number + 1900 if len(text) == 3 else number


def _day_in_words(text: str, language: str | None) -> date | None:
    """Return a day with the month's name in any order, or None: 10 January 2020, Jan 10th, 2020, 2020-Jan-10."""
    words = [word.lower() for word in _WORDS.findall(text) if word not in ".-/,'’"]
    if len(words) == 4:
        words = [word for index, word in enumerate(words) if index == 0 or word not in _ORDINALS]
    if len(words) != 3:
        return None
    months = [index for index, word in enumerate(words) if month_number(word, language)]
    if len(months) != 1 or not all(word.isdigit() for index, word in enumerate(words) if index != months[0]):
        return None
    month, month_index = month_number(words[months[0]], language) or 0, months[0]
    first, second = (word for index, word in enumerate(words) if index != month_index)
    if len(first) == 4:
        return date(int(first), month, int(second)) if month_index == 1 and len(second) <= 2 else None
    if len(first) > 2 or len(second) not in (2, 4) or month_index == 2:
        return None
    return date(_full_year(second), month, int(first))
