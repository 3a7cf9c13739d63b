"""Map charset labels to Python codecs, and codecs to their standard names; the only importer of webencodings.

The labels are those of the WHATWG Encoding Standard and further ones that publishers write.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache

from webencodings import PYTHON_NAMES
from webencodings.labels import LABELS

# Labels, without punctuation, that the Encoding Standard lacks: vendors' names, code pages, frequent misspellings.
# The name of a subset maps to the superset that publishers use.
_OTHER_LABELS = {
    "gb18030": "936 1381 gb gb231280 gb2312gbk gbk2312 gbk18030 gbk936 gb13000 gb130001 euccn eucch eucgb2312 "
    "eucgb2312cn gb2312eucn windows936ms936 zhcn zhcngbk zhcngb2312 simplifiedchinese gb2313 bg2312 gb2132 gb23l2 "
    "gb180302000 gb180302005 gb180302022",
    "big5hkscs": "950 big5tw big5eten eten big5et big5hk hkscs big5hkscs2001 big5hkscs2004 big52003 big5uao "
    "zhtw zhtwbig5 traditionalchinese",
    "cp1252": "ansi ansix34 isoir6 iso646us iso646irv us csascii latin windowslatin1 winlatin1 western",
    "cp1251": "windowscyrillic cyrillic1251",
    "cp874": "thai",
    "iso8859-15": "latin9 latin0",
    "cp932": "shiftjisms",
    "euc-jp": "euc eucjpms ujis",
    "cp949": "ksc ksc560192 kscc5601 ksx1001 uhc",
    "hz": "hz hzgb hzgb2312",
    "utf-8": "65001 utf8mb4 utf8mb3 utf8bom utf8sig utf8n uft8 utf88 eightbitunicode",
    "utf-16": "utf16 ucs2 unicode iso10646ucs2 csunicode unicodefeff",
    "utf-16-be": "ucs2be unicodebig",
    "utf-16-le": "ucs2le unicodelittle",
}
_BROWSERS_ALONE = {"replacement", "x-user-defined"}  # pseudo encodings for browsers
_CODECS = PYTHON_NAMES | {"gbk": "gb18030"}  # by WHATWG name
_REFUSED = {"utf_7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
_NAMES = {codec: name for name, codec in PYTHON_NAMES.items()} | {
    "big5hkscs": "big5-hkscs",
    "euc_jp": "euc-jp",
    "iso2022_jp": "iso-2022-jp",
    "iso2022_kr": "iso-2022-kr",
    "hz": "hz-gb-2312",
    "iso8859-8": "iso-8859-8",
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "utf-32-le": "utf-32le",
    "utf-32-be": "utf-32be",
}


def _bare(label: str) -> str:
    return re.sub(r"[^a-z0-9]", "", label)


_KNOWN = {_bare(label): _CODECS.get(name, name) for label, name in LABELS.items() if name not in _BROWSERS_ALONE} | {
    label: codec for codec, labels in _OTHER_LABELS.items() for label in labels.split()
}
_CODE_PAGE = re.compile(r"(?:x|ms|win|windows|cp|ansi|ccsid)*(\d+)")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s;\"',]+)", re.I)
_MULTIBYTE = {"gb18030", "big5hkscs", "cp932", "cp949", "euc_jp", "euc_jis_2004", "euc_jisx0213", "euc_kr", "johab"}


@lru_cache(maxsize=256)
def codec_of(label: str | None) -> str | None:
    """Return the Python codec for a charset label, or None if it is unknown.

    The codec is the superset where publishers mean one (gb18030 for gb2312).
    """
    if not label or len(label) > 60:
        return None
    name = label.strip().strip("\"'").strip().lower()
    name = next((_KNOWN[bare] for bare in _spellings(_bare(name)) if bare in _KNOWN), name.replace(" ", "-"))
    try:
        info = codecs.lookup(name)
        b"a".decode(name, "ignore")  # raises for codecs that are no text encoding (base64, rot13)
    except (LookupError, ValueError, UnicodeError):
        return None
    return None if info.name.replace("-", "_") in _REFUSED else info.name


def whatwg_name(codec: str) -> str:
    """Return the name of an encoding in lower case, as the WHATWG Encoding Standard and HTTP headers write it."""
    if codec in _NAMES:
        return _NAMES[codec]
    return re.sub(r"^cp(?=125)", "windows-", re.sub(r"^iso8859", "iso-8859", codec))


def _spellings(bare: str) -> Iterator[str]:
    """Yield a label and its forms without the prefix of private names (x-, cs) and the year of a standard."""
    yield bare
    short = re.sub(r"^(?:x|cs)|19\d\d$", "", bare)
    yield short
    if page := _CODE_PAGE.fullmatch(short):
        yield from (page[1], *(f"{maker}{page[1]}" for maker in ("windows", "ms", "iso")))


def charset_parameter(content_type: str | None) -> str | None:
    """Return the charset parameter of a Content-Type value, also if it is malformed, or None."""
    match = _CHARSET.search(content_type or "")
    return match[1] if match else None


def is_multibyte(codec: str) -> bool:
    """Return whether an encoding writes East Asian characters with two bytes, so that it seldom fits by chance."""
    return codec in _MULTIBYTE
