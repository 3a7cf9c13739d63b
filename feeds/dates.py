"""Any date a feed ever held to an aware UTC time, or None: never a guess.

The two full forms (RFC 3339, RFC 822) are tried first, then a reader that takes a text apart into clock time, zone,
weekday and day. Every part of the text has to be understood; what is left over makes the date None.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from feeds.dates_east import eastern
from feeds.datewords import MONTHS, WEEKDAYS, fixed, is_chinese, named_zone

_LONGEST = 120  # characters of a date text

_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)? ?(Z|[+-]\d\d(?::?\d\d)?)?", re.I)
_RFC822 = re.compile(
    r"(?:[A-Za-z]{3}, ?)?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) (GMT|UTC|UT|Z|[+-]\d{4})", re.I
)
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(?:\.\d+)? ?(Z|[+-]\d\d:?\d\d)?", re.I)
_UNIX = re.compile(r"(\d{9,10}|\d{13})(?:\.\d+)?")
_ISO_ODD = re.compile(r"(\d{4})(?:-(\d\d)|-?(\d{3})|-?W(\d\d)-?(\d))?")

_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:[.,]\d{1,9})?)?)\s*(?:uhr|h)?\s*([ap]\.?\s?m\.?(?![a-z]))?(?![\d:])",
    re.I,
)
_HOUR_ONLY = re.compile(r"(?<![\d:])(\d{1,2})\s*([ap]\.?m\.?)(?![a-z])", re.I)
_OFFSET = re.compile(r"(?:\b(?:gmt|utc|ut|z)\s*)?([+-])(\d{1,2})(?::?(\d\d))?(?![\d:/.-])", re.I)
_COMMENT = re.compile(r"[(\[][^()\[\]]{0,60}[)\]]")
_ZONE_WORD = re.compile(r"(?<![\w/])([A-Za-z]+(?:/[A-Za-z_+-]+){1,2}\d*|[A-Z][A-Z]{0,4}T?)(?![\w/])")
_LITTLE_WORDS = {
    "at",
    "de",
    "del",
    "um",
    "à",
    "a",
    "le",
    "the",
    "of",
    "on",
    "den",
    "kl",
    "klo",
    "alle",
    "ore",
    "as",
    "às",
    "los",
    "el",
    "o",
    "v",
    "г",
    "в",
    "klockan",
    "kello",
    "om",
}

_Y_M_D = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?")
_A_B_Y = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)\.?")
_WORDS = re.compile(r"\d+|[^\W\d_]+(?:-feira)?|[^\s\w]", re.UNICODE)


def parse_date(
    text: str | None, *, zone: tzinfo | None = None, language: str | None = None, now: datetime | None = None
) -> datetime | None:
    """The moment a text names, in UTC; None where any part of it is not understood.

    ``zone`` is that of dates without one (else +08:00 for a Chinese ``language``, else UTC). ``now`` (aware) is needed
    for dates without a year and for "3小时前"; ``language`` settles CST and 1/2/2020.
    """
    if not text or len(text) > _LONGEST:
        return None
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    home = zone or (fixed(8) if is_chinese(language) else UTC)
    try:
        found = _known_form(plain, home) or _any_form(plain, home, language, now)
        return found.astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        return None


def _known_form(text: str, home: tzinfo) -> datetime | None:
    if match := _RFC3339.fullmatch(text):
        year, month, day, hour, minute, second, offset = match.groups()
        return _moment(
            date(int(year), int(month), int(day)), int(hour), int(minute), int(second or 0), _offset(offset) or home
        )
    if (match := _RFC822.fullmatch(text)) and (number := MONTHS.get(match[2].lower())):
        day_of = date(int(match[3]), number, int(match[1]))
        return _moment(day_of, int(match[4]), int(match[5]), int(match[6]), _offset(match[7]) or home)
    if match := _UNIX.fullmatch(text):
        return _unix(int(match[1]))
    if match := _DIGITS.fullmatch(text):
        year, month, day, hour, minute, second, offset = match.groups()
        return _moment(
            date(int(year), int(month), int(day)),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            _offset(offset) or home,
        )
    if match := _ISO_ODD.fullmatch(text):
        return _moment(_iso_day(match), 0, 0, 0, home)
    return None


def _iso_day(match: re.Match[str]) -> date:
    """A month, an ordinal day or a week day of ISO 8601; W3CDTF reads a bare year or month as its first day."""
    year, month, ordinal, week, weekday = match.groups()
    if ordinal:
        found = date(int(year), 1, 1) + timedelta(days=int(ordinal) - 1)
        if found.year != int(year):
            raise ValueError("no such day")
        return found
    if week:
        return date.fromisocalendar(int(year), int(week), int(weekday))
    return date(int(year), int(month or 1), 1)


def _unix(seconds: int) -> datetime | None:
    """Unix seconds or milliseconds, where they fall between 1990 and 2100."""
    if seconds > 10**11:
        seconds //= 1000
    return datetime.fromtimestamp(seconds, UTC) if 631_152_000 <= seconds < 4_102_444_800 else None


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    return _minutes(text[0], int(digits[:2]), int(digits[2:]))


def _minutes(sign: str, hours: int, minutes: int) -> tzinfo:
    if hours > 14 or minutes > 59:
        raise ValueError("no such offset")
    total = timedelta(hours=hours, minutes=minutes)
    return timezone(-total if sign == "-" else total)


def _moment(day: date, hour: int, minute: int, second: int, zone: tzinfo) -> datetime:
    """A leap second and 24:00 are the start of the next minute or day."""
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError("no such time")
    start = datetime.combine(day, time(), zone)
    return start + timedelta(hours=hour, minutes=minute, seconds=second)


def _any_form(text: str, home: tzinfo, language: str | None, now: datetime | None) -> datetime | None:
    chinese = is_chinese(language)
    if found := eastern(text, home, now, chinese):
        return found
    rest, clock = _take_clock(text)
    rest, zone = _take_zone(rest, language, bool(clock))
    if zone is None:
        return None
    day = _day(rest, language)
    if day is None:
        return None
    hour, minute, second = clock or (0, 0, 0)
    return _moment(day, hour, minute, second, home if zone is _NO_ZONE else zone)


_NO_ZONE = timezone(timedelta(0), "none given")


def _take_clock(text: str) -> tuple[str, tuple[int, int, int] | None]:
    """Cut the clock time out; what stood before and after it is left with a gap (a newline) between."""
    spaced = re.sub(r"(?<=\d)T(?=\d)", " ", text)
    match = _CLOCK.search(spaced)
    half = match[4] if match else None
    if match is None:
        match = _HOUR_ONLY.search(spaced)
        if match is None:
            return text, None
        half = match[2]
        hour, minute, second = int(match[1]), 0, 0
    else:
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    return f"{spaced[: match.start()]}\n{spaced[match.end() :]}", (hour, minute, second)


def _take_zone(text: str, language: str | None, has_clock: bool) -> tuple[str, tzinfo | None]:
    """Cut the zone out. ``None`` for a zone nobody knows, ``_NO_ZONE`` where there is none."""
    before, _, after = text.partition("\n")
    if not has_clock:
        before, after = "", text
    found: tzinfo | None = None
    if has_clock and (match := _OFFSET.search(after)):
        found = _minutes(match[1], int(match[2]), int(match[3] or 0)) if len(match[2]) <= 2 else None
        after = after[: match.start()] + " " + after[match.end() :]
    if match := _COMMENT.search(after):
        named = named_zone(match[0], language) or _offset_of_comment(match[0])
        if named is None and not found and match[0].strip("()[]").lower() not in WEEKDAYS:
            return text, None
        found = found or named
        after = after[: match.start()] + " " + after[match.end() :]
    for match in list(_ZONE_WORD.finditer(after)):
        word = match[1]
        if word.lower() in MONTHS or word.lower() in WEEKDAYS or (len(word) < 2 and word != "Z"):
            continue
        named = named_zone(word, language)
        if named is None:
            return text, None
        found = found or named
        after = after.replace(word, " ", 1)
    if found is None and (named := named_zone(after, language)):
        found, after = named, ""
    return f"{before} {after}", found or _NO_ZONE


def _offset_of_comment(comment: str) -> tzinfo | None:
    match = _OFFSET.fullmatch(comment.strip("()[] "))
    return _minutes(match[1], int(match[2]), int(match[3] or 0)) if match else None


def _day(text: str, language: str | None) -> date | None:
    """The calendar day of what is left when clock and zone are gone."""
    text = " ".join(text.split()).strip(" ,")
    words: list[str] = []
    for word in _strip_weekday(text).replace(",", " ").split():
        low = word.strip(".").lower()
        if low not in _LITTLE_WORDS:
            words.append(word)
    rest = " ".join(words)
    if match := _Y_M_D.fullmatch(rest):
        return date(int(match[1]), int(match[3]), int(match[4]))
    if match := _A_B_Y.fullmatch(rest):
        return _ambiguous(int(match[1]), match[2], int(match[3]), match[4], language)
    return _day_in_words(rest)


def _strip_weekday(text: str) -> str:
    found = re.match(r"([^\W\d_]+(?:-feira)?)\.?\s*[,、]?\s*", text)
    if (
        found
        and found[1].lower() in WEEKDAYS
        and (found[1].lower() not in MONTHS or re.match(r"\S+\s+\d{1,2}\S*\s+[^\W\d]", text))
    ):
        return text[found.end() :]
    tail = re.search(r"[\s,]+([^\W\d_]+)\.?$", text)
    if tail and tail[1].lower() in WEEKDAYS and tail[1].lower() not in MONTHS:
        return text[: tail.start()]
    return text


def _ambiguous(first: int, separator: str, second: int, year: str, language: str | None) -> date | None:
    """10/1/2020: by the numbers, by the dots of the continent, or by the language; else nobody can tell."""
    full = _year(year)
    if len(year) == 2 and separator != ".":
        return None
    if first > 12 or separator == ".":
        return date(full, second, first)
    if second > 12 or first == second:
        return date(full, first, second)
    tongue = (language or "").lower().replace("_", "-")
    if tongue in ("en-us", "en-ph", "es-us"):
        return date(full, first, second)
    if tongue in ("en-gb", "en-au", "en-nz", "en-ie", "en-in") or tongue[:2] in (
        "fr",
        "it",
        "es",
        "pt",
        "de",
        "nl",
        "ru",
        "pl",
        "el",
        "tr",
        "vi",
        "da",
        "nb",
    ):
        return date(full, second, first)
    return None


def _year(text: str) -> int:
    """RFC 2822 4.3 for years of two and three digits."""
    number = int(text)
    if len(text) == 2:
        return number + (2000 if number < 50 else 1900)
    return number + 1900 if len(text) == 3 else number


def _day_in_words(text: str) -> date | None:
    """A day with the month's name, in any order: 10 January 2020, Jan 10th, 2020, 2020-Jan-10."""
    words = [word.lower() for word in _WORDS.findall(text) if word not in ".-/,'’"]
    if len(words) == 4 and words[1] in ("st", "nd", "rd", "th", "er", "º", "ª"):
        del words[1]
    if len(words) == 4 and words[2] in ("st", "nd", "rd", "th"):
        del words[2]
    if len(words) != 3:
        return None
    months = [index for index, word in enumerate(words) if word in MONTHS]
    if len(months) != 1 or not all(word.isdigit() for index, word in enumerate(words) if index != months[0]):
        return None
    month = MONTHS[words[months[0]]]
    first, second = (word for index, word in enumerate(words) if index != months[0])
    if len(first) == 4:
        return date(int(first), month, int(second))
    if len(first) > 2 or len(second) not in (2, 4):
        return None
    return date(_year(second), month, int(first))
