"""Parse dates as lists of articles show them: short, in brackets, without a year, or with the day above the month."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone, tzinfo

from feeds.dates.parse import parse_date

_CHINA = timezone(timedelta(hours=8))
_SURROUNDING = " \t\r\n\u00a0[]()【】<>《》〔〕|·•-—–/,，、;；:：."
_CLOCK = r"(?P<clock>[ T]*\d{1,2}:\d{2}(?::\d{2})?)?"
# 07-20, 7/20 08:30, 07.20, 7月20日: lists omit the current year
_NO_YEAR = re.compile(rf"(?P<month>\d{{1,2}}(?!\.)|\d\d)\s*[-/.月]\s*(?P<day>\d\d?)\s*[日号]?{_CLOCK}")
# 20 2026-07 and 20日 / 2026年07月: the day in large print above (or beside) the month
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})\s*[日号]?\s*[/|,]?\s*(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*月?")
# 07-20 2026: the same with the year below
_YEAR_LAST = re.compile(r"(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*[日号]?\s+(?P<year>\d{4})\s*年?")
_MONTH_ALONE = re.compile(r"\d{4}\s*年?(?:[-/.]?\s*\d{1,2}\s*月?)?")
_SHORT_YEAR = re.compile(rf"(?P<year>\d\d)-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}}){_CLOCK}")
_DOTTED = re.compile(
    rf"(?P<year>\d{{4}})\s*[-/.年]\s*(?P<month>\d{{1,2}})\s*[-/.月]\s*(?P<day>\d{{1,2}})\s*[日号]?{_CLOCK}"
)

# A date inside other text ("来源：晨报 2026-07-20 08:30 阅读 22"), the most complete form first
_DAY = r"[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?[日号]?"
_EMBEDDED_DATES = (
    re.compile(rf"(?<!\d)(?:19|20)\d\d\s?{_DAY}(?:\s*\d{{1,2}}:\d{{2}}(?::\d{{2}})?)?(?![\d:])"),
    re.compile(r"(?<!\d)\d{1,2}月\d{1,2}日(?:\s*\d{1,2}:\d{2})?(?![\d:])"),
    re.compile(r"[\[(【]\s*\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2}:\d{2})?\s*[\])】]"),
    re.compile(r"(?<![\d.-])\d{1,2}-\d{1,2}(?:\s+\d{1,2}:\d{2})?(?![\d:-])"),
    re.compile(r"(?:今天|昨天|前天)\s*\d{1,2}:\d{2}|(?:\d+|半)\s?(?:分钟|小时|天)前|刚刚"),
)
# /2026/07/20/, /202607/t20260720_4711.html, /20260720/: the publication day in the URL of an article
_DATE_IN_URL = re.compile(
    r"/(?P<year>(?:19|20)\d\d)[-/_]?(?P<month>[01]\d)[-/_]?(?P<day>[0-3]\d)(?=[/_.-])"
    r"|/[a-z]{1,8}_?(?P<year2>(?:19|20)\d\d)-?(?P<month2>[01]\d)-?(?P<day2>[0-3]\d)(?=[/_.-])"
    r"|/(?P<year3>(?:19|20)\d\d)-?(?P<month3>[01]\d)/(?P<day3>[0-3]\d)(?=[/_.-])"
)
_MAX_LENGTH = 60


def parse_listing_date(
    text: str, *, zone: tzinfo | None = None, language: str | None = None, now: datetime | None = None
) -> datetime | None:
    """Return the time that a whole text names, in UTC, or None.

    A date without a year is the latest such day, because a list of published articles has no future dates. ``zone``
    defaults to +08:00.
    """
    default_zone = zone or _CHINA
    text = " ".join(unicodedata.normalize("NFKC", text).split()).strip(_SURROUNDING)
    if not text or len(text) > _MAX_LENGTH or _MONTH_ALONE.fullmatch(text) or not re.search(r"\d|[昨今前刚]", text):
        return None
    try:
        full_date = _expand_short_form(text, default_zone, now) or text
    except ValueError:
        return None
    return parse_date(full_date, zone=default_zone, language=language, now=now)


def find_date(
    text: str, *, zone: tzinfo | None = None, language: str | None = None, now: datetime | None = None
) -> datetime | None:
    """Return the first date inside a longer text, in UTC, or None."""
    text = unicodedata.normalize("NFKC", text[:2000])
    for pattern in _EMBEDDED_DATES:
        for match in pattern.finditer(text):
            if moment := parse_listing_date(match[0], zone=zone, language=language, now=now):
                return moment
    return None


def date_from_url(url: str, *, zone: tzinfo | None = None, now: datetime | None = None) -> datetime | None:
    """Return the start of the day in an article's URL, or None; never a day after ``now``."""
    match = _DATE_IN_URL.search(url)
    if not match:
        return None
    year, month, day = (int(part) for part in match.groups() if part)
    try:
        moment = datetime(year, month, day, tzinfo=zone or _CHINA)
    except ValueError:
        return None
    return moment if now is None or moment <= now else None


def _expand_short_form(text: str, default_zone: tzinfo, now: datetime | None) -> str | None:
    """Return a short form with its year in ISO 8601; None if the text is no short form."""
    for pattern in (_DOTTED, _DAY_FIRST, _YEAR_LAST, _SHORT_YEAR):
        if match := pattern.fullmatch(text):
            year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
            return _iso_text(date(year, int(match["month"]), int(match["day"])), match)
    match = _NO_YEAR.fullmatch(text)
    if match is None or now is None:
        return None
    today = now.astimezone(default_zone).date()
    return _iso_text(_latest_day(int(match["month"]), int(match["day"]), today), match)


def _iso_text(day: date, match: re.Match[str]) -> str:
    return f"{day.isoformat()} {(match.groupdict().get('clock') or '00:00').strip(' T').zfill(5)}"


def _latest_day(month: int, day: int, today: date) -> date:
    """Return the latest such day up to tomorrow, because a publisher's clock may be ahead.

    Raises ValueError if there is none in the last five years.
    """
    for year in range(today.year, today.year - 5, -1):  # 29 February may be years ago
        try:
            candidate = date(year, month, day)
        except ValueError:
            continue
        if candidate <= today + timedelta(days=1):
            return candidate
    raise ValueError("no such day")
