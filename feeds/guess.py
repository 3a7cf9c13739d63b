"""Which encoding undeclared bytes are in: a small detection of our own for what news feeds are written in.

Chinese text spends most of its characters on the first level of its character set (ordered by use in Big5, by
pronunciation in GB 2312, but in both the everyday characters), so the right reading is the one in which most
double bytes fall there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SAMPLE = 200_000  # bytes looked at
_HIGH = re.compile(rb"[\x80-\xff]+")
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_GB_PAIR = re.compile(rb"([\x81-\xfe])([\x40-\x7e\x80-\xfe])|[\x80\xff]")
_EVERYDAY_KANA = 0.2


def utf8_share(content: bytes) -> float:
    """The share (0..1) of non-ASCII bytes that are part of a well-formed UTF-8 sequence."""
    sample = content[:_SAMPLE]
    high = sum(len(run) for run in _HIGH.findall(sample))
    return sum(len(found) for found in _UTF8.findall(sample)) / high if high else 1.0


def guess(content: bytes) -> str:
    """The codec that explains the bytes best; windows-1252 where they do not look like double bytes at all."""
    sample = content[:_SAMPLE]
    runs = _HIGH.findall(sample)
    if not runs:
        return "utf-8"
    if sum(1 for run in runs if len(run) == 1) > len(runs) * 0.6 and not _looks_big5(sample):
        return "cp1252"
    scores = {codec: plausibility(sample, codec) for codec in _SCORES}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] >= _LEAST else _single_byte(runs)


def plausibility(content: bytes, codec: str) -> float:
    """How much of the text is everyday characters if it is in this encoding (0..1); 0 for those we do not score."""
    score = _SCORES.get(codec)
    return score(content[:_SAMPLE]) if score else 0.0


def _pairs(sample: bytes) -> list[tuple[int, int]]:
    return [(m[1][0], m[2][0]) for m in _GB_PAIR.finditer(sample) if m[1]]


def _gb_share(sample: bytes) -> float:
    """GB 2312 level 1 is rows 16 to 55; a share of the pairs, punctuation rows counted as half a sign."""
    pairs = _pairs(sample)
    good = sum(1.0 for lead, trail in pairs if 0xB0 <= lead <= 0xD7 and trail >= 0xA1)
    good += sum(0.5 for lead, trail in pairs if lead in (0xA1, 0xA3) and trail >= 0xA1)
    kana = sum(1 for lead, trail in pairs if lead in (0xA4, 0xA5) and trail >= 0xA1)
    return (good - kana) / len(pairs) if pairs else 0.0


_BIG5_PAIR = re.compile(rb"([\x81-\xfe])([\x40-\x7e\xa1-\xfe])|[\x80-\xff]")
_EUC_PAIR = re.compile(rb"([\xa1-\xfe])([\xa1-\xfe])|[\x80-\xff]")
_BIG5_LEVEL = (_BIG5_PAIR, 0xA4, 0xC6, 0xA1)
_HANGUL = (_EUC_PAIR, 0xB0, 0xC8, 0xFF)


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


def _looks_big5(sample: bytes) -> bool:
    """Every second byte of much Big5 text is ASCII, so its high bytes often stand alone."""
    return _level_share(sample, "big5hkscs", _BIG5_LEVEL) > 0.6


def _kana_share(sample: bytes, codec: str) -> float:
    text = sample.decode(codec, "replace")
    wide = [c for c in text if ord(c) > 0x7F]
    if not wide:
        return 0.0
    kana = sum(1 for c in wide if "\u3041" <= c <= "\u30fe")
    share = (kana - 3 * text.count("\ufffd")) / len(wide)
    return 0.6 + share if share > _EVERYDAY_KANA else 0.0


def _single_byte(runs: list[bytes]) -> str:
    """Cyrillic words are runs of letters from 0xC0 up; Western accents stand alone."""
    high = b"".join(runs)
    letters = sum(1 for byte in high if byte >= 0xC0)
    return "cp1251" if len(high) > 3 * len(runs) and letters > 0.9 * len(high) else "cp1252"


_LEAST = 0.3
_SCORES: dict[str, Callable[[bytes], float]] = {
    "gb18030": _gb_share,
    "big5hkscs": lambda sample: _level_share(sample, "big5hkscs", _BIG5_LEVEL),
    "cp932": lambda sample: _kana_share(sample, "cp932"),
    "euc_jp": lambda sample: _kana_share(sample, "euc_jp"),
    "cp949": lambda sample: _level_share(sample, "cp949", _HANGUL),
}
