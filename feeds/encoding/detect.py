"""Detect undeclared encodings among those that occur in news feeds.

Most characters of a Chinese text are in level 1 of its character set (ordered by use in Big5, by pronunciation in GB
2312; common characters in both). The right codec is the one in which most pairs are in that level and the most common
characters of the language occur.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SAMPLE, _SCORED = 60_000, 8_000  # bytes examined and bytes scored
_HIGH = re.compile(rb"[\x80-\xff]+")
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_GB_PAIR = re.compile(rb"([\x81-\xfe])([\x40-\x7e\x80-\xfe])|[\x80\xff]")
_BIG5_PAIR = re.compile(rb"([\x81-\xfe])([\x40-\x7e\xa1-\xfe])|[\x80-\xff]")
_EUC_PAIR = re.compile(rb"([\xa1-\xfe])([\xa1-\xfe])|[\x80-\xff]")
_BIG5_LEVEL = (_BIG5_PAIR, 0xA4, 0xC6, 0xA1)
_HANGUL_LEVEL = (_EUC_PAIR, 0xB0, 0xC8, 0xFF)
_CYRILLIC_LETTERS = bytes(range(0xC0, 0x100)) + b"\xa3\xb3\xa8\xb8"
_KOI8_ODD = re.compile(rb"[\xc0-\xdf](?=[\xe0-\xff])")  # a capital after a small letter
_CP1251_ODD = re.compile(rb"[\xe0-\xff](?=[\xc0-\xdf])")
_MIN_KANA_SHARE = 0.15
_MIN_SCORE = 0.3
_MIN_COMMON_SHARE = 0.06  # in Chinese text 0.4 or more
COMMON_CHARACTERS = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还"
    "发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长市县区新闻民政府警法院日月年报讯记者部分全省城午安北南东西山水电车人工作高交通"
    "這來國個說們為時學對裡後麼沒於還發當無開見經頭長縣區聞報訊記過會著從動兩樣與關門電車馬東書萬業實現點應問員體"
)


def utf8_share(content: bytes) -> float:
    """Return the share (0..1) of non-ASCII bytes that belong to well-formed UTF-8 sequences."""
    sample = _sample(content)
    high = len(b"".join(_HIGH.findall(sample)))
    return len(b"".join(_UTF8.findall(sample))) / high if high else 1.0


def _sample(content: bytes, size: int = _SAMPLE) -> bytes:
    """Return the part to examine, from shortly before the first non-ASCII byte."""
    match = _HIGH.search(content)
    start = max(0, match.start() - 16) if match else 0
    return content[start : start + size]


def guess_codec(content: bytes) -> str:
    """Return the most plausible codec; windows-1252 if the bytes do not look like double bytes."""
    sample = _sample(content, _SCORED)
    runs = _HIGH.findall(sample)
    if not runs:
        return "utf-8"
    if cyrillic := _cyrillic_codec_of_runs(runs):
        return cyrillic
    is_sparse = sum(1 for run in runs if len(run) == 1) > 0.5 * sum(len(run) for run in runs)
    codecs = _SPARSE_CODECS if is_sparse else tuple(_SCORES)
    scores = {codec: plausibility(sample, codec) + _common_share(sample, codec) for codec in codecs}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] >= (_MIN_SPARSE_SCORE if is_sparse else _MIN_SCORE) else "cp1252"


def plausibility(content: bytes, codec: str) -> float:
    """Return the share (0..1) of common characters if the bytes are in this encoding; 0 for codecs without a score."""
    score = _SCORES.get(codec)
    return score(_sample(content, _SCORED)) if score else 0.0


def cyrillic_codec(content: bytes) -> str | None:
    """Return the single-byte codec of Russian text, or None if the bytes do not look like it."""
    return _cyrillic_codec_of_runs(_HIGH.findall(_sample(content)))


def has_long_runs(content: bytes) -> bool:
    """Return whether whole words are outside ASCII, which no language in Latin script has."""
    runs = _HIGH.findall(_sample(content))
    return sum(len(run) for run in runs) > 2 * len(runs)


def _cyrillic_codec_of_runs(runs: list[bytes]) -> str | None:
    """Detect Cyrillic: words are runs of bytes from 0xC0 up.

    Lower case is below upper case in KOI8-R and above it in windows-1251.
    """
    high = b"".join(runs)
    letters = len(high) - len(high.translate(None, _CYRILLIC_LETTERS))
    if len(high) < 8 or len(high) < 2.5 * len(runs) or letters < 0.97 * len(high):
        return None
    low = len(high) - len(high.translate(None, bytes(range(0xC0, 0xE0))))
    codec, odd = ("koi8-r", _KOI8_ODD) if low > 0.6 * len(high) else ("cp1251", _CP1251_ODD)
    capitals_inside = sum(len(odd.findall(run)) for run in runs)
    words = b" ".join(runs)
    return codec if capitals_inside < 0.05 * len(high) and _common_share(words, "gb18030") < 0.1 else None


def _common_share(sample: bytes, codec: str) -> float:
    """Return half the share of the most common characters; negative for Korean and Japanese read as Chinese."""
    if codec not in ("gb18030", "big5hkscs"):
        return 0.0
    wide = [c for c in sample.decode(codec, "replace") if c >= "\u4e00"]
    share = sum(1 for c in wide if c in COMMON_CHARACTERS) / len(wide) if wide else 0.0
    return -0.2 if len(wide) >= 8 and share < _MIN_COMMON_SHARE else share / 2


def _gb_share(sample: bytes) -> float:
    """Return the share of pairs in GB 2312 level 1 (rows 16 to 55); punctuation counts half, kana against it."""
    pairs = [(lead[0], trail[0]) for lead, trail in _GB_PAIR.findall(sample) if lead]
    good = sum(1.0 for lead, trail in pairs if 0xB0 <= lead <= 0xD7 and trail >= 0xA1)
    good += sum(0.5 for lead, trail in pairs if lead in (0xA1, 0xA3) and trail >= 0xA1)
    kana = sum(1 for lead, trail in pairs if lead in (0xA4, 0xA5) and trail >= 0xA1)
    return (good - kana) / len(pairs) if pairs else 0.0


def _level_share(sample: bytes, codec: str, level: tuple[re.Pattern[bytes], int, int, int]) -> float:
    pattern, low, high, punctuation = level
    total, good = 0, 0.0
    for match in pattern.finditer(sample):
        total += 1
        if match[1]:
            lead = match[1][0]
            good += 1.0 if low <= lead <= high else 0.5 if lead == punctuation else 0.0
    errors = sample.decode(codec, "replace").count("\ufffd")
    return (good - 2 * errors) / total if total else 0.0


def _kana_share(sample: bytes, codec: str) -> float:
    text = sample.decode(codec, "replace")
    wide = [c for c in text if ord(c) > 0x7F]
    if not wide:
        return 0.0
    kana_characters = [c for c in wide if "\u3041" <= c <= "\u30fe"]
    count = len(kana_characters) if len(set(kana_characters)) > 2 else 0
    halfwidth = sum(1 for c in wide if "\uff61" <= c <= "\uff9f")  # Chinese bytes decode to these in Shift JIS
    share = (count - 3 * text.count("\ufffd") - halfwidth) / len(wide)
    return 0.8 + share / 2 if share > _MIN_KANA_SHARE else 0.0


_MIN_SPARSE_SCORE = 0.6
_SPARSE_CODECS = ("big5hkscs", "cp932")  # every second byte of these is often ASCII
_SCORES: dict[str, Callable[[bytes], float]] = {
    "gb18030": _gb_share,
    "big5hkscs": lambda sample: _level_share(sample, "big5hkscs", _BIG5_LEVEL),
    "cp932": lambda sample: _kana_share(sample, "cp932"),
    "euc_jp": lambda sample: _kana_share(sample, "euc_jp"),
    "cp949": lambda sample: _level_share(sample, "cp949", _HANGUL_LEVEL),
}
