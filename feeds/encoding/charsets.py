"""Names of encodings: a publisher's label to the codec that is meant, and a codec to its name of today."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_SUPERSETS = {  # labels without their punctuation; a subset's name stands for the superset that publishers write
    "gb18030": "gb2312 gbk xgbk gbk2312 gb2312gbk gb231280 gb23121980 xgb231280 gb2312eucn cp936 ms936 windows936 "
    "windows936ms936 xcp936 xmswin936 mswin936 936 euccn xeuccn eucgb2312cn eucgb2312 eucch chinese csgb2312 csgbk "
    "csgb18030 csgb231280 csiso58gb231280 isoir58 gb xgb xgb2312 gb18030 gb180302000 gb180302005 gb180302022 xgb18030 "
    "gb13000 gb130001 simplifiedchinese zhcngb2312 zhcngbk zhcn gbk18030 gb2313 bg2312 gb2132 gb23l2 gbk936 ccsid1381",
    "big5hkscs": "big5 xbig5 xxbig5 cnbig5 csbig5 big5tw big5eten eten big5et cp950 ms950 windows950 xwindows950 950 "
    "big5hkscs big5hkscs2004 big5hk hkscs big5hkscs2001 xbig5hkscs csbig5hkscs zhtwbig5 zhtw big52003 big5uao "
    "traditionalchinese",
    "cp1252": "iso88591 iso885911987 88591 latin1 l1 cp819 ibm819 isoir100 csisolatin1 ascii usascii ansix341968 "
    "ansix341986 isoir6 iso646us iso646irv1991 us csascii ansi xansi latin windowslatin1 windows1252 xcp1252 cp1252 "
    "1252 win1252 winlatin1 western",
    "cp1250": "windows1250 xcp1250 win1250 1250",
    "cp1251": "windows1251 xcp1251 win1251 1251 ansi1251 windowscyrillic cyrillic1251",
    "cp1253": "windows1253 xcp1253 win1253 1253",
    "cp1254": "iso88599 iso885991989 88599 latin5 l5 isoir148 csisolatin5 windows1254 xcp1254 win1254 1254",
    "cp1255": "windows1255 xcp1255 win1255 1255",
    "cp1256": "windows1256 xcp1256 win1256 1256",
    "cp1257": "windows1257 xcp1257 win1257 1257",
    "cp1258": "windows1258 xcp1258 win1258 1258",
    "cp874": "tis620 iso885911 windows874 dos874 win874 xtis620 thai",
    "iso8859-8": "iso88598i logical iso88598e visual hebrew",
    "iso8859-6": "iso88596i iso88596e arabic",
    "iso8859-15": "iso885915 latin9 l9 latin0",
    "koi8-r": "koi8 koi koi8r cskoi8r",
    "koi8-u": "koi8ru koi8u",
    "mac-roman": "macintosh mac xmacroman csmacintosh",
    "mac-cyrillic": "xmaccyrillic xmacukrainian",
    "cp932": "shiftjis xsjis sjis mskanji csshiftjis windows31j cswindows31j ms932 windows932 shiftjisms xmscp932 932",
    "euc-jp": "xeucjp xeuc cseucpkdfmtjapanese eucjpms eucjp ujis",
    "cp949": "euckr xeuckr ksc56011987 ksc56011989 ksc5601 ksc560192 ksx1001 kscc56011987 ksc isoir149 korean cseuckr "
    "csksc56011987 windows949 xwindows949 ms949 uhc 949",
    "hz": "hz hzgb hzgb2312 cshzgb2312",
    "utf-8": "utf8 unicode11utf8 unicode20utf8 xunicode20utf8 utf8mb4 utf8mb3 utf8bom utf8sig utf8n cp65001 65001 "
    "csutf8 uft8 utf88 xutf8 eightbitunicode",
    "utf-16": "ucs2 unicode iso10646ucs2 csunicode unicodefeff",
    "utf-16-be": "unicodefffe ucs2be unicodebig",
    "utf-16-le": "ucs2le unicodelittle",
}
_ALIASES = {alias: codec for codec, names in _SUPERSETS.items() for alias in names.split()}
_REFUSED = {"utf_7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
_NAMES = {
    "big5hkscs": "big5-hkscs",
    "cp932": "shift_jis",
    "cp949": "euc-kr",
    "euc_jp": "euc-jp",
    "hz": "hz-gb-2312",
    "iso2022_jp": "iso-2022-jp",
    "iso2022_kr": "iso-2022-kr",
    "mac-roman": "macintosh",
    "mac-cyrillic": "x-mac-cyrillic",
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "utf-32-le": "utf-32le",
    "utf-32-be": "utf-32be",
}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s;\"',]+)", re.I)
_MULTIBYTE = {"gb18030", "big5hkscs", "cp932", "cp949", "euc_jp", "euc_jis_2004", "euc_jisx0213", "euc_kr", "johab"}


@lru_cache(maxsize=256)
def codec_of(label: str | None) -> str | None:
    """The Python codec for a charset label, as a superset where publishers mean one; None for an unknown label."""
    if not label or len(label) > 60:
        return None
    name = label.strip().strip("\"'").strip().lower()
    bare = re.sub(r"[^a-z0-9]", "", name)
    name = _ALIASES.get(bare) or _ALIASES.get(re.sub(r"1987|1989", "", bare)) or name.replace(" ", "-")
    try:
        info = codecs.lookup(name)
        b"a".decode(name, "ignore")  # refuses what is no text encoding (base64, rot13)
    except (LookupError, ValueError, UnicodeError):
        return None
    return None if info.name.replace("-", "_") in _REFUSED else info.name


def name_of_codec(codec: str) -> str:
    """The name of an encoding in lower case, as the WHATWG Encoding Standard and HTTP headers write it."""
    if codec in _NAMES:
        return _NAMES[codec]
    if codec.startswith("cp125") or codec == "cp874":
        return f"windows-{codec[2:]}"
    return re.sub(r"^iso8859-", "iso-8859-", codec)


def charset_of(content_type: str | None) -> str | None:
    """The charset parameter of a Content-Type, however carelessly it is written."""
    found = _CHARSET.search(content_type or "")
    return found[1] if found else None


def is_multibyte(codec: str) -> bool:
    """Does this encoding write East Asian characters with two bytes, so that chance seldom fits it?"""
    return codec in _MULTIBYTE
