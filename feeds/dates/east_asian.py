"""Parse Chinese, Japanese and Korean dates.

Examples: 2023年7月20日 08:30, 7月20日讯, 昨天 08:30, 3小时前, 周三, 2020년 1월 10일.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo

from feeds.dates.iso8601 import aware_datetime
from feeds.dates.timezones import parse_zone
from feeds.dates.vocabulary import is_chinese

_NUMERALS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2, "O": 0}
_DAY_PARTS = {
    **dict.fromkeys(("凌晨", "早上", "早晨", "清晨", "上午", "早", "오전", "午前"), "am"),
    **dict.fromkeys(("下午", "午后", "오후", "午後"), "pm"),
    **dict.fromkeys(("傍晚", "晚上", "夜间", "晚间", "晚", "夜"), "evening"),
    "中午": "noon",
}
_CLOCK = (
    rf"(?:(?P<half>{'|'.join(_DAY_PARTS)})\s*)?"
    r"(?P<hour>\d{1,2})\s*(?:[:点點时時시]\s*(?:(?P<minute>\d{1,2})\s*(?:[:分분]\s*(?:(?P<second>\d{1,2})(?:\.\d+)?\s*[秒초]?)?)?"
    r"|(?P<part>半|一刻|三刻)|整)?)?(?:\s*(?P<latin>[AaPp]\.?[Mm]\.?))?"
)
_WEEKDAY = (
    r"(?:\s*[,]?\s*[(\[]?\s*(?:(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]|[月火水木金土日](?:曜日?)?|[월화수목금토일](?:요일)?)"
    r"\s*[)\]]?)?"
)
_ZONE = r"\s*(?:[(]?(?P<zone>[^\W\d_]{2}(?:时间|時間)|(?:GMT|UTC)?\s?[+-]\d{1,2}(?::?\d\d)?|[A-Z]{2,4}|[Zz])[)]?)?"
_TAIL = r"\s*(?:讯|訊|电|電|消息|发布|發布|发表|發表|更新|刊发)?"
_ERA = "(?:(?:中華)?民國|(?:中华)?民国|令和|平成|昭和)"
_YEAR = rf"(?:(?P<year>{_ERA}?\s*(?:\d{{1,4}}|元)|去年|今年|前年)\s*[年년]?(?<=[年년])\s*)?"
_CALENDAR = re.compile(
    rf"{_YEAR}(?P<month>\d{{1,2}})\s*[月월]\s*(?P<day>\d{{1,2}})\s*[日号號일]?"
    rf"{_WEEKDAY}\s*(?:[,]?\s*{_CLOCK})?{_ZONE}{_TAIL}"
)
_NUMBERS_THEN_HALF = re.compile(
    r"(?P<year>\d{4})\s*[-/.]\s*(?P<month>\d{1,2})\s*[-/.]\s*(?P<day>\d{1,2})\.?"
    rf"{_WEEKDAY}\s*(?:{_CLOCK})?{_ZONE}{_WEEKDAY}{_TAIL}"
)
_MONTH_DAY = re.compile(rf"(?P<month>\d{{1,2}})(?P<cut>[-/])(?P<day>\d{{1,2}})\s+{_CLOCK}{_ZONE}{_TAIL}")
_DAYS_BACK = {"今天": 0, "今日": 0, "today": 0, "昨天": 1, "昨日": 1, "yesterday": 1, "前天": 2, "前日": 2, "大前天": 3}
_DAY_WORD = re.compile(
    rf"(?P<word>{'|'.join(sorted(_DAYS_BACK, key=len, reverse=True))})\s*(?:的|{_TAIL})?\s*(?:{_CLOCK})?{_ZONE}{_TAIL}",
    re.I,
)
_NIGHT_WORD = re.compile(r"^(今|昨|前)(早|晨|晚|夜)(?=\s*\d)")
_WEEK_WORD = re.compile(
    rf"(?P<before>上|本|这|這)?(?:个|個)?(?:星期|周|週|礼拜|禮拜)(?P<weekday>[一二三四五六日天])\s*(?:{_CLOCK})?{_ZONE}{_TAIL}"
)
_AGO = re.compile(
    r"(?P<n>\d+|半)\s*[个個]?\s*"
    r"(?P<unit>秒钟?|秒鐘|分钟?|分鐘|小时|小時|時間|钟头|鐘頭|天|日|周|週|星期|초|분|시간|일|주)\s*[以之]?[前전]"
    rf"{_TAIL}"
)
_ENGLISH_AGO = re.compile(r"(?P<n>\d+|an?)\s+(?P<unit>second|sec|minute|min|hour|hr|day|week)s?\s+ago", re.I)
_ENGLISH_UNITS = {"s": "秒", "m": "分", "h": "小时", "d": "天", "w": "周"}
_LABEL = re.compile(
    r"^(?:(?:发布|發布|發佈|发表|更新|刊发|编辑|修改)?(?:时间|時間|日期)|发布于|發布於|发表于|發表於|更新于|更新)\s*[:：]?\s*"
)
_ZONE_FIRST = re.compile(r"^([^\W\d_]{2}(?:时间|時間))\s*(?=\d)")
_JUST_NOW = ("刚刚", "剛剛", "刚才", "剛才", "just now", "방금", "たった今")
_ERAS = {"民": 1911, "中": 1911, "令": 2018, "平": 1988, "昭": 1925}
_MAX_AGE_WITHOUT_YEAR = timedelta(days=183)  # older dates are ambiguous between two years
_MAX_CLOCK_SKEW = timedelta(hours=1)  # later times are in the future and rejected


def parse_east_asian(text: str, default_zone: tzinfo, now: datetime | None, language: str | None) -> datetime | None:
    """Return the time of a Chinese, Japanese or Korean date, or of one relative to ``now`` (aware); else None.

    In a Chinese ``language`` 10-20 08:30 is a month and a day. Raises ValueError for a time that does not exist.
    """
    plain = text if text.isascii() else _LABEL.sub("", _to_arabic_digits(text))
    if match := _ZONE_FIRST.match(plain):
        default_zone, plain = parse_zone(match[1], language) or default_zone, plain[match.end() :]
    local = now.astimezone(default_zone) if now else None
    for pattern in (_CALENDAR, _NUMBERS_THEN_HALF):
        if match := pattern.fullmatch(plain):
            return _calendar_date(match, default_zone, local, language)
    return _relative_date(plain, default_zone, now, local, language) if now and local else None


def _calendar_date(
    match: re.Match[str], default_zone: tzinfo, local: datetime | None, language: str | None
) -> datetime | None:
    """Return a calendar date; without a year only if the year is certain and the date is not in the future."""
    year = match.groupdict().get("year")
    if year:
        day = _date_in_year(year, int(match["month"]), int(match["day"]), local)
        return _datetime_on(day, match, default_zone, language) if day else None
    day = _nearest_day(local, int(match["month"]), int(match["day"])) if local else None
    moment = _datetime_on(day, match, default_zone, language) if day else None
    return moment if moment and local and moment <= local + _MAX_CLOCK_SKEW else None


def _relative_date(
    plain: str, default_zone: tzinfo, now: datetime, local: datetime, language: str | None
) -> datetime | None:
    if plain.lower() in _JUST_NOW:
        return now
    if is_chinese(language) and (match := _MONTH_DAY.fullmatch(plain)):
        return _calendar_date(match, default_zone, local, language)
    if match := _AGO.fullmatch(plain):
        return now - _duration(match["n"], match["unit"])
    if match := _ENGLISH_AGO.fullmatch(plain):
        count = match["n"] if match["n"].isdigit() else "1"
        return now - _duration(count, _ENGLISH_UNITS[match["unit"][0].lower()])
    moment = None
    if match := _DAY_WORD.fullmatch(_NIGHT_WORD.sub(_expand_night_word, plain)):
        moment = _datetime_on(
            local.date() - timedelta(days=_DAYS_BACK[match["word"].lower()]), match, default_zone, language
        )
    elif match := _WEEK_WORD.fullmatch(plain):
        moment = _weekday_date(match, local, default_zone, language)
    return moment if moment and moment <= local + _MAX_CLOCK_SKEW else None


def _expand_night_word(match: re.Match[str]) -> str:
    return f"{match[1]}天{'早上' if match[2] in '早晨' else '晚上'}"


def _to_arabic_digits(text: str) -> str:
    """Return the text with its Chinese numerals as digits, except weekdays: 二〇二三年七月二十日 -> 2023年7月20日."""
    text = re.sub(r"[零〇○一二三四五六七八九]{4}(?=\s*年)", lambda m: "".join(str(_NUMERALS[c]) for c in m[0]), text)
    return re.sub(
        r"(?<![期周週拜])[一二两三四五六七八九十]{1,3}(?=\s*(?:[月日号號时時点點分秒天年]|小[时時]|个|個))",
        _numeral_digits,
        text,
    )


def _numeral_digits(match: re.Match[str]) -> str:
    word = match[0]
    tens, ten, ones = word.partition("十")
    if not ten:
        return str(_NUMERALS[word]) if len(word) == 1 else word
    if len(tens) > 1 or len(ones) > 1:
        return word
    return str((_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0))


def _nearest_day(local: datetime, month: int, day: int) -> date | None:
    """Return the latest such day that is not in the future, if it is at most half a year ago; else None."""
    for year in (local.year, local.year - 1):
        try:
            candidate = date(year, month, day)
        except ValueError:
            continue
        if candidate <= local.date() + timedelta(days=1):
            return candidate if local.date() - candidate <= _MAX_AGE_WITHOUT_YEAR else None
    return None


def _date_in_year(year: str, month: int, day: int, local: datetime | None) -> date | None:
    if year[0] in "今去前":
        return date(local.year - "今去前".index(year[0]), month, day) if local else None
    digits = re.sub(r"\D", "", year)
    number = int(digits or 1)  # 元年
    if year[0] in _ERAS:
        return date(number + _ERAS[year[0]], month, day)
    if not digits or len(digits) in (1, 3):
        return None
    if len(digits) == 2:
        return date(number + 2000, month, day) if number < 50 else None
    return date(number, month, day)


def _datetime_on(day: date, match: re.Match[str], default_zone: tzinfo, language: str | None) -> datetime:
    minute = {"半": 30, "一刻": 15, "三刻": 45}.get(match["part"] or "", int(match["minute"] or 0))
    half = {"a": "am", "p": "pm"}.get((match["latin"] or " ")[0].lower()) or _DAY_PARTS.get(match["half"] or "")
    zone = parse_zone(match["zone"], language) if match["zone"] else default_zone
    if zone is None:
        raise ValueError("unknown time zone")
    return aware_datetime(day, _to_24_hours(int(match["hour"] or 0), half), minute, int(match["second"] or 0), zone)


def _to_24_hours(hour: int, half: str | None) -> int:
    """Return the hour as 0 to 23.

    Raises ValueError if the part of the day contradicts the hour or does not determine the day.
    """
    if half == "am":
        if hour > 12:
            raise ValueError("invalid hour of the morning")
        return hour % 12
    if half == "evening" and hour in (0, 1, 2, 3, 12):
        raise ValueError("ambiguous hour: this day or the next")
    if half in ("pm", "evening") and hour < 12:
        return hour + 12
    return hour + 12 if half == "noon" and hour < 3 else hour


def _duration(number: str, unit: str) -> timedelta:
    count = 0.5 if number == "半" else float(number)
    if count > 10_000:
        raise ValueError("too long ago")
    if unit[0] in "秒초":
        return timedelta(seconds=count)
    if unit[0] in "分분":
        return timedelta(minutes=count)
    if unit in ("天", "日", "일"):
        return timedelta(days=count)
    return timedelta(weeks=count) if unit[0] in "周週星주" else timedelta(hours=count)


def _weekday_date(match: re.Match[str], local: datetime, default_zone: tzinfo, language: str | None) -> datetime | None:
    """Return the last such weekday that is not in the future (周三), or that of the previous week (上周三)."""
    weekday = "一二三四五六日天".index(match["weekday"]) % 7 if match["weekday"] != "天" else 6
    monday = local.date() - timedelta(days=local.weekday())
    if match["before"] == "上":
        return _datetime_on(monday - timedelta(days=7 - weekday), match, default_zone, language)
    moment = _datetime_on(monday + timedelta(days=weekday), match, default_zone, language)
    if moment <= local:
        return moment
    return None if match["before"] else moment - timedelta(days=7)
