"""Parse numeric dates: RFC 3339 and the rest of ISO 8601, digits without separators, Unix time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from feeds.dates.timezones import parse_offset, parse_zone

_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)? ?(Z|[+-]\d\d(?::?\d\d)?)?", re.I)
_DAY = (
    r"(?:(?P<y>\d{4})(?:(?P<cut>[-/.])(?P<m>\d{1,2})(?P=cut)(?P<d>\d{1,2})|(?P<mm>\d\d)(?P<dd>\d\d)(?!\d*$)"
    r"|-?(?P<ordinal>\d{3})(?!\d)|-?W(?P<week>\d\d)(?:-?(?P<weekday>[1-7])(?!\d))?))"
)
_CLOCK = r"(?P<hour>\d{1,2})(?:(?P<colon>:?)(?P<minute>\d{1,2})(?:(?P=colon)(?P<second>\d{1,2}))?(?:[.,]\d{1,12})?)?"
_ZONE = r"(?P<zone>Z|(?:GMT|UTC|UT)?[+-]\d{1,2}(?::?\d\d)?|[A-Z]{2,5}|00:00)?"
_ISO = re.compile(rf"{_DAY}(?: ?[T_] ?{_CLOCK})? ?{_ZONE}(?:\[[\w/+-]{{1,40}}\])?", re.I)
_DASHED = re.compile(r"(\d{4})-(\d\d)-(\d\d)-(\d\d:\d\d:\d\d)")  # -08:00 may be a zone
_DIGITS = re.compile(r"(?:D:)?(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(?:\.\d+)? ?(Z|[+-]\d\d[:']?\d\d'?)?", re.I)
_SPLIT_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d) (\d\d):(\d\d)(?::(\d\d))? ?(Z|[+-]\d\d:?\d\d)?", re.I)
_YEAR_OR_MONTH = re.compile(r"(\d{4})(?:-(\d\d))?")
_UNIX = re.compile(r"(?:@|/Date\()?(\d{9,10}|\d{13}|\d{16})(?:\.\d+)?(?:(?<=\d)(?:[+-]\d{4})?\)/)?")
_EARLIEST, _LATEST = 631_152_000, 4_102_444_800  # 1990 to 2100
_MIN_DATE_AND_HOUR = 2_000_000_000  # larger numbers of ten digits may be a year, month, day and hour


def aware_datetime(day: date, hour: int, minute: int, second: int, zone: tzinfo) -> datetime:
    """Return an aware time; a leap second and 24:00 become the start of the next minute or day.

    Raises ValueError for an invalid time.
    """
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError("invalid time")
    if hour < 24 and second < 60:
        return datetime.combine(day, time(hour, minute, second), zone)
    return datetime.combine(day, time(), zone) + timedelta(hours=hour, minutes=minute, seconds=second)


def parse_numeric(text: str, default_zone: tzinfo, language: str | None) -> datetime | None:
    """Return the time of a numeric text, or None; ``default_zone`` applies to a text without a zone.

    Raises ValueError for a day or time that does not exist.
    """
    if match := _RFC3339.fullmatch(text):
        return _from_groups(match, default_zone)
    if match := _UNIX.fullmatch(text):
        return _from_unix(int(match[1]))
    for pattern in (_DIGITS, _SPLIT_DIGITS):
        if match := pattern.fullmatch(text):
            return _from_groups(match, default_zone)
    if match := _YEAR_OR_MONTH.fullmatch(text):
        return aware_datetime(date(int(match[1]), int(match[2] or 1), 1), 0, 0, 0, default_zone)
    if match := _DASHED.fullmatch(text):
        text = f"{match[1]}-{match[2]}-{match[3]}T{match[4]}"
    return _parse_iso(match, default_zone, language) if (match := _ISO.fullmatch(text)) else None


def _from_groups(match: re.Match[str], default_zone: tzinfo) -> datetime:
    """Return the time of the groups year, month, day, hour, minute, second and zone."""
    year, month, day, hour, minute, second, zone = match.groups()
    calendar_day = date(int(year), int(month), int(day))
    time_zone = default_zone if not zone else UTC if zone in "Zz" else parse_offset(zone.replace("'", ""))
    return aware_datetime(calendar_day, int(hour or 0), int(minute or 0), int(second or 0), time_zone or default_zone)


def _parse_iso(match: re.Match[str], default_zone: tzinfo, language: str | None) -> datetime | None:
    zone = parse_zone(match["zone"], language) if match["zone"] else default_zone
    if zone is None:
        return None
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    return aware_datetime(_iso_day(match), hour, minute, second, zone)


def _iso_day(match: re.Match[str]) -> date:
    """Return a calendar date, ordinal date or week date (ISO 8601); a week without a day is its Monday."""
    year = int(match["y"])
    if ordinal := match["ordinal"]:
        day = date(year, 1, 1) + timedelta(days=int(ordinal) - 1)
        if day.year != year:
            raise ValueError("invalid day")
        return day
    if week := match["week"]:
        return date.fromisocalendar(year, int(week), int(match["weekday"] or 1))
    return date(year, int(match["m"] or match["mm"]), int(match["d"] or match["dd"]))


def _from_unix(seconds: int) -> datetime | None:
    """Return the time of Unix seconds, milliseconds or microseconds.

    Returns None outside 1990 to 2100 and for digits that may be a date and hour.
    """
    while seconds > 10**11:
        seconds //= 1000
    if not _EARLIEST <= seconds < _LATEST:
        return None
    return (
        None
        if seconds > _MIN_DATE_AND_HOUR and _is_date_and_hour(str(seconds))
        else datetime.fromtimestamp(seconds, UTC)
    )


def _is_date_and_hour(digits: str) -> bool:
    """Return whether the digits are a date and an hour (2034010415)."""
    try:
        datetime.strptime(digits, "%Y%m%d%H").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True
