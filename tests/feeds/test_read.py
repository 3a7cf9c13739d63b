"""``read_feed`` as a whole: real documents, arbitrary bytes, HTML pages, OPML lists and the command ``gedi read``."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.html.autodiscovery import autodiscover
from feeds.model import Category, Enclosure, Feed, Hints, Link, NotAFeed, Origin, Person
from feeds.opml import Opml, Outline, read_opml, write_opml
from feeds.read import read_feed
from feeds.text import html_to_text
from gedi.commands.read import read as command

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

DATA = os.environ.get("GEDI_DATA")
GARBLED = re.compile("[\ufffd\ue000-\uf8ff]|锟斤拷|Ã[\x80-\xbf]|â€")


@pytest.mark.skipif(not DATA, reason="GEDI_DATA names the folder of real documents")
def test_real_documents_keep_every_entry_and_title() -> None:
    documents = sorted(Path(str(DATA)).glob("feeds/*/*.xml"))
    assert documents
    for path in documents:
        content = path.read_bytes()
        feed = read_feed(content, url="https://a.example/feed")
        assert isinstance(feed, Feed), path.name
        assert len(feed.entries) == len(re.findall(rb"<(?:item|entry)[\s>]", content)), path.name
        assert not [entry.title for entry in feed.entries if GARBLED.search(entry.title)], path.name
        assert all(entry.link for entry in feed.entries), path.name


# ---------------------------------------------------------------- metadata
FEED_WITH_EVERYTHING = """<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
 xmlns:atom="http://www.w3.org/2005/Atom" xmlns:georss="http://www.georss.org/georss"
 xmlns:fh="http://purl.org/syndication/history/1.0" xmlns:at="http://purl.org/atompub/tombstones/1.0">
<channel><title>x</title><link>https://a.example/</link><ttl>60</ttl><skipHours><hour>1</hour><hour>24</hour><hour>x</hour></skipHours>
<skipDays><day>sunday</day><day>Saturday</day></skipDays><sy:updatePeriod>daily</sy:updatePeriod>
<sy:updateFrequency>4</sy:updateFrequency><copyright>(c) 甲</copyright><generator>G 1</generator>
<image><url>/i.png</url><title>t</title></image><atom:link rel="hub" href="https://hub.example/"/>
<fh:archive/><at:deleted-entry ref="urn:x:9" when="2020-01-10T00:00:00Z"/><at:deleted-entry ref="urn:x:8"/>
<item xml:lang="ug"><title>a</title><source url="https://o.example/feed">原报</source><georss:featureName>枣庄</georss:featureName>
<category domain="https://a.example/c">法治</category><enclosure url="/1.mp3" length="12" type="audio/mpeg"/>
<comments>/1#c</comments></item></channel></rss>"""


def test_metadata_of_feed_and_entry_is_read() -> None:
    feed = read_feed(FEED_WITH_EVERYTHING.encode(), url="https://a.example/feed.xml")
    assert isinstance(feed, Feed)
    assert feed.hints == Hints(60, (0, 1), ("Saturday", "Sunday"), 21_600)
    assert (feed.rights, feed.generator, feed.icon) == ("(c) 甲", "G 1", "https://a.example/i.png")
    assert (feed.archive, feed.format, feed.first_link("hub")) == (True, "rss20", "https://hub.example/")
    assert [tombstone.ref for tombstone in feed.deleted] == ["urn:x:9"]
    entry = feed.entries[0]
    assert (entry.language, entry.place) == ("ug", "枣庄")
    assert entry.origin == Origin(title="原报", link="https://o.example/feed")
    assert entry.categories == (Category("法治", "https://a.example/c"),)
    assert entry.enclosures == (Enclosure("https://a.example/1.mp3", "audio/mpeg", 12),)
    assert entry.links == (Link("https://a.example/1#c", "replies"),)


def test_atom_source_is_read_completely() -> None:
    content = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>a</title><source><id>urn:s</id>
    <title type="html">原 &amp;lt;报&amp;gt;</title><link href="https://s.example/"/><link rel="self" href="https://s.example/feed"/>
    <updated>2020-01-10T00:00:00Z</updated><author><name>丙</name></author><rights>r</rights></source></entry></feed>"""
    feed = read_feed(content.encode())
    assert isinstance(feed, Feed)
    origin = feed.entries[0].origin
    assert origin is not None
    assert (origin.id, origin.title, origin.link, origin.self_link) == (
        "urn:s",
        "原 <报>",
        "https://s.example/",
        "https://s.example/feed",
    )
    assert origin.authors == feed.entries[0].authors == (Person("丙"),)


def test_entries_beyond_the_limit_are_skipped() -> None:
    items = "".join(f"<item><title>{number}</title></item>" for number in range(6_000))
    feed = read_feed(f"<rss><channel><title>x</title>{items}</channel></rss>".encode())
    assert isinstance(feed, Feed)
    assert [entry.title for entry in feed.entries] == [str(number) for number in range(1_000)]
    assert feed.skipped == 4_000


def test_truncated_entry_counts_as_skipped() -> None:
    feed = read_feed(b"<rss><channel><title>x</title><item><title>a</title></item><item><title>b")
    assert isinstance(feed, Feed)
    assert (len(feed.entries), feed.skipped) == (1, 1)


# ---------------------------------------------------------------- arbitrary bytes
_PIECES = st.sampled_from(
    """<rss> <channel> <item> </item> <title> </title> <![CDATA[ ]]> <!-- --> &amp; &#x0; &nbsp; <entry> </entry>
    <link_href=' '/>
    <feed_xmlns='http://www.w3.org/2005/Atom'> <?xml_version='1.0'_encoding='gbk'?> <!DOCTYPE_x_[ ]>
    <content_type='xhtml'>
    <a:b> xml:base='//[ { "version":"https://jsonfeed.org/version/1.1", "items":[ ] } "id":1 中 <pubDate> </pubDate>
    <author> <source> <media:group> <guid> http://[::1 <rdf:RDF> text""".split()
).map(lambda piece: piece.replace("_", " ").encode()) | st.just(b"\xff")


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=40).map(b"".join) | st.binary(max_size=200))
def test_any_bytes_give_a_feed_or_a_reason(content: bytes) -> None:
    result = read_feed(content, url="https://a.example/")
    assert isinstance(result, Feed) or result.reason


@settings(max_examples=100, deadline=None)
@given(st.lists(_PIECES, max_size=30).map(b"".join))
def test_entry_before_damage_is_kept(damage: bytes) -> None:
    content = b"<rss><channel><title>x</title><item><title>kept</title></item><item><title>" + damage
    found = read_feed(content)
    assert isinstance(found, Feed)
    assert found.entries[0].title == "kept"


HOSTILE = {
    "blank lines": b"\n" * 500_000 + b"<rss/>",
    "entity declarations": b"<!ENTITY " * 50_000,
    "encodings": b"<?xml " + b'encoding="' * 50_000 + b"?><rss/>",
    "less-than signs": b"<rss>" + b"<" * 500_000,
    "comments": b"<!--" * 100_000,
    "sections": b"<rss><channel><item><title>" + b"<![CDATA[" * 50_000,
    "depth": b"<rss>" + b"<a>" * 100_000,
    "nested items": b"<rss>" + b"<item>" * 100_000,
    "open tags": b"<rss>" + b"<a b='" * 50_000,
    "end tags": b"<rss>" + b"<a>" * 50_000 + b"</b>" * 50_000,
    "ampersands": b"<rss><channel><title>" + b"&" * 300_000 + b"</title></channel></rss>",
    "scripts": b"<rss><channel><item><title>" + b"&lt;script&gt;" * 50_000 + b"</title></item></channel></rss>",
    "authors": b"<rss><channel><item><author>" + b"a@b.c (" * 50_000 + b"</author></item></channel></rss>",
    "attributes": b"<rss><channel><item " + b"a='1' " * 50_000 + b"/></channel></rss>",
    "hrefs": b"<rss><channel><link>http://a/</link><item><description>&lt;a "
    + b" href='x" * 50_000
    + b"</description></item></channel></rss>",
    "lists": b"[" * 200_000,
    "digits": b'{"version":"https://jsonfeed.org/version/1","items":[{"id":' + b"9" * 100_000 + b"}]}",
    "a page of tags": b"<html>" + b"<a " * 100_000,
    "zeros": b"\0" * 500_000,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_reading_hostile_documents_terminates(name: str) -> None:
    assert isinstance(read_feed(HOSTILE[name], url="https://a.example/"), Feed | NotAFeed)


# ---------------------------------------------------------------- autodiscovery
def test_autodiscovery_returns_declared_feeds() -> None:
    page = """<html><head><base href="https://a.example/x/">
    <!-- <link rel="alternate" type="application/rss+xml" href="/no"> -->
    <link rel="alternate" type="application/rss+xml" title="全部 &amp; 要闻" href="feed.xml">
    <LINK REL='alternate stylesheet' HREF='/style.css'><link rel=alternate type=application/atom+xml href=/atom>
    <link rel="alternate" type="application/feed+json" href="https://a.example/f.json">
    <link rel="alternate" hreflang="en" href="/en">
    <link rel="alternate" type="application/rss+xml" href="feed.xml"></head>
    <body><a href="/rss">RSS</a></body></html>"""
    assert autodiscover(page, "https://a.example/") == (
        Link("https://a.example/x/feed.xml", "alternate", "application/rss+xml", title="全部 & 要闻"),
        Link("https://a.example/atom", "alternate", "application/atom+xml"),
        Link("https://a.example/f.json", "alternate", "application/feed+json"),
    )


def test_autodiscovery_reads_link_headers() -> None:
    headers = {"Link": '</style.css>; rel=preload, </feed>; rel="alternate"; type="application/atom+xml"; title="x"'}
    result = read_feed(b"<!DOCTYPE html><html><body>x</body></html>", url="https://a.example/y", headers=headers)
    assert isinstance(result, NotAFeed)
    assert result.feed_links == (Link("https://a.example/feed", "alternate", "application/atom+xml", title="x"),)


def test_autodiscovery_falls_back_to_anchors() -> None:
    page = '<html><body><a href="/about">x</a><a href="/rss.xml">RSS</a><a href="javascript:feed()">y</a></body></html>'
    assert [link.href for link in autodiscover(page, "https://a.example/")] == ["https://a.example/rss.xml"]


# ---------------------------------------------------------------- OPML
OUTLINES = (
    Outline(
        "山东",
        children=(
            Outline(
                "甲报 & 网",
                "https://a.example/f?a=1&b=2",
                "https://a.example/",
                "rss",
                "zh-CN",
                "d",
                ("/region/370000",),
            ),
            Outline("枣庄", children=(Outline("乙网", "https://b.example/feed", type="rss"),)),
        ),
    ),
    Outline("丙", "https://c.example/feed", type="rss"),
)


def test_opml_round_trip_is_lossless() -> None:
    document = Opml("各地", outlines=OUTLINES)
    assert read_opml(write_opml(document)) == document
    assert write_opml(document) == write_opml(document)
    assert [(path, feed.xml_url) for path, feed in document.feeds()] == [
        (("山东",), "https://a.example/f?a=1&b=2"),
        (("山东", "枣庄"), "https://b.example/feed"),
        ((), "https://c.example/feed"),
    ]


def test_damaged_opml_is_read() -> None:
    content = """\n<?xml version="1.0" encoding="gb2312"?><opml version="1.1"><body>
    <outline TITLE="甲" XMLURL="/feed" type=rss>
    <outline title="R&D" xmlurl="https://b.example/"/></body>""".encode("gb18030")
    document = read_opml(content, url="https://a.example/list")
    assert isinstance(document, Opml)
    assert [feed.xml_url for _, feed in document.feeds()] == ["https://a.example/feed", "https://b.example/"]
    assert isinstance(read_opml(b"<html></html>"), NotAFeed)
    assert isinstance(read_opml(b'<!DOCTYPE x [<!ENTITY a "b">]><opml/>'), NotAFeed)


# ---------------------------------------------------------------- the command
RSS = "<rss version='2.0'><channel><title>x</title><item><title>甲</title><link>1</link></item></channel></rss>"


@pytest.mark.clock
def test_command_prints_the_feed_and_then_its_entries() -> None:
    result = CliRunner().invoke(command, ["-", "--url", "https://a.example/"], input=RSS.encode(), obj=lambda: NOW)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert list(lines[0]["feed"]) == ["title", "link", "id", "description", "language", "updated", "author", "encoding"]
    assert list(lines[1]) == [
        "id", "title", "link", "published", "updated", "author", "summary", "content", "categories", "enclosures",
        "picture",
    ]  # fmt: skip
    assert (lines[1]["title"], lines[1]["link"]) == ("甲", "https://a.example/1")


@pytest.mark.clock
def test_command_uses_the_charset_of_the_content_type(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    path.write_bytes(RSS.encode("big5"))
    result = CliRunner().invoke(command, [str(path), "--content-type", "text/xml; charset=big5"], obj=lambda: NOW)
    assert json.loads(result.stdout.splitlines()[0])["feed"]["encoding"] == "big5-hkscs"


@pytest.mark.clock
def test_command_reports_input_that_is_no_feed() -> None:
    result = CliRunner().invoke(command, ["-"], input=b"nothing", obj=lambda: NOW)
    assert result.exit_code == 0
    assert list(json.loads(result.stdout)) == ["error"]


@pytest.mark.clock
def test_command_serve_prints_one_result_per_line(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    path.write_bytes(RSS.encode())
    requests = [
        {"path": str(path), "url": "https://a.example/", "content_type": "text/xml", "headers": {}},
        {"path": str(path), "headers": {"Content-Location": "https://b.example/"}},
        {"path": str(tmp_path / "none")},
        {"path": 3},
    ]
    text = "\n".join([*(json.dumps(request) for request in requests), "not json"])
    results = [
        json.loads(line)
        for line in CliRunner().invoke(command, ["--serve"], input=text, obj=lambda: NOW).stdout.splitlines()
    ]
    assert [result["error"] is None for result in results] == [True, True, False, False, False]
    assert [result["entries"][0]["link"] for result in results[:2]] == ["https://a.example/1", "https://b.example/1"]
    assert results[0]["feed"]["title"] == "x"


@pytest.mark.clock
@pytest.mark.parametrize(
    "request_line",
    [
        b"{",
        b"[]",
        b"null",
        b"7",
        b'{"path": null}',
        b'{"path": "a\\u0000b"}',
        b'{"path": "\\ud800"}',
        b'{"path": "/"}',
        b'{"path": "x", "url": 5}',
        b'{"path": "x", "content_type": []}',
        b'{"path": "x", "headers": [1]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_command_serve_reports_bad_requests_and_continues(request_line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "feed"
    path.write_bytes(RSS.encode())
    good = json.dumps({"path": str(path), "headers": {"content-type": None}}).encode()
    result = CliRunner().invoke(command, ["--serve"], input=request_line + b"\n\n" + good + b"\n", obj=lambda: NOW)
    responses = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [response["error"] is None for response in responses] == [False, True]


# ---------------------------------------------------------------- plain text
@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("x &#8212 y", "x — y"),
        ("chair &#x24;5", "chair $5"),
        ("&#xD83D;&#xDE00; &#55357;&#56832;", "😀 😀"),
        ("<o:p>会议</o:p>", "会议"),
        ("《<上卷>》 a < b <3", "《<上卷>》 a < b <3"),
        ("AT&T&copy R&amp;D &amp;lt;", "AT&T&copy R&D &lt;"),
        ("a<br/>b<wbr>c<p title='x>y'>d</p>", "a bc d"),
    ],
)
def test_html_to_text_keeps_all_text(markup: str, text: str) -> None:
    assert html_to_text(markup) == text
