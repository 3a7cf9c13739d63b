"""Bytes to text. One bad byte costs one character, never the document.

The order is: byte order mark, valid UTF-8 whatever is declared, the declared encodings (HTTP charset, then the
XML declaration; RFC 7303 3), and only then a guess among the encodings that news feeds are written in.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from feeds.guess import guess, plausibility, utf8_share

_BOMS = (
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
)
_UNMARKED = (  # XML 1.0 appendix F: the first "<" or "{" gives the width away
    (re.compile(rb"\x00\x00\x00[<{\[\s]"), "utf-32-be"),
    (re.compile(rb"[<{\[\s]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00[<{\[\s]\x00"), "utf-16-be"),
    (re.compile(rb"[<{\[\s]\x00[^\x00]\x00"), "utf-16-le"),
    (re.compile(rb"[<{\[]\x00"), "utf-16-le"),
)
_SUPERSETS = {
    "gb18030": "gb2312 gbk xgbk gbk2312 gb231280 gb23121980 cp936 ms936 windows936 xcp936 euccn xeuccn eucgb2312cn "
    "chinese csgb2312 csgb231280 csiso58gb231280 isoir58 gb xgb xgb2312 gb180302000 xgb18030 gb13000 simplifiedchinese",
    "big5hkscs": "big5 xbig5 xxbig5 cnbig5 csbig5 big5tw big5eten cp950 ms950 windows950 big5hkscs2004 "
    "traditionalchinese",
    "cp1252": "iso88591 iso885911987 latin1 l1 cp819 ibm819 isoir100 csisolatin1 ascii usascii ansix341968 isoir6 "
    "iso646us ansi xansi latin windowslatin1",
    "cp1254": "iso88599 latin5",
    "cp874": "tis620 iso885911",
    "cp932": "shiftjis xsjis sjis mskanji csshiftjis windows31j",
    "cp949": "euckr ksc56011987 ksc5601 ksc56011989 cseuckr windows949 korean",
    "utf-8": "utf8 utf 8 unicode11utf8 utf8mb4 cp65001",
    "utf-16": "ucs2 unicode iso10646ucs2 csunicode",
}
_ALIASES = {alias: codec for codec, names in _SUPERSETS.items() for alias in names.split()}
_STATEFUL = re.compile(r"^(iso-?2022|hz)", re.I)
_REFUSED = {"utf_7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
_WIDE = ("utf-16", "utf-32")
_DECLARATION = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']?\s*([A-Za-z0-9._:\-]{2,40})", re.I)
_HTML_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:\-]{2,40})", re.I)
_EBCDIC = b"\x4c\x6f\xa7\x94"  # "<?xm"

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
# Shares of the non-ASCII bytes that are well-formed UTF-8. Text in another encoding hardly ever comes near them.
_ENOUGH_UTF8 = 0.9
_ENOUGH_DECLARED_UTF8 = 0.5
_UNLIKELY, _LIKELY = 0.3, 0.6  # shares of everyday characters


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text without control characters, and the encoding that was found to be in force."""

    text: str
    encoding: str


def decode(content: bytes, charset: str | None, declared_hint: str | None = None) -> Decoded:
    """Decode a document. ``charset`` is the HTTP parameter; ``declared_hint`` counts where the document is silent."""
    for mark, name in _BOMS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], name)
    if (wide := _unmarked_width(content)) is not None:
        return _decoded(content, wide)
    declared = [codec for label in (charset, _declaration(content), declared_hint) if (codec := codec_of(label))]
    if content.isascii() and (stateful := next((c for c in declared if _STATEFUL.match(c)), None)):
        return _decoded(content, stateful)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(content, _choose(content, [c for c in declared if not c.startswith(_WIDE)]))
    return Decoded(clean(text), "utf-8")


def codec_of(label: str | None) -> str | None:
    """The Python codec for a charset label, as a superset where publishers mean one; None for an unknown label."""
    if not label:
        return None
    name = label.strip().strip("\"'").lower()
    name = _ALIASES.get(re.sub(r"[^a-z0-9]", "", name), name)
    try:
        info = codecs.lookup(name)
        b"a".decode(name, "ignore")  # refuses what is no text encoding (base64, rot13)
    except (LookupError, ValueError, UnicodeError):
        return None
    return None if info.name.replace("-", "_") in _REFUSED else info.name


def clean(text: str) -> str:
    """Text without the characters XML 1.0 (2.2) forbids; C1 controls are read as the windows-1252 characters meant."""
    return _CONTROLS.sub(_mend_control, text) if _CONTROLS.search(text) else text


def _mend_control(match: re.Match[str]) -> str:
    code = ord(match[0])
    if not 0x80 <= code <= 0x9F:
        return ""
    return bytes([code]).decode("cp1252", "ignore")


def _decoded(content: bytes, codec: str) -> Decoded:
    """Decode with each undecodable byte replaced by itself alone."""
    text = content.decode(codec, "gedi-one" if codec == "gb18030" else "replace")
    return Decoded(clean(text), codec)


def _one_character(error: UnicodeError) -> tuple[str, int]:
    """Replace one byte and go on with the next: 0x80 is the euro sign of code page 936."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return ("€" if error.object[error.start] == 0x80 else "\ufffd", error.start + 1)


codecs.register_error("gedi-one", _one_character)


def _unmarked_width(content: bytes) -> str | None:
    return next((name for pattern, name in _UNMARKED if pattern.match(content)), None)


def _declaration(content: bytes) -> str | None:
    head = content[:2048]
    if head.startswith(_EBCDIC):
        head = head.decode("cp037").encode("ascii", "ignore")
    found = _DECLARATION.search(head) or _HTML_CHARSET.search(head)
    return found[1].decode("ascii") if found else None


def _choose(content: bytes, declared: list[str]) -> str:
    """The encoding of bytes that are not valid UTF-8.

    A declared multi-byte encoding that fits without an error is no accident, a single-byte one always fits.
    """
    expected = not declared or "utf-8" in declared
    if utf8_share(content) >= (_ENOUGH_DECLARED_UTF8 if expected else _ENOUGH_UTF8):
        return "utf-8"
    others = [codec for codec in declared if codec != "utf-8"]
    multibyte = [codec for codec in others if _is_multibyte(codec)]
    found = guess(content)
    if multibyte:
        best = max(multibyte, key=lambda codec: plausibility(content, codec))
        lies = plausibility(content, best) < _UNLIKELY and plausibility(content, found) > _LIKELY
        return found if lies else best
    if not others:
        return found
    return found if others[0] == "cp1252" and plausibility(content, found) > _LIKELY else others[0]


def _is_multibyte(codec: str) -> bool:
    return codec in {
        "gb18030",
        "big5hkscs",
        "cp932",
        "cp949",
        "euc_jp",
        "euc_jis_2004",
        "euc_jisx0213",
        "euc_kr",
        "johab",
    }
