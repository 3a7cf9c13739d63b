"""Decode damaged bytes so that each bad byte costs one character, in any encoding.

In a multi-byte encoding a lost byte would shift all following pairs: in a run of odd length the position is found at
which the rest decodes to common characters.
"""

from __future__ import annotations

import codecs
import re

from feeds.encoding.detect import COMMON_CHARACTERS, plausibility

_LOOKAHEAD = 24  # bytes examined after a bad one
_MAX_ERRORS = 2_000  # errors repaired one by one
_ODD_RUN = re.compile(rb"(?<![\x80-\xfe])(?:[\x80-\xfe]{2})+[\x80-\xfe](?=[\x00-\x3f\x7f\xff]|\Z)")
_PLAIN_UNITS = {  # runs of ASCII in units of two bytes, and U+FFFD in such a unit
    "utf-16-le": (re.compile(rb"(?:[\t-~]\x00){4,}"), b"\xfd\xff"),
    "utf-16-be": (re.compile(rb"(?:\x00[\t-~]){4,}"), b"\xff\xfd"),
}
_MAX_SHIFTS, _MAX_SHIFT_LENGTH = 20, 20_000
_MIN_DISTINCT_BYTES = 4  # a line of 一 (4E 00) looks like one of N between two units
_FOUR_BYTES = re.compile(rb"[\x30-\x39][\x81-\xfe][\x30-\x39]")
_QUOTES = re.compile(rb"[\x80\x85\x91-\x94\x96\x97\x99]")  # windows-1252 quotation marks in UTF-8
_HIGH = re.compile(rb"[\x80-\xff]*")


def decode_damaged(content: bytes, codec: str) -> str:
    """Return text with one U+FFFD per undecodable character; if there are very many errors, one per byte."""
    if codec in _PLAIN_UNITS:
        content = _realign_units(content, codec)
    simple = content.decode(codec, "replace")
    if codec.startswith(("utf-16", "utf-32")) or not 0 < simple.count("\ufffd") < _MAX_ERRORS:
        return simple
    if codec == "utf-8":
        return content.decode(codec, "gedi-utf8")
    if codec == "gb18030":
        content = _ODD_RUN.sub(_realign_run, content, count=_MAX_ERRORS)
    return re.sub("\ufffd{2,}", "\ufffd", content.decode(codec, "gedi-pair"))


def _realign_units(content: bytes, codec: str) -> bytes:
    """Return UTF-16 in which a lost or added byte no longer shifts the following units; U+FFFD marks the position."""
    pattern, mark = _PLAIN_UNITS[codec]
    for _ in range(_MAX_SHIFTS):
        end = 0
        for match in pattern.finditer(content):
            if match.start() % 2 and len(set(match[0])) > _MIN_DISTINCT_BYTES:
                break
            end = match.end()
        else:
            return content
        between = content[end : match.start()]
        position = end + _find_shift(between, codec)
        content = content[:position] + mark + content[position + 1 :]
    return content


def _find_shift(between: bytes, codec: str) -> int:
    """Return the offset of the surplus byte: the units before and after it are common characters."""
    if len(between) > _MAX_SHIFT_LENGTH:
        return 0
    even = [_unit_score(between[i : i + 2], codec) for i in range(0, len(between) - 1, 2)]
    odd = [_unit_score(between[i : i + 2], codec) for i in range(1, len(between), 2)]
    return _best_change(even, odd)


def _unit_score(unit: bytes, codec: str) -> float:
    character = unit.decode(codec, "ignore")
    return (
        2.0
        if character in COMMON_CHARACTERS
        else 1.0
        if "\u4e00" <= character <= "\u9fff" or character.isascii()
        else 0.0
    )


def _best_change(even: list[float], odd: list[float]) -> int:
    """Return the offset at which to change from pairs at even offsets to pairs at odd offsets."""
    total = best = sum(odd)
    offset = 0
    for index in range(len(even)):
        total += even[index] - odd[index]
        if total >= best:
            best, offset = total, 2 * index + 2
    return offset


def _realign_run(match: re.Match[bytes]) -> bytes:
    """Mark one byte in an odd run of GB 2312 bytes so that the rest decodes to common characters."""
    run = match[0]
    if 0x80 in run[::2] or _FOUR_BYTES.match(match.string, match.end()):  # a euro sign, a character of four bytes
        return run
    even = [_pair_score(run[i : i + 2]) for i in range(0, len(run) - 1, 2)]
    odd = [_pair_score(run[i : i + 2]) for i in range(1, len(run), 2)]
    offset = _best_change(even, odd)
    return run[:offset] + b"\xff" + run[offset + 1 :]


def _pair_score(pair: bytes) -> float:
    """Return 2 for the most common characters, 1 for level 1 of GB 2312, less for the rest."""
    if pair.decode("gb18030", "ignore") in COMMON_CHARACTERS:
        return 2.0
    lead = pair[0]
    return 1.0 if 0xB0 <= lead <= 0xD7 else 0.8 if lead in (0xA1, 0xA3) else 0.3 if 0xD8 <= lead <= 0xF7 else 0.0


def _bad_utf8(error: UnicodeError) -> tuple[str, int]:
    """Replace a bad byte and the rest of its character; a single quotation mark between ASCII is windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    content, end = error.object, error.end
    around = content[error.start - 1 : error.start] + content[end : end + 1]
    if end - error.start == 1 and around.isascii() and _QUOTES.match(content, error.start):
        return content[error.start : end].decode("cp1252"), end
    while end < len(content) and end - error.start < 4 and _is_fragment(content[end]):
        end += 1
    return "\ufffd", end


def _is_fragment(byte: int) -> bool:
    return 0x80 <= byte <= 0xC1 or byte >= 0xF5


def _bad_pair(error: UnicodeError) -> tuple[str, int]:
    """Replace one bad byte, or it and the following byte, whichever makes the rest more plausible."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    content, start = error.object, error.start
    if content[start] == 0x80 and error.encoding == "gb18030":
        return "€", start + 1  # as code page 936 has it
    score_of_one = _continuation_score(content, start + 1, error.encoding)
    score_of_two = (
        _continuation_score(content, start + 2, error.encoding) if content[start + 1 : start + 2] >= b"\x80" else -1.0
    )
    return "\ufffd", start + (2 if score_of_two > score_of_one else 1)


def _continuation_score(content: bytes, start: int, codec: str) -> float:
    """Return the plausibility (0..1) of the characters from ``start`` on, minus one per undecodable pair."""
    run = _HIGH.match(content, start, start + _LOOKAHEAD)
    ahead = content[start : max(run.end() if run else start, start) + 1]
    return plausibility(ahead, codec) - ahead.decode(codec, "replace").count("\ufffd")


codecs.register_error("gedi-utf8", _bad_utf8)
codecs.register_error("gedi-pair", _bad_pair)
