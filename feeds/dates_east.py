"""Chinese, Japanese and Korean dates: 2023年7月20日 08:30, 7月20日讯, 昨天 08:30, 3小时前, 周三, 2020년 1월 10일."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo

from feeds.datewords import fixed

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2, "O": 0}
_HALF = {
    **dict.fromkeys(("凌晨", "早上", "早晨", "清晨", "上午", "早", "오전", "午前"), "am"),
    **dict.fromkeys(("下午", "傍晚", "晚上", "夜间", "晚间", "晚", "오후", "午後"), "pm"),
    "中午": "noon",
}
_CLOCK = (
    rf"(?:(?P<half>{'|'.join(_HALF)})\s*)?"
    r"(?P<hour>\d{1,2})\s*(?:[:点點时時시]\s*(?:(?P<minute>\d{1,2})\s*(?:[:分분]\s*(?:(?P<second>\d{1,2})(?:\.\d+)?\s*[秒초]?)?)?|(?P<half_hour>半)|整)?)?"
)
_WEEKDAY = (
    r"(?:\s*[(\[]?\s*(?:(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]|[月火水木金土日](?:曜日?)?|[월화수목금토일](?:요일)?)"
    r"\s*[)\]]?)?"
)
_ZONE = (
    r"\s*(?:[(]?(?P<zone>北京时间|北京時間|台北时间|台北時間|香港时间|香港時間|CST|JST|KST|[+]0?[89]:?00|[Zz])[)]?)?"
)
_TAIL = r"\s*(?:讯|訊|电|電|发布|發布|发表|發表|更新)?"
_CALENDAR = re.compile(
    rf"(?:(?P<year>(?:民國|民国)?\s*\d{{2,4}})\s*[年년]\s*)?(?P<month>\d{{1,2}})\s*[月월]\s*(?P<day>\d{{1,2}})\s*[日号號일]?"
    rf"{_WEEKDAY}\s*(?:[,,]?\s*{_CLOCK})?{_ZONE}{_TAIL}"
)
_DAY_WORD = re.compile(
    rf"(?P<word>今天|今日|昨天|昨日|前天|前日|today|yesterday)\s*(?:的|{_TAIL})?\s*(?:{_CLOCK})?{_ZONE}{_TAIL}"
)
_WEEK_WORD = re.compile(
    rf"(?P<before>上|本|这|這)?(?:个|個)?(?:星期|周|週|礼拜|禮拜)(?P<weekday>[一二三四五六日天])\s*(?:{_CLOCK})?{_ZONE}{_TAIL}"
)
_AGO = re.compile(
    r"(?P<n>\d+|半)\s*[个個]?\s*(?P<unit>秒钟?|秒鐘|分钟?|分鐘|小时|小時|钟头|鐘頭|天|日|周|週|星期)\s*[以之]?前"
)
_NUMBERS_THEN_HALF = re.compile(
    r"(?P<year>\d{4})\s*[-/.]\s*(?P<month>\d{1,2})\s*[-/.]\s*(?P<day>\d{1,2})\.?"
    rf"{_WEEKDAY}\s*(?:{_CLOCK})?{_ZONE}{_WEEKDAY}{_TAIL}"
)
_MONTH_DAY = re.compile(rf"(?P<month>\d{{1,2}})(?P<cut>[-/])(?P<day>\d{{1,2}})\s+{_CLOCK}{_ZONE}{_TAIL}")
_ENGLISH_AGO = re.compile(r"(?P<n>\d+|an?)\s+(?P<unit>second|minute|hour|day|week)s?\s+ago", re.I)
_ENGLISH_UNITS = {"second": "秒", "minute": "分", "hour": "时", "day": "天", "week": "周"}
_LABEL = re.compile(r"^(?:(?:发布|發布|发表|更新|刊发)?(?:时间|時間|日期)|发布于|发表于|更新于)\s*[:：]?\s*")
_JUST_NOW = ("刚刚", "剛剛", "刚才", "剛才", "just now")
_CERTAIN = timedelta(days=183)  # a day without a year is the nearest one; further away two years compete


def eastern(text: str, home: tzinfo, now: datetime | None, chinese: bool) -> datetime | None:
    """The moment of a date in Chinese, Japanese or Korean, or relative to ``now`` (aware); None if none matches.

    ``chinese``: 10-20 08:30 is then a month and a day.
    """
    plain = _LABEL.sub("", _arabic(text.strip()))
    local = now.astimezone(home) if now else None
    for pattern in (_CALENDAR, _NUMBERS_THEN_HALF):
        if match := pattern.fullmatch(plain):
            day = _calendar_day(match, local)
            return _at(day, match, home) if day else None
    if local is None or now is None:
        return None
    if plain in _JUST_NOW:
        return now
    if chinese and (match := _MONTH_DAY.fullmatch(plain)):
        day = _calendar_day(match, local)
        return _at(day, match, home) if day else None
    if match := _AGO.fullmatch(plain):
        return now - _length(match["n"], match["unit"])
    if match := _ENGLISH_AGO.fullmatch(plain):
        count = match["n"] if match["n"].isdigit() else "1"
        return now - _length(count, _ENGLISH_UNITS[match["unit"].lower()])
    if match := _DAY_WORD.fullmatch(plain):
        back = {"今": 0, "t": 0, "昨": 1, "y": 1, "前": 2}[match["word"][0].lower()]
        return _at(local.date() - timedelta(days=back), match, home)
    if match := _WEEK_WORD.fullmatch(plain):
        return _week_word(match, local, home)
    return None


def _arabic(text: str) -> str:
    """Chinese numerals of dates as digits: 二〇二三年七月二十日 -> 2023年7月20日. Weekday names are left alone."""
    text = re.sub(r"[零〇○一二三四五六七八九]{4}(?=\s*年)", lambda m: "".join(str(_DIGITS[c]) for c in m[0]), text)
    return re.sub(
        r"(?<![期周週拜])[一二两三四五六七八九十]{1,3}(?=\s*(?:[月日号號时時点點分秒天年]|小[时時]|个|個))",
        _number,
        text,
    )


def _number(match: re.Match[str]) -> str:
    word = match[0]
    tens, ten, ones = word.partition("十")
    if not ten:
        return str(_DIGITS[word]) if len(word) == 1 else word
    if len(tens) > 1 or len(ones) > 1:
        return word
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def _calendar_day(match: re.Match[str], local: datetime | None) -> date | None:
    year, month, day = match.groupdict().get("year"), int(match["month"]), int(match["day"])
    if year is not None:
        return _year_day(year, month, day)
    if local is None:
        return None
    nearest = None
    for candidate in (local.year, local.year - 1):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if found <= local.date() + timedelta(days=1):
            nearest = found
            break
    return nearest if nearest and local.date() - nearest <= _CERTAIN else None


def _year_day(year: str, month: int, day: int) -> date | None:
    number = int(re.sub(r"\D", "", year))
    if year.startswith("民"):
        return date(number + 1911, month, day)
    if number < 100:
        return date(number + 2000, month, day) if number < 50 else None
    return date(number, month, day)


def _at(day: date, match: re.Match[str], home: tzinfo) -> datetime:
    hour, minute, second = int(match["hour"] or 0), int(match["minute"] or 0), int(match["second"] or 0)
    if match["half_hour"]:
        minute = 30
    half = _HALF.get(match["half"] or "")
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    elif half == "noon" and hour < 3:
        hour += 12
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError("no such time")
    start = datetime.combine(day, time(), _zone(match["zone"], home))
    return start + timedelta(hours=hour, minutes=minute, seconds=second)


def _zone(name: str | None, home: tzinfo) -> tzinfo:
    if not name:
        return home
    if name in "Zz":
        return fixed(0)
    return fixed(9) if name in ("JST", "KST") or "9" in name else fixed(8)


def _length(number: str, unit: str) -> timedelta:
    count = 0.5 if number == "半" else float(number)
    if count > 10_000:
        raise ValueError("too long ago")
    if unit[0] == "秒":
        return timedelta(seconds=count)
    if unit[0] == "分":
        return timedelta(minutes=count)
    if unit in ("天", "日"):
        return timedelta(days=count)
    if unit[0] in "周週星":
        return timedelta(weeks=count)
    return timedelta(hours=count)


def _week_word(match: re.Match[str], local: datetime, home: tzinfo) -> datetime | None:
    """周三 is the last Wednesday that is not in the future; 上周三 the Wednesday of the week before this one."""
    weekday = "一二三四五六日天".index(match["weekday"]) % 7 if match["weekday"] != "天" else 6
    monday = local.date() - timedelta(days=local.weekday())
    if match["before"] == "上":
        return _at(monday - timedelta(days=7 - weekday), match, home)
    found = _at(monday + timedelta(days=weekday), match, home)
    if found <= local:
        return found
    return None if match["before"] else found - timedelta(days=7)
