"""Pages that list articles, in the styles of content management systems."""

# ruff: noqa: E501 (pages as their publishers write them)

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from feeds.model import Entry, Feed, NotAFeed
from feeds.read import read_listing
from feeds.selectors import Selectors

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 7, 22, 9, 0, tzinfo=CHINA)
URL = "https://news.example/local/index.html"


def day(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CHINA).astimezone(UTC)


def read(body: str | bytes, *, encoding: str = "utf-8", **select: str) -> Feed | NotAFeed:
    content = body if isinstance(body, bytes) else body.encode(encoding)
    return read_listing(
        content, kind="html", select=Selectors(**select), url=URL, zone=CHINA, language="zh-CN", now=NOW
    )


def entries(body: str | bytes, *, encoding: str = "utf-8", **select: str) -> list[Entry]:
    feed = read(body, encoding=encoding, **select)
    assert isinstance(feed, Feed), feed
    return list(feed.entries)


def short(body: str, **select: str) -> list[tuple[str, str, datetime | None]]:
    return [(entry.title, entry.link or "", entry.published) for entry in entries(body, **select)]


PLAIN = """<html><head><title>山亭要闻</title></head><body>
<ul class="nav"><li><a href="/">首页</a></li></ul>
<ul class="news">
  <li><a href="/local/2026/11.html">老桥头早市搬进新大棚</a><span>2026-07-21</span></li>
  <li class="line"></li>
  <li><a href="12.html" title="山亭区三个村通上自来水，老人不再挑水">山亭区三个村通上自来水…</a><span>[07-20]</span></li>
  <li>[<a href="/sport/">体育</a>] <a href="//news.example/local/13.html">少年篮球队夺冠归来</a> <em>12-30 18:05</em></li>
</ul></body></html>"""


def test_list_with_only_an_item_selector() -> None:
    assert short(PLAIN, item="ul.news > li") == [
        ("老桥头早市搬进新大棚", "https://news.example/local/2026/11.html", day(2026, 7, 21)),
        ("山亭区三个村通上自来水，老人不再挑水", "https://news.example/local/12.html", day(2026, 7, 20)),
        ("少年篮球队夺冠归来", "https://news.example/local/13.html", day(2025, 12, 30, 18, 5)),
    ]
    feed = read(PLAIN, item="ul.news > li")
    assert isinstance(feed, Feed)
    assert (feed.title, feed.format, feed.skipped) == ("山亭要闻", "html-list", 0)


TABLE = """<table width="960"><tr><td><table class="lb">
<tr><td>·<a href="./202607/t20260719_88.html" target="_blank">水库下游的路修好了，校车改回原线</a></td><td>7月19日</td></tr>
<tr><td>·<a href="./202607/t20260718_87.html">夜班公交多开两小时</a></td><td></td></tr>
</table></td></tr></table>"""


def test_rows_of_a_nested_table() -> None:
    assert short(TABLE, item="tr") == [
        ("水库下游的路修好了，校车改回原线", "https://news.example/local/202607/t20260719_88.html", day(2026, 7, 19)),
        ("夜班公交多开两小时", "https://news.example/local/202607/t20260718_87.html", day(2026, 7, 18)),
    ]


CARDS = """<html><head><base href="https://cdn.example/a/"></head><body>
<div class="card"><a href="1.html"><img src="1.jpg" alt="图"></a><h3><a href="1.html">果农的电商课开讲了</a></h3>
<p>七月的院子里坐满了人，讲课的是返乡三年的小于，她的第一句话是先把箱子封好。</p>
<div class="foot"><span class="src">晨报</span><span class="time">2026/07/21 08:30</span></div></div>
<div class="card"><a href="2.html"><div class="d"><b>20</b><i>2026-07</i></div><h4>渡口的最后一班船</h4><p>开了三十年船的老陈把钥匙交了出去，码头上没有人说话。</p></a></div>
<div class="card"><a href="3.html" title="七月二十六日起老城停水通知">七月二十六日起老城停水通知 2026-07-22</a></div>
</body></html>"""


def test_page_assembled_from_complete_pages() -> None:
    head = '<html><body><ul class="nav"><li><a href="/">首页</a></li></ul></body></html>'
    assert short(head + PLAIN, item="ul.news > li") == short(PLAIN, item="ul.news > li")


def test_cards_with_a_base_element_and_a_large_day() -> None:
    assert short(CARDS, item="div.card") == [
        ("果农的电商课开讲了", "https://cdn.example/a/1.html", day(2026, 7, 21, 8, 30)),
        ("渡口的最后一班船", "https://cdn.example/a/2.html", day(2026, 7, 20)),
        ("七月二十六日起老城停水通知", "https://cdn.example/a/3.html", day(2026, 7, 22)),
    ]
    first, second, _ = entries(CARDS, item="div.card")
    assert first.summary == "七月的院子里坐满了人，讲课的是返乡三年的小于，她的第一句话是先把箱子封好。"
    assert second.summary == "开了三十年船的老陈把钥匙交了出去，码头上没有人说话。"


def test_every_part_can_have_a_selector() -> None:
    body = """<article data-url="/n/5"><header><h2 data-full="全名：河埠头的灯又亮了">河埠头的灯</h2></header>
      <div class="meta">来源：晚报 2026-07-20 21:15 阅读 220 <i class="who">林小河</i><b>民生</b><b>夜读</b></div>
      <div class="z">修灯的人是六十岁的老周。</div><img class="p" data-src="/pic/5.JPG?x=1" src="blank.gif"></article>"""
    (entry,) = entries(
        body, item="article", link="@data-url", title="h2@data-full", time="div.meta", summary=".z",
        author=".who", category=".meta b", image="img.p",
    )  # fmt: skip
    assert (entry.title, entry.link) == ("全名：河埠头的灯又亮了", "https://news.example/n/5")
    assert entry.published == day(2026, 7, 20, 21, 15)
    assert (entry.summary, [person.name for person in entry.authors]) == ("修灯的人是六十岁的老周。", ["林小河"])
    assert [category.term for category in entry.categories] == ["民生", "夜读"]
    assert [(file.url, file.type) for file in entry.enclosures] == [
        ("https://news.example/pic/5.JPG?x=1", "image/jpeg")
    ]


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "big5hkscs"])
def test_legacy_encodings(encoding: str) -> None:
    text = "碼頭的貓認得每一條船" if encoding == "big5hkscs" else "码头的猫认得每一条船"
    declared = "big5" if encoding == "big5hkscs" else "gb2312"
    body = f'<html><head><meta charset="{declared}"></head><ul><li><a href="/1">{text}</a> 07-20</li></ul></html>'
    (entry,) = entries(body, encoding=encoding, item="li")
    assert (entry.title, entry.published) == (text, day(2026, 7, 20))


def test_article_listed_twice_is_merged() -> None:
    body = """<div class="top i"><a href="/1"><img alt="头条图片：早市搬家"></a></div>
      <div class="i"><a href="/1">早市搬家的第一天</a><span>07-21</span></div><div class="i"><a href="/2">第二条新闻在此</a></div>"""
    assert short(body, item=".i") == [
        ("头条图片：早市搬家", "https://news.example/1", day(2026, 7, 21)),
        ("第二条新闻在此", "https://news.example/2", None),
    ]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("2026-07-20", day(2026, 7, 20)),
        ("2026年7月20日", day(2026, 7, 20)),
        ("【07/20】", day(2026, 7, 20)),
        ("07.20", day(2026, 7, 20)),
        ("（7月20日）", day(2026, 7, 20)),
        ("26-07-20 08:30", day(2026, 7, 20, 8, 30)),
        ("2026.7.20 8:30:15", day(2026, 7, 20, 8, 30) + timedelta(seconds=15)),
        ("12-25", day(2025, 12, 25)),
        ("07-23", day(2026, 7, 23)),
        ("发布时间：2026-07-20 08:30", day(2026, 7, 20, 8, 30)),
        ("昨天 08:30", day(2026, 7, 21, 8, 30)),
        ("3小时前", day(2026, 7, 22, 6)),
        ("<b>20</b><i>2026.07</i>", day(2026, 7, 20)),
        ("<b>07-20</b><i>2026</i>", day(2026, 7, 20)),
        ("02-30", None),
        ("3.5万", None),
        ("2026", None),
    ],
)
def test_date_formats_of_lists(shown: str, expected: datetime | None) -> None:
    body = f'<li><a href="/1">这是一条普通的新闻</a><span class="date">{shown}</span></li>'
    (entry,) = entries(body, item="li")
    assert entry.published == expected


def test_date_in_a_headline_is_not_the_publication_date() -> None:
    (entry,) = entries('<li><a href="/n/1">7月30日起这条路单向通行</a></li>', item="li")
    assert entry.published is None


@pytest.mark.parametrize(
    ("select", "words"),
    [
        ({"item": "ul.newslist > li"}, 'the selector "ul.newslist > li" found nothing on this page: has it been rebuilt?'),
        ({"item": "ul.news > li", "title": "b"}, 'the selector "b" for title found nothing'),
        ({"item": "ul.news > li", "link": "b a"}, 'the selector "b a" for link found nothing'),
        ({"item": "title"}, "none contains a link"),
    ],
)  # fmt: skip
def test_selectors_without_a_match_give_a_reason(select: dict[str, str], words: str) -> None:
    result = read(PLAIN, **select)
    assert isinstance(result, NotAFeed)
    assert words in result.reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\x01",
        b"plain words",
        b"<li>" * 50_000,
        b"<li><div>" * 30_000 + b"<a href=/1>x</a>",
        b"<ul>" + b'<li><a href="javascript:go(1)">x</a></li>' * 2_000,
        b'<li><a href="http://[bad">a headline here</a></li>',
        b"<li><a href=/1>" + b"long " * 200_000 + b"</a></li>",
        b'<?xml version="1.0" encoding="gbk"?><html><li><a href="/1">headline</a></li></html>',
    ],
)
def test_any_bytes_give_a_result(body: bytes) -> None:
    assert isinstance(read(body, item="li"), Feed | NotAFeed)
