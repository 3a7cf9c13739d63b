"""Bytes in every encoding, with correct, wrong, missing and contradictory declarations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.encoding.charsets import codec_of
from feeds.encoding.decode import decode, remove_control_characters
from feeds.model import Feed
from feeds.read import read_feed

TITLE = "山城连日暴雨，县里连夜转移群众三千人，无人伤亡"
TRADITIONAL = "山城連日豪雨，縣府連夜撤離居民三千人，無人傷亡"
_BODY = "<rss version='2.0'><channel><title>{0}</title><item><title>{0}</title><link>https://a.example/</link></item></channel></rss>"


def document(title: str, codec: str, declared: str | None) -> bytes:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return (declaration + _BODY.format(title)).encode(codec)


def title_of(content: bytes, charset: str | None = None) -> str:
    feed = read_feed(content, charset=charset)
    assert isinstance(feed, Feed), feed
    assert feed.title == feed.entries[0].title
    return feed.title


GB_NAMES = [
    "gb2312",
    "GB2312",
    "gbk",
    "GBK",
    "gb18030",
    "x-gbk",
    "gbk2312",
    "GB_2312-80",
    "cp936",
    "csGB2312",
    "chinese",
    "EUC-CN",
]
GB_NAMES += ["windows-936", "ms936", "gb2312-80", "iso-ir-58"]


@pytest.mark.parametrize("name", GB_NAMES)
def test_labels_of_gb18030(name: str) -> None:
    assert title_of(document(TITLE, "gb18030", name)) == TITLE
    assert title_of(document(TITLE, "gb18030", None), name) == TITLE


@pytest.mark.parametrize("name", ["big5", "Big5", "BIG-5", "big5-hkscs", "x-x-big5", "cp950", "cn-big5", "csBig5"])
def test_labels_of_big5(name: str) -> None:
    assert title_of(document(TRADITIONAL, "big5", name)) == TRADITIONAL
    assert title_of(document(TRADITIONAL, "big5", None), name) == TRADITIONAL


@pytest.mark.parametrize(
    "declared", [None, "utf-8", "gb2312", "big5", "iso-8859-1", "us-ascii", "utf-16", "no-such-thing", ""]
)
@pytest.mark.parametrize(
    "charset", [None, "utf-8", "gbk", "iso-8859-1", "windows-1252", "us-ascii", "utf-16", "nonsense"]
)
class TestAnyDeclaration:
    def test_valid_utf8_is_decoded_as_utf8(self, declared: str | None, charset: str | None) -> None:
        assert title_of(document(TITLE, "utf-8", declared), charset) == TITLE

    def test_byte_order_mark_takes_precedence(self, declared: str | None, charset: str | None) -> None:
        for codec, mark in (("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
            assert title_of(mark + document(TITLE, codec, declared), charset) == TITLE

    def test_utf16_is_detected_without_a_byte_order_mark(self, declared: str | None, charset: str | None) -> None:
        for codec in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            assert title_of(document(TITLE, codec, declared), charset) == TITLE


@pytest.mark.parametrize("declared", [None, "utf-8", "gb2312", "iso-8859-1", "us-ascii", "utf-16", "no-such-thing"])
@pytest.mark.parametrize("charset", [None, "utf-8", "gbk", "iso-8859-1", "us-ascii"])
def test_gbk_is_detected_under_any_declaration(declared: str | None, charset: str | None) -> None:
    assert title_of(document(TITLE, "gbk", declared), charset) == TITLE


@pytest.mark.parametrize("declared", [None, "utf-8", "big5", "iso-8859-1"])
@pytest.mark.parametrize("charset", [None, "utf-8", "big5", "iso-8859-1"])
def test_big5_is_detected_under_any_declaration(declared: str | None, charset: str | None) -> None:
    assert title_of(document(TRADITIONAL, "big5", declared), charset) == TRADITIONAL


@pytest.mark.parametrize(
    ("codec", "declared", "title"),
    [
        ("latin-1", "iso-8859-1", "Café à la carte"),
        ("latin-1", None, "Café à la carte"),
        ("cp1252", "iso-8859-1", "“Smart” quotes – and €"),
        ("cp1252", "us-ascii", "it’s"),
        ("cp1251", "windows-1251", "Новости города"),
        ("koi8-r", "koi8-r", "Новости города"),
        ("iso8859-2", "iso-8859-2", "Zażółć gęślą jaźń"),
        ("cp932", "shift_jis", "東京で大雨、住民が避難しました"),
        ("cp932", None, "東京で大雨が降り、住民たちは避難しました"),
        ("euc_jp", "euc-jp", "東京で大雨、住民が避難しました"),
        ("iso2022_jp", "iso-2022-jp", "東京で大雨"),
        ("cp949", "euc-kr", "서울에 큰비가 내렸다"),
        ("cp037", "cp037", "Plain"),
    ],
)
def test_other_encodings_are_decoded(codec: str, declared: str | None, title: str) -> None:
    assert title_of(document(title, codec, declared)) == title


def test_one_bad_byte_costs_one_character() -> None:
    for codec, declared in (("utf-8", "utf-8"), ("utf-8", None), ("gb18030", "gb2312"), ("gb18030", None)):
        content = document(TITLE, codec, declared)
        broken = content.replace("县里".encode(codec), b"\xff" + "县里".encode(codec))
        assert title_of(broken) == TITLE.replace("县里", "\ufffd县里")


def test_truncated_character_costs_one_character() -> None:
    content = document(TITLE + "完", "utf-8", "utf-8").replace("完".encode(), "完".encode()[:2])
    assert title_of(content) == TITLE + "\ufffd"
    content = document(TITLE + "完", "gbk", "gbk").replace("完".encode("gbk"), "完".encode("gbk")[:1])
    assert title_of(content) == TITLE + "\ufffd"


def test_mostly_utf8_is_decoded_as_utf8_under_a_gbk_declaration() -> None:
    content = document(TITLE * 3, "utf-8", "gb2312").replace("无".encode(), "无".encode()[:2])
    assert TITLE[:10] in title_of(content)


def test_euro_sign_of_code_page_936() -> None:
    assert decode(b'<?xml version="1.0" encoding="gbk"?><a>\xc4\xe3\x80</a>', None).text.endswith("你€</a>")


def test_bytes_decide_between_contradictory_declarations() -> None:
    assert title_of(document(TITLE, "gb18030", "gb2312"), "iso-8859-1") == TITLE
    assert title_of(document(TRADITIONAL, "big5", "big5"), "gb2312") == TRADITIONAL


def test_control_characters_are_removed_and_c1_controls_read_as_windows_1252() -> None:
    assert remove_control_characters("a\x00b\x08c\ufffed\ud800e\tf") == "abcde\tf"
    assert remove_control_characters("it\x92s") == "it’s"


@pytest.mark.parametrize(
    ("label", "codec"),
    [("gb_2312-80", "gb18030"), ("x-gbk", "gb18030"), ("GB18030-2022", "gb18030"), ("cp936", "gb18030"),
     ("x-windows-950", "big5hkscs"), ("Big5", "big5hkscs"), ("ISO_8859-1:1987", "cp1252"), ("88591", "cp1252"),
     ("win-1251", "cp1251"), ("windows932", "cp932"), ("ks_c_5601-1987", "cp949"), ("hz-gb-2312", "hz"),
     ("iso-2022-kr", "iso2022_kr"), ("sun_eu_greek", "iso8859-7"), ("unicode", "utf-16"), ("utf-16be", "utf-16-be"),
     ("uft8", "utf-8"), ("cp437", "cp437"), ("x-user-defined", None), ("replacement", None)],
)  # fmt: skip
def test_codec_of_known_labels(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec


def test_codec_of_unknown_labels_is_none() -> None:
    for label in (
        None,
        "",
        "rot13",
        "hex",
        "idna",
        "utf-7",
        "unicode_escape",
        "punycode",
        "../etc",
        "x" * 500,
        "base64",
    ):
        assert codec_of(label) is None


@given(st.binary(max_size=400), st.sampled_from([None, "utf-8", "gbk", "utf-16", "big5", "hz", "iso-2022-jp", "idna"]))
def test_any_bytes_can_be_decoded(content: bytes, charset: str | None) -> None:
    assert remove_control_characters(decoded := decode(content, charset).text) == decoded
