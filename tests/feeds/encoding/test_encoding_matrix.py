"""Every encoding under every declaration, in the document and the header, intact and with one damaged byte."""

from __future__ import annotations

import itertools

import pytest

from feeds.encoding.decode import decode
from feeds.encoding.detect import utf8_share
from feeds.model import Feed
from feeds.read import read_feed

SIMPLIFIED = "今天上午县政府召开会议，部署防汛工作，记者从会上了解到，全县已经转移群众三千人"
TRADITIONAL = "今天上午縣政府召開會議，部署防汛工作，記者從會上了解到，全縣已經撤離居民三千人"
JAPANESE = "きょう午前、県は会議を開き、大雨に備えて住民の避難を始めました"
KOREAN = "오늘 오전 군청에서 회의를 열고 큰비에 대비해 주민들을 대피시켰다"
RUSSIAN = "Сегодня утром администрация района провела совещание о подготовке к паводку"
FRENCH = "Réunion à la préfecture : où en est la crue ? « Déjà trois mille évacués », dit-on"
POLISH = "Zarząd powiatu spotkał się dziś rano w sprawie przygotowań do powodzi, ćwiczeń i łączności"

# codec of the bytes, text, a correct label, the reported name
TRUTHS = [
    ("utf-8", SIMPLIFIED, "utf-8", "utf-8"),
    ("gbk", SIMPLIFIED, "gb2312", "gb18030"),
    ("gb18030", SIMPLIFIED + "𠮷㐀", "gb18030", "gb18030"),
    ("big5", TRADITIONAL, "big5", "big5-hkscs"),
    ("utf-16-le", SIMPLIFIED, "utf-16", "utf-16le"),
    ("utf-16-be", SIMPLIFIED, "utf-16be", "utf-16be"),
    ("utf-32-le", SIMPLIFIED, "utf-32", "utf-32le"),
    ("utf-32-be", SIMPLIFIED, "utf-32", "utf-32be"),
]
MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
DECLARED = [None, "", "utf-8", "UTF-16", "gb2312", "GBK", "big5", "iso-8859-1", "windows-1252", "us-ascii", "x-user"]
HEADERS = [None, "utf-8", "gb2312", "Big5", "ISO-8859-1", "utf-16", "nonsense"]
PAIRS = list(itertools.product(DECLARED, HEADERS))


def document(text: str, declared: str | None, quote: str = '"') -> str:
    declaration = f"<?xml version={quote}1.0{quote} encoding={quote}{declared}{quote}?>" if declared is not None else ""
    title = f"<title>{text}</title>"
    return f"{declaration}<rss version='2.0'><channel>{title}<item>{title}</item></channel></rss>"


def titles(content: bytes, header: str | None) -> tuple[str, str]:
    feed = read_feed(content, charset=header)
    assert isinstance(feed, Feed), feed
    return feed.title, feed.entries[0].title


@pytest.mark.parametrize(("codec", "text", "label", "name"), TRUTHS, ids=[truth[0] for truth in TRUTHS])
class TestChinese:
    def test_any_declaration(self, codec: str, text: str, label: str, name: str) -> None:
        for declared, header in PAIRS:
            content = document(text, declared).encode(codec)
            assert titles(content, header) == (text, text), (declared, header)
            assert decode(content, header).encoding == name

    def test_with_byte_order_mark(self, codec: str, text: str, label: str, name: str) -> None:
        if codec in MARKS:
            for declared, header in PAIRS:
                content = document(text, declared).encode(codec)
                for marks in (1, 2):
                    assert titles(MARKS[codec] * marks + content, header) == (text, text), (declared, header)

    def test_one_overwritten_byte_costs_one_character(self, codec: str, text: str, label: str, name: str) -> None:
        """At any position, all characters but the one of that byte are read."""
        for declared, header in [(label, None), (None, label), (None, None), ("utf-8", "utf-8"), ("iso-8859-1", None)]:
            intact = document(text, declared).encode(codec)
            start = intact.index(text.encode(codec))
            for position in range(start, start + 12):
                broken = bytearray(intact)
                broken[position] = 0xFF
                title, other = titles(bytes(broken), header)
                assert other == text, (declared, header, position)
                assert title.endswith(text[4 if codec.startswith("utf-32") else 8 :]), (
                    declared,
                    header,
                    position,
                    title,
                )
                assert abs(len(title) - len(text)) <= 1, (declared, header, position, title)

    def test_truncated_last_character(self, codec: str, text: str, label: str, name: str) -> None:
        for declared in (label, None):
            intact = document(text, declared).encode(codec)
            cut = intact[: intact.rindex(text[-1].encode(codec)) + 1]
            decoded = decode(cut, None)
            assert decoded.encoding == name
            assert text[:-1] in decoded.text


@pytest.mark.parametrize(("codec", "text", "name"), [truth[:2] + truth[3:] for truth in TRUTHS[1:4]])
@pytest.mark.parametrize("declared", [True, False])
def test_one_lost_byte_costs_one_character(codec: str, text: str, name: str, declared: bool) -> None:
    """Only nearby characters are affected: a lost byte shifts the pairs of GBK and Big5 up to the next single byte."""
    text = text.removesuffix("𠮷㐀")
    intact = document(text, codec if declared else None).encode(codec)
    start = intact.index(text.encode(codec))
    for position in range(start, start + 16):
        title, other = titles(intact[:position] + intact[position + 1 :], None)
        assert other == text
        assert title.endswith(text[14:]), (position, title)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_one_lost_or_added_byte_of_utf16(codec: str) -> None:
    intact = document(SIMPLIFIED, "utf-16").encode(codec)
    start = intact.index(SIMPLIFIED.encode(codec))
    for position in range(start, start + 16):
        for broken in (intact[:position] + intact[position + 1 :], intact[:position] + b"\x4e" + intact[position:]):
            title, other = titles(broken, None)
            assert other == SIMPLIFIED
            assert title.endswith(SIMPLIFIED[10:]), (position, title)
    line = document("一" * 20 + "新闻", "utf-16").encode(codec)
    assert titles(line, None)[0] == "一" * 20 + "新闻"


@pytest.mark.parametrize("size", [2, 3, 4, 6, 9])
def test_short_undeclared_chinese_is_detected(size: int) -> None:
    """Few characters are enough to distinguish Big5 from GBK, unless they are also valid UTF-8."""
    for codec, text in (("gbk", "今日新闻县政府会议记者报道群众安全转移本地天气交通法院宣判"),
                        ("big5", "今日新聞縣政府會議記者報導居民安全撤離本地天氣交通法院宣判")):  # fmt: skip
        for start in range(0, len(text) - size, 2):
            content = document(part := text[start : start + size], None).encode(codec)
            if utf8_share(content) < 1:
                assert titles(content, None)[0] == part, codec


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize(
    "declaration",
    [
        "<?xml version={q}1.0{q} encoding={q}gb2312{q}?>",
        "<?xml version={q}1.0{q} encoding = {q}gb2312{q} ?>",
        "<?xml version={q}1.0{q}\n encoding={q} GB2312 {q} standalone={q}yes{q}?>",
        "<?XML VERSION={q}1.0{q} ENCODING={q}GB2312{q}?>",
        "  \n<?xml version={q}1.0{q} encoding={q}Gb2312{q}?>",
        "<?xml version={q}1.0{q} encoding=gb2312?>",
    ],
)
def test_odd_declarations(declaration: str, quote: str) -> None:
    rare = "鱇鱿鲂鲅"  # characters that detection alone would reject
    body = document(rare, None)
    assert titles((declaration.format(q=quote) + body).encode("gbk"), None) == (rare, rare)


@pytest.mark.parametrize(
    ("codec", "text", "label", "name"),
    [
        ("cp932", JAPANESE, "Shift_JIS", "shift_jis"),
        ("cp932", JAPANESE, "x-sjis", "shift_jis"),
        ("euc_jp", JAPANESE, "EUC-JP", "euc-jp"),
        ("iso2022_jp", JAPANESE, "ISO-2022-JP", "iso-2022-jp"),
        ("cp949", KOREAN, "euc-kr", "euc-kr"),
        ("cp949", KOREAN, "ks_c_5601-1987", "euc-kr"),
        ("cp1251", RUSSIAN, "windows-1251", "windows-1251"),
        ("koi8-r", RUSSIAN, "KOI8-R", "koi8-r"),
        ("iso8859-5", RUSSIAN, "ISO-8859-5", "iso-8859-5"),
        ("cp1252", FRENCH, "iso-8859-1", "windows-1252"),
        ("iso8859-15", FRENCH, "iso-8859-15", "iso-8859-15"),
        ("iso8859-2", POLISH, "ISO-8859-2", "iso-8859-2"),
        ("cp1250", POLISH, "windows-1250", "windows-1250"),
        ("hz", SIMPLIFIED, "hz-gb-2312", "hz-gb-2312"),
        ("cp1254", "Türkçe haberler: şöğü", "iso-8859-9", "windows-1254"),
        ("cp1253", "Ειδήσεις της πόλης", "windows-1253", "windows-1253"),
        ("cp1255", "חדשות העיר", "windows-1255", "windows-1255"),
        ("cp1256", "أخبار المدينة", "windows-1256", "windows-1256"),
        ("cp874", "ข่าวเมือง", "TIS-620", "windows-874"),
        ("mac-roman", "Où est-ce : là", "macintosh", "macintosh"),
    ],
)
def test_other_languages_are_decoded_as_declared(codec: str, text: str, label: str, name: str) -> None:
    """The declaration may be in the document, in the header, in both, or in one of them beside a server's default."""
    pairs = [(label, None), (None, label), (label, label), (label, "iso-8859-1"), (label, "no-such"), ("utf-8", label)]
    for declared, header in pairs:
        content = document(text, declared).encode(codec)
        assert titles(content, header) == (text, text), (declared, header)
        assert decode(content, header).encoding == name


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp932", JAPANESE),
        ("euc_jp", JAPANESE),
        ("iso2022_jp", JAPANESE),
        ("hz", SIMPLIFIED),
        ("cp949", KOREAN),
        ("cp1251", RUSSIAN),
        ("koi8-r", RUSSIAN),
        ("cp1252", FRENCH),
    ],
)
def test_other_languages_undeclared_or_called_latin(codec: str, text: str) -> None:
    for declared in (None, "utf-8", "iso-8859-1"):
        assert titles(document(text, declared).encode(codec), None) == (text, text), declared


def test_windows_1252_quotes_inside_utf8() -> None:
    content = document("中文 it#s", "utf-8").encode().replace(b"#", b"\x92")
    assert titles(content, None)[0] == "中文 it’s"


def test_utf8_mark_is_ignored_before_gbk_but_not_before_one_bad_byte() -> None:
    mark = b"\xef\xbb\xbf"
    assert titles(mark + document(SIMPLIFIED, "gb2312").encode("gbk"), None)[0] == SIMPLIFIED
    assert (
        titles(mark + document(SIMPLIFIED + "#", None).encode().replace(b"#", b"\xff"), None)[0]
        == SIMPLIFIED + "\ufffd"
    )


def test_utf16_mark_before_single_byte_text_is_ignored() -> None:
    for mark in (b"\xff\xfe", b"\xfe\xff"):
        assert titles(mark + document(SIMPLIFIED, None).encode(), None)[0] == SIMPLIFIED


def test_byte_order_mark_inside_the_text_is_removed() -> None:
    assert titles(document("一\ufeff二", "utf-8").encode(), None)[0] == "一二"


def test_latin_text_under_a_chinese_label_is_latin() -> None:
    assert titles(document(FRENCH, "gb2312").encode("cp1252"), None)[0] == FRENCH


def test_doubly_encoded_text_is_unchanged() -> None:
    twice = SIMPLIFIED.encode().decode("cp1252", "replace").replace("\ufffd", "")
    assert titles(document(twice, "utf-8").encode(), None)[0] == decode(twice.encode(), "utf-8").text
