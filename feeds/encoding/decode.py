"""Decode bytes to text; one bad byte costs one character, never the document.

Order: byte order mark, valid UTF-8 regardless of declarations, declared encodings (HTTP charset, then the XML
declaration; RFC 7303 3), and finally detection among the encodings of news feeds.
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
_WIDTH_PATTERNS = (  # XML 1.0 appendix F: the first "<" or "{" shows the width
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
# Minimum shares of non-ASCII bytes in well-formed UTF-8 sequences; text in other encodings hardly ever reaches them.
_MIN_UTF8_SHARE = 0.9
_MIN_DECLARED_UTF8_SHARE = 0.5
_UNLIKELY, _LIKELY = 0.3, 0.6  # shares of common characters
_MOSTLY_BAD = 0.3  # share of U+FFFD among non-ASCII characters
_CYRILLIC = {"cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "mac-cyrillic", "cp855"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text without control characters, and the WHATWG name of its encoding in lower case."""

    text: str
    encoding: str


def decode(content: bytes, charset: str | None, declared_hint: str | None = None) -> Decoded:
    """Return a document as text and the name of its encoding.

    ``charset`` is the HTTP parameter; ``declared_hint`` applies if the document declares nothing itself.
    """
    content, bom_codec = _strip_boms(content)
    if bom_codec and bom_codec != "utf-8":
        return _decode_as(content, bom_codec)
    if (wide_codec := _guess_width(content)) is not None:
        return _decode_as(content, wide_codec)
    labels = (bom_codec, charset, _declared_charset(content), declared_hint)
    declared = list(dict.fromkeys(codec for label in labels if (codec := codec_of(label))))
    if content.isascii():
        if stateful := _stateful_codec(content, declared):
            return _decode_as(content, stateful)
        return Decoded(remove_control_characters(content.decode("ascii")), "utf-8")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        narrow = [codec for codec in declared if not codec.startswith(_WIDE_PREFIXES)]
        return _decode_as(content, _choose_codec(content, narrow))
    return Decoded(remove_control_characters(text), "utf-8")


def remove_control_characters(text: str) -> str:
    """Return text without the characters that XML 1.0 2.2 forbids.

    C1 controls become the windows-1252 characters that were meant.
    """
    return text.translate(_REPLACEMENTS) if _CONTROLS.search(text) else text


def _decode_as(content: bytes, codec: str) -> Decoded:
    return Decoded(remove_control_characters(decode_damaged(content, codec)), whatwg_name(codec))


def _strip_boms(content: bytes) -> tuple[bytes, str | None]:
    """Return the bytes after all byte order marks, and the codec of the last one.

    A 16-bit mark before single-byte text is ignored.
    """
    codec = None
    while bom := next((pair for pair in _BOMS if content.startswith(pair[0])), None):
        mark, name = bom
        content = content[len(mark) :]
        is_wrong = name.startswith("utf-16") and re.match(rb"\s*[<{\[][^\x00]{3}", content) is not None
        codec = codec if is_wrong else name
    return content, codec


def _guess_width(content: bytes) -> str | None:
    return next((name for pattern, name in _WIDTH_PATTERNS if pattern.match(content)), None)


def _stateful_codec(content: bytes, declared: list[str]) -> str | None:
    """Return the 7-bit encoding that is declared or whose escape sequences occur, or None."""
    if stateful := next((codec for codec in declared if codec in _STATEFUL), None):
        return stateful
    if b"\x1b$" in content and _ESCAPED_JIS.search(content):
        return "iso2022_jp"
    return "hz" if b"~{" in content and _ESCAPED_GB.search(content) else None


def _declared_charset(content: bytes) -> str | None:
    head = content[:2048]
    if head.startswith(_EBCDIC):
        head = head.decode("cp037").encode("ascii", "ignore")
    match = _DECLARATION.search(head) or _HTML_CHARSET.search(head)
    return match[1].decode("ascii").strip() if match else None


def _choose_codec(content: bytes, declared: list[str]) -> str:
    """Return the codec of bytes that are not valid UTF-8.

    A declared multi-byte encoding that decodes without an error is reliable; a single-byte encoding always decodes.
    """
    share = utf8_share(content)
    expected = not declared or "utf-8" in declared
    if share >= _MIN_UTF8_SHARE or (expected and share >= _MIN_DECLARED_UTF8_SHARE and not _fits_chinese(content)):
        return "utf-8"
    multibyte = [codec for codec in declared if is_multibyte(codec)]
    single = [codec for codec in declared if codec != "utf-8" and not is_multibyte(codec)]
    if multibyte and (guessed := _declared_multibyte(content, multibyte, single)):
        return guessed
    guessed = guess_codec(content)
    if not single:
        return guessed
    if is_multibyte(guessed) and set(single) <= {"cp1252"} and plausibility(content, guessed) > _LIKELY:
        return guessed
    return _choose_single_byte(content, single)


def _fits_chinese(content: bytes) -> bool:
    """Return whether the bytes decode to plausible Chinese without errors, as short GBK text resembling UTF-8 may."""
    for codec in ("gb18030", "big5hkscs"):
        if plausibility(content, codec) > _LIKELY:
            try:
                content.decode(codec)
            except UnicodeDecodeError:
                continue
            return True
    return False


def _declared_multibyte(content: bytes, declared: list[str], single: list[str]) -> str | None:
    """Return the declared multi-byte codec that fits best; None if the bytes contradict them all."""
    best = declared[0]
    score = plausibility(content, best)
    if len(declared) > 1:
        best = max(declared, key=lambda codec: plausibility(content, codec))
        score = plausibility(content, best)
    if score >= _LIKELY:
        return best
    if _bad_share(content, best) > _MOSTLY_BAD:
        return None
    guessed = guess_codec(content)
    if score < _UNLIKELY and plausibility(content, guessed) > _LIKELY:
        return guessed
    return None if single and guessed == "cp1252" and score < _UNLIKELY else best


def _bad_share(content: bytes, codec: str) -> float:
    text = content[:100_000].decode(codec, "replace")
    wide = sum(1 for character in text if character > "\x7f")
    return text.count("\ufffd") / wide if wide else 0.0


def _choose_single_byte(content: bytes, declared: list[str]) -> str:
    """Return the declared single-byte codec that fits; servers without configuration declare latin-1."""
    detected = cyrillic_codec(content)
    fitting = [codec for codec in declared if codec in _CYRILLIC]
    if detected and (detected in fitting or set(declared) <= {"cp1252"}):
        return detected
    if detected or has_long_runs(content):
        chosen = fitting or declared
    else:
        chosen = [codec for codec in declared if codec not in fitting] or declared
    return next((codec for codec in chosen if codec != "cp1252"), chosen[0])
