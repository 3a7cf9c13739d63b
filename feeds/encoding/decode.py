"""Bytes to text. One bad byte costs one character, never the document.

The order is: byte order mark, valid UTF-8 whatever is declared, the declared encodings (HTTP charset, then the
XML declaration; RFC 7303 3), and only then a guess among the encodings that news feeds are written in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from feeds.encoding.charsets import codec_of, is_multibyte, whatwg_name
from feeds.encoding.damaged import decode_damaged
from feeds.encoding.detect import cyrillic_codec, guess_codec, has_long_runs, plausibility, utf8_share

_BOMS = (
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_WIDTH_PATTERNS = (  # XML 1.0 appendix F: the first "<" or "{" gives the width away
    (re.compile(rb"\x00\x00\x00[<{\[\s]"), "utf-32-be"),
    (re.compile(rb"[<{\[\s]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00[<{\[\s]\x00"), "utf-16-be"),
    (re.compile(rb"[<{\[\s]\x00[^\x00]\x00"), "utf-16-le"),
    (re.compile(rb"[<{\[]\x00"), "utf-16-le"),
)
_STATEFUL = {"iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_ext", "iso2022_kr", "hz"}
_ESCAPED_JIS = re.compile(rb"\x1b\$[@B][\x21-\x7e]{2,}\x1b\([BJ]")
_ESCAPED_GB = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e]){2,}~\}")
_WIDE_PREFIXES = ("utf-16", "utf-32")
_LABEL = rb"\s*=\s*(?:[\"']\s*)?([A-Za-z0-9._:\- ]{2,40})"
_DECLARATION = re.compile(rb"<\?xml[^>]{0,200}?encoding" + _LABEL, re.I)
_HTML_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset" + _LABEL, re.I)
_EBCDIC = b"\x4c\x6f\xa7\x94"  # "<?xm"

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_REPLACEMENTS = (
    dict.fromkeys([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, *range(0xD800, 0xE000), 0xFEFF, 0xFFFE, 0xFFFF])
    | {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
)  # fmt: skip
# Shares of the non-ASCII bytes that are well-formed UTF-8. Text in another encoding hardly ever comes near them.
_MIN_UTF8_SHARE = 0.9
_MIN_DECLARED_UTF8_SHARE = 0.5
_UNLIKELY, _LIKELY = 0.3, 0.6  # shares of everyday characters
_MOSTLY_BAD = 0.3  # of the characters that are not ASCII
_CYRILLIC = {"cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "mac-cyrillic", "cp855"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text without control characters, and the encoding found to be in force, by its WHATWG name in lower case."""

    text: str
    encoding: str


def decode(content: bytes, charset: str | None, declared_hint: str | None = None) -> Decoded:
    """Decode a document. ``charset`` is the HTTP parameter; ``declared_hint`` counts where the document is silent."""
    content, marked = _strip_boms(content)
    if marked and marked != "utf-8":
        return _decode_as(content, marked)
    if (wide := _guess_width(content)) is not None:
        return _decode_as(content, wide)
    labels = (marked, charset, _declared_charset(content), declared_hint)
    declared = list(dict.fromkeys(codec for label in labels if (codec := codec_of(label))))
    if content.isascii():
        if stateful := _stateful_codec(content, declared):
            return _decode_as(content, stateful)
        return Decoded(remove_control_characters(content.decode("ascii")), "utf-8")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_as(content, _choose_codec(content, [c for c in declared if not c.startswith(_WIDE_PREFIXES)]))
    return Decoded(remove_control_characters(text), "utf-8")


def remove_control_characters(text: str) -> str:
    """Text without the characters XML 1.0 (2.2) forbids; C1 controls are read as the windows-1252 characters meant."""
    return text.translate(_REPLACEMENTS) if _CONTROLS.search(text) else text


def _decode_as(content: bytes, codec: str) -> Decoded:
    return Decoded(remove_control_characters(decode_damaged(content, codec)), whatwg_name(codec))


def _strip_boms(content: bytes) -> tuple[bytes, str | None]:
    """The bytes behind every byte order mark, and what the last one said; a mark of 16 bits before bytes is a lie."""
    marked = None
    while found := next((pair for pair in _BOMS if content.startswith(pair[0])), None):
        mark, name = found
        content = content[len(mark) :]
        lies = name.startswith("utf-16") and re.match(rb"\s*[<{\[][^\x00]{3}", content) is not None
        marked = marked if lies else name
    return content, marked


def _guess_width(content: bytes) -> str | None:
    return next((name for pattern, name in _WIDTH_PATTERNS if pattern.match(content)), None)


def _stateful_codec(content: bytes, declared: list[str]) -> str | None:
    """The seven-bit encoding that is declared, or whose escapes are there."""
    if stated := next((codec for codec in declared if codec in _STATEFUL), None):
        return stated
    if b"\x1b$" in content and _ESCAPED_JIS.search(content):
        return "iso2022_jp"
    return "hz" if b"~{" in content and _ESCAPED_GB.search(content) else None


def _declared_charset(content: bytes) -> str | None:
    head = content[:2048]
    if head.startswith(_EBCDIC):
        head = head.decode("cp037").encode("ascii", "ignore")
    found = _DECLARATION.search(head) or _HTML_CHARSET.search(head)
    return found[1].decode("ascii").strip() if found else None


def _choose_codec(content: bytes, declared: list[str]) -> str:
    """The encoding of bytes that are not valid UTF-8.

    A declared multi-byte encoding that fits without an error is no accident, a single-byte one always fits.
    """
    share = utf8_share(content)
    expected = not declared or "utf-8" in declared
    if share >= _MIN_UTF8_SHARE or (expected and share >= _MIN_DECLARED_UTF8_SHARE and not _fits_chinese(content)):
        return "utf-8"
    multibyte = [codec for codec in declared if is_multibyte(codec)]
    single = [codec for codec in declared if codec != "utf-8" and not is_multibyte(codec)]
    if multibyte and (found := _declared_multibyte(content, multibyte, single)):
        return found
    found = guess_codec(content)
    if not single:
        return found
    if is_multibyte(found) and set(single) <= {"cp1252"} and plausibility(content, found) > _LIKELY:
        return found
    return _choose_single_byte(content, single)


def _fits_chinese(content: bytes) -> bool:
    """Do the bytes read as Chinese without any error, as short text in GBK may that has much of UTF-8?"""
    for codec in ("gb18030", "big5hkscs"):
        if plausibility(content, codec) > _LIKELY:
            try:
                content.decode(codec)
            except UnicodeDecodeError:
                continue
            return True
    return False


def _declared_multibyte(content: bytes, declared: list[str], single: list[str]) -> str | None:
    """Which declared multi-byte encoding it is; None where the bytes contradict them all."""
    best = declared[0]
    likely = plausibility(content, best)
    if len(declared) > 1:
        best = max(declared, key=lambda codec: plausibility(content, codec))
        likely = plausibility(content, best)
    if likely >= _LIKELY:
        return best
    if _bad_share(content, best) > _MOSTLY_BAD:
        return None
    found = guess_codec(content)
    if likely < _UNLIKELY and plausibility(content, found) > _LIKELY:
        return found
    return None if single and found == "cp1252" and likely < _UNLIKELY else best


def _bad_share(content: bytes, codec: str) -> float:
    text = content[:100_000].decode(codec, "replace")
    wide = sum(1 for character in text if character > "\x7f")
    return text.count("\ufffd") / wide if wide else 0.0


def _choose_single_byte(content: bytes, declared: list[str]) -> str:
    """Which declared single-byte encoding it is: latin-1 is what servers say who do not know."""
    script = cyrillic_codec(content)
    fitting = [codec for codec in declared if codec in _CYRILLIC]
    if script and (script in fitting or set(declared) <= {"cp1252"}):
        return script
    if script or has_long_runs(content):
        chosen = fitting or declared
    else:
        chosen = [codec for codec in declared if codec not in fitting] or declared
    return next((codec for codec in chosen if codec != "cp1252"), chosen[0])
