"""Resolve time zones by name and by offset: EST, GMT+8, CST in a Chinese feed, Asia/Shanghai."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from feeds.dates.vocabulary import is_chinese, primary_language

_HOURS: dict[str, float] = {
    **dict.fromkeys(("utc", "gmt", "ut", "z", "wet", "uct", "zulu"), 0),
    **dict.fromkeys(("bst", "west", "cet", "met", "mez", "wat"), 1),
    **dict.fromkeys(("cest", "mest", "mesz", "eet", "sast", "cat"), 2),
    **dict.fromkeys(("eest", "msk", "мск", "eat", "trt"), 3),
    "ist": 5.5,
    "pkt": 5,
    "npt": 5.75,
    "ict": 7,
    "wib": 7,
    **dict.fromkeys(("hkt", "sgt", "awst", "myt", "pht", "bjt", "cct", "cst8", "prc", "wita"), 8),
    **dict.fromkeys(("jst", "kst", "wit"), 9),
    "acst": 9.5,
    "acdt": 10.5,
    **dict.fromkeys(("aest", "chst"), 10),
    "aedt": 11,
    **dict.fromkeys(("nzst",), 12),
    "nzdt": 13,
    **dict.fromkeys(("brt", "art", "clst", "adt", "uyt"), -3),
    "nst": -3.5,
    "ndt": -2.5,
    **dict.fromkeys(("ast", "edt", "clt"), -4),
    **dict.fromkeys(("est", "cdt", "pet"), -5),
    **dict.fromkeys(("cst", "mdt"), -6),
    **dict.fromkeys(("mst", "pdt"), -7),
    **dict.fromkeys(("pst", "akdt"), -8),
    **dict.fromkeys(("akst", "hdt"), -9),
    "hst": -10,
}
_REGIONS = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}
_CHINESE = {
    **dict.fromkeys(("北京时间", "北京時間", "香港时间", "香港時間", "台北时间", "台北時間", "中国标准时间"), 8.0),
    **dict.fromkeys(("中國標準時間", "台灣時間", "台湾时间", "澳门时间", "新加坡时间", "新加坡時間", "中国时间"), 8.0),
    **dict.fromkeys(("东京时间", "東京時間", "日本時間", "日本标准时间", "日本標準時", "首尔时间", "한국 표준시"), 9.0),
    **dict.fromkeys(("格林尼治时间", "格林威治时间", "世界时", "协调世界时", "协调世界时间"), 0.0),
}
_LONG_NAMES = {
    "china standard time": 8,
    "coordinated universal time": 0,
    "greenwich mean time": 0,
    "central european time": 1,
    "central european standard time": 1,
    "central european summer time": 2,
    "eastern standard time": -5,
    "eastern daylight time": -4,
    "central standard time": -6,
    "central daylight time": -5,
    "mountain standard time": -7,
    "pacific standard time": -8,
    "pacific daylight time": -7,
    "japan standard time": 9,
    "korea standard time": 9,
    "hong kong standard time": 8,
    "taipei standard time": 8,
    "singapore standard time": 8,
}
_MILITARY = frozenset("abcdefghiklmnopqrstuvwxyz")
_OFFSET = re.compile(r"(?:gmt|utc|ut)?\s*([+-])\s?(\d{1,2}?)(?::?(\d\d))?(?:\s+(?:gmt|utc|ut))?", re.I)
_BARE_ZERO = re.compile(r"0000|00:00")
MAX_OFFSET_HOURS = 14  # hours


def fixed_zone(hours: float) -> tzinfo:
    """Return the zone with an offset in hours east of UTC."""
    return timezone(timedelta(hours=hours))


@lru_cache(maxsize=1)
def _zone_names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


@lru_cache(maxsize=512)
def named_zone(name: str, language: str | None) -> tzinfo | None:
    """Return the zone with a name, or None; CST is China's in a Chinese feed and America's elsewhere."""
    word = name.strip().strip("()[]").strip().lower().replace(".", "")
    primary = primary_language(language)
    if word == "cst" and is_chinese(language):
        return fixed_zone(8)
    if word == "ist" and primary in ("he", "iw", "yi"):
        return fixed_zone(2)
    if word == "ist" and (primary == "ga" or (language or "").lower() in ("en-ie", "en_ie")):
        return fixed_zone(1)
    for table in (_HOURS, _CHINESE, _LONG_NAMES):
        if word in table:
            return fixed_zone(table[word])
    if word in _REGIONS:
        return ZoneInfo(_REGIONS[word])
    if word in _MILITARY:
        return UTC  # RFC 5322 4.3: treated as -0000 because they were often used incorrectly
    olson = _zone_names().get(word.replace(" ", "_"))
    return ZoneInfo(olson) if olson and "/" in olson else None


def parse_offset(text: str) -> tzinfo | None:
    """Return the zone of +0800, -5, GMT+8, UTC+08:00 or 0000; None for any other form.

    Raises ValueError for an offset that does not exist.
    """
    if _BARE_ZERO.fullmatch(text):
        return UTC
    match = _OFFSET.fullmatch(text)
    if not match:
        return None
    hours, minutes = int(match[2]), int(match[3] or 0)
    if hours > MAX_OFFSET_HOURS or minutes > 59:
        raise ValueError("invalid offset")
    total = timedelta(hours=hours, minutes=minutes)
    return timezone(-total if match[1] == "-" else total)


def parse_zone(text: str, language: str | None) -> tzinfo | None:
    """Return a zone by its offset or its name, or None."""
    bare = text.strip().strip("()[]").strip()
    return parse_offset(bare) or named_zone(bare, language)


def is_ambiguous_zone(name: str) -> bool:
    """Return whether a zone's name has several meanings, so that an offset next to it decides."""
    return name.lower() in ("cst", "ist", "bst", "ast", "gst", "pst", "est", "sst", "cdt", "amt", "ect")
