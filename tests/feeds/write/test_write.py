"""Written documents are well-formed and deterministic, and are read back equal by our readers and other parsers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

import fastfeedparser
import feedparser
import pytest
from lxml import etree

from feeds.model import Category, Enclosure, Entry, Feed, Hints, Link, Origin, Person, Picture, Tombstone
from feeds.write.atom import write_atom
from feeds.write.escaping import title_or_excerpt
from feeds.write.jsonfeed import write_json
from feeds.write.rss import write_rss
from tests.feeds.write.roundtrip import assert_same_entry, assert_same_feed, read_back

T = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"

FULL = Entry(
    id="tag:a.example,2020:1",
    title="标题 a < b & 其他",
    link="https://a.example/1",
    published=T,
    updated=T + timedelta(hours=1),
    authors=(Person("甲", "jia@a.example", "https://a.example/jia"), Person("乙")),
    editor="戊",
    summary="<p>摘要</p>",
    content='<p>全文 &amp; ]]&gt; <a href="https://a.example/x">x</a></p>',
    categories=(Category("law", "https://g.example/categories", "法治"), Category("社会")),
    enclosures=(
        Enclosure("https://a.example/1.mp3", "audio/mpeg", 12),
        Enclosure("https://a.example/2.jpg", "image/jpeg"),
    ),
    picture=Picture("https://a.example/2.jpg", 800, 450, "甲 < 乙 & 丙"),
    links=(Link("https://o.example/1", "via"), Link("https://b.example/1", "related", "text/html", "zh", "另一篇")),
    language="zh-TW",
    rights="© 甲",
    origin=Origin("urn:o:1", "原报", "https://o.example/", "https://o.example/feed", T, (Person("丙"),), "© 原报"),
    place="枣庄市山亭区",
    point=(35.1, 117.4586),
)
FEED = Feed(
    id="urn:g:society",
    title="社会 · 各地新闻",
    link="https://g.example/category/society",
    description="社会新闻 <b>要闻</b>",
    language="zh-CN",
    updated=T,
    authors=(Person("各地新闻", uri="https://g.example/"),),
    rights="© 各家",
    icon="https://g.example/icon.png",
    generator="Gedi",
    links=(
        Link("https://g.example/feeds/society.atom", "self", "application/atom+xml"),
        Link("https://hub.example/", "hub"),
        Link("https://g.example/feeds/society.atom?page=2", "next"),
        Link("https://g.example/feeds/society.atom?before=9", "prev-archive"),
    ),
    entries=(
        FULL,
        Entry(
            id="tag:a.example,2020:2", title="第二条", link="https://a.example/2", updated=T, authors=(Person("丁"),)
        ),
    ),
    deleted=(Tombstone("tag:a.example,2020:9", T),),
    archive=True,
)
WRITERS = [write_atom, write_rss, write_json]


def test_atom_round_trip_is_lossless() -> None:
    result = read_back(write_atom(FEED))
    assert_same_feed(result, FEED, but=("editor", "place"))  # the editor is an atom:contributor


@pytest.mark.parametrize("write", [write_atom, write_rss])
def test_the_name_of_a_place_is_written_in_no_spelling_of_georss(write: Callable[[Feed], bytes]) -> None:
    document = write(FEED).lower()
    assert b"georss:point" in document
    assert b"featurename" not in document


def test_rss_round_trip_keeps_what_rss_can_express() -> None:
    result = read_back(write_rss(FEED))
    first = result.entries[0]
    assert_same_entry(first, FULL, but=("authors", "categories", "origin", "editor", "place"))
    assert [person.name for person in first.authors] == ["甲", "乙"]
    assert [category.term for category in first.categories] == ["law", "社会"]
    assert first.origin == Origin(title="原报", link="https://o.example/feed")
    assert (result.title, result.link, result.language, result.updated) == (FEED.title, FEED.link, FEED.language, T)
    assert result.links == FEED.links
    assert result.archive
    assert result.deleted == ()  # RSS has no tombstones


def test_json_round_trip_is_lossless() -> None:
    assert_same_feed(read_back(write_json(FEED)), FEED)


def test_json_uses_standard_members_where_they_exist() -> None:
    """Readers that ignore our extension miss only what JSON Feed cannot express."""
    document = json.loads(write_json(FEED))
    for part in (document, *document["items"]):
        part.pop("_gedi", None)
    result = read_back(json.dumps(document).encode())
    first = result.entries[0]
    assert (first.id, first.title, first.link, first.content) == (FULL.id, FULL.title, FULL.link, FULL.content)
    assert (first.published, first.updated, first.language) == (FULL.published, FULL.updated, FULL.language)
    assert first.summary == "摘要"
    assert first.enclosures == FULL.enclosures
    assert [category.term for category in first.categories] == ["法治", "社会"]
    assert result.first_link("hub") == "https://hub.example/"
    assert result.first_link("next") == FEED.first_link("next")


@pytest.mark.parametrize(
    "junk", [1, "x", [], {"links": 3, "origin": [], "point": [1, "a"], "hints": {"skip_hours": 4}}]
)
def test_invalid_extension_member_is_ignored(junk: object) -> None:
    document = json.loads(write_json(FEED)) | {"_gedi": junk}
    document["items"][0]["_gedi"] = junk
    assert read_back(json.dumps(document).encode()).entries[0].title == FULL.title


def test_json_feed_is_valid_version_1_1() -> None:
    document = json.loads(write_json(FEED))
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["feed_url"] == FEED.first_link("self")
    assert document["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    assert all(
        isinstance(item["id"], str) and ("content_html" in item or "content_text" in item) for item in document["items"]
    )
    assert document["items"][0]["attachments"][0] == {
        "url": "https://a.example/1.mp3",
        "mime_type": "audio/mpeg",
        "size_in_bytes": 12,
    }


@pytest.mark.parametrize("write", WRITERS)
def test_equal_feeds_give_equal_bytes(write) -> None:  # type: ignore[no-untyped-def]
    assert write(FEED) == write(FEED)
    bare = Feed(title="x", entries=(Entry(title="a"), Entry(link="https://a.example/")))
    assert write(bare) == write(bare)
    assert b"20" + b"26" not in write(bare)  # no time but what was given


@pytest.mark.parametrize("write", WRITERS)
def test_two_other_parsers_read_the_documents(write) -> None:  # type: ignore[no-untyped-def]
    content = write(FEED)
    if write is not write_json:
        parsed = feedparser.parse(BytesIO(content))
        assert not parsed.bozo
        assert [entry.id for entry in parsed.entries] == ["tag:a.example,2020:1", "tag:a.example,2020:2"]
        assert parsed.entries[0].link == "https://a.example/1"
    other = fastfeedparser.parse(content)
    assert [entry["link"] for entry in other["entries"]] == ["https://a.example/1", "https://a.example/2"]


def test_atom_has_the_elements_that_rfc_4287_requires() -> None:
    root = etree.fromstring(
        write_atom(replace(FEED, authors=(), entries=(Entry(title="a"), Entry(link="https://a.example/"))))
    )
    for node in (root, *root.findall(f"{ATOM}entry")):
        assert node.findtext(f"{ATOM}id")
        assert node.findtext(f"{ATOM}updated")
        assert node.find(f"{ATOM}title") is not None
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    for entry in root.findall(f"{ATOM}entry"):
        assert entry.find(f"{ATOM}content") is not None or entry.find(f"{ATOM}link[@rel='alternate']") is not None


def test_rss_has_the_channel_link_and_english_dates() -> None:
    channel = etree.fromstring(write_rss(FEED)).find("channel")
    assert channel is not None
    assert channel.findtext("link") == FEED.link
    assert channel.findtext("lastBuildDate") == "Mon, 23 Nov 2026 01:02:03 +0000"
    item = channel.find("item")
    assert item is not None
    assert item.findtext("pubDate") == "Mon, 23 Nov 2026 01:02:03 +0000"
    assert item.find("guid").get("isPermaLink") == "false"  # type: ignore[union-attr]
    assert len(item.findall("enclosure")) == 1
    names = [etree.QName(child).localname for child in item]
    assert names.index("description") < names.index("encoded")


def test_guid_equal_to_the_link_is_a_permalink() -> None:
    content = write_rss(
        Feed(title="x", link="https://a.example/", entries=(Entry(id="https://a.example/1", title="a"),))
    )
    assert b'<guid isPermaLink="true">https://a.example/1</guid>' in content
    other = write_rss(
        Feed(title="x", entries=(Entry(id="https://a.example/?p=1", link="https://a.example/1", title="a"),))
    )
    assert b'<guid isPermaLink="false">https://a.example/?p=1</guid>' in other  # the page is elsewhere


def test_invalid_entries_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    bad = (
        Entry(id="a"),
        Entry(id="b", title="naive", published=datetime(2020, 1, 1)),  # noqa: DTZ001
        Entry(id="c", title="\x08\ud800\ufffe"),
    )
    feed = replace(FEED, entries=(bad[0], FULL, *bad[1:]))
    with caplog.at_level(logging.WARNING):
        for write in WRITERS:
            assert [entry.id for entry in read_back(write(feed)).entries] == [FULL.id]
    (naive, *_) = [record.getMessage() for record in caplog.records if "entry='b'" in record.getMessage()]
    assert naive.startswith("entry_not_written feed=")
    assert "without a time zone" in naive


def test_invalid_characters_are_removed() -> None:
    entry = Entry(
        id="has blanks in it",
        title="a\x08b\ud800c\ufffed",
        link="https://a.example/a b",
        content="x\x00<p>",
        authors=(Person("n\x01m"),),
    )
    for write in WRITERS:
        result = read_back(write(Feed(title="\x0bx", link="https://a.example/", entries=(entry,)))).entries[0]
        assert (result.title, result.link, result.content or result.summary) == (
            "abcd",
            "https://a.example/a%20b",
            "x<p>",
        )
        assert result.id is not None
        assert result.id.startswith("urn:uuid:")


def test_titles_that_mention_markup_are_preserved() -> None:
    title = "怎么用 <b>粗体</b> 和 &nbsp; ：1 < 2 & 3"
    feed = Feed(title=title, link="https://a.example/", entries=(Entry(id="tag:a.example,2020:1", title=title),))
    for write in (write_atom, write_json):
        result = read_back(write(feed))
        assert (result.title, result.entries[0].title) == (title, title)
    full_width = "怎么用 ＜b＞粗体＜/b＞ 和 ＆nbsp; ：1 < 2 & 3"  # RSS has no text types
    result = read_back(write_rss(feed))
    assert (result.title, result.entries[0].title) == (full_width, full_width)
    assert b"1 &#x3C; 2 &#x26; 3" in write_rss(feed)


def test_urls_in_html_are_absolute() -> None:
    html = '<p><a href="#note">1</a> <a href="/x">2</a> <a href=\'y?a=1&amp;b=2\'>3</a></p>'
    entry = Entry(id="tag:a.example,2020:1", title="t", link="https://a.example/d/1?a=1&b=2#top", content=html)
    for write in WRITERS:
        result = read_back(write(Feed(title="x", link="https://a.example/", entries=(entry,)))).entries[0]
        text = result.content or result.summary or ""
        assert 'href="https://a.example/d/1?a=1&amp;b=2#note"' in text
        assert 'href="https://a.example/x"' in text
        assert "href='https://a.example/d/y?a=1&amp;b=2'" in text


def test_missing_title_is_replaced_where_the_format_requires_one() -> None:
    texts = ("<p>一段正文</p>", "长" * 100, None)
    made = ("一段正文", "长" * 60 + "…", "https://a.example/1")
    for text, title in zip(texts, made, strict=True):
        entry = Entry(id="tag:a.example,2020:1", link="https://a.example/1", summary=text)
        for write in (write_atom, write_rss):
            assert read_back(write(Feed(title="x", entries=(entry,)))).entries[0].title == title
        assert "title" not in json.loads(write_json(Feed(title="x", entries=(entry,))))["items"][0]


def test_latest_of_two_entries_with_one_id_is_kept() -> None:
    old, new = (
        Entry(id="urn:x:1", title="old", updated=T),
        Entry(id="urn:x:1", title="new", updated=T + timedelta(days=1)),
    )
    for order in ((old, new), (new, old)):
        assert [entry.title for entry in read_back(write_atom(Feed(title="x", entries=order))).entries] == ["new"]


def test_stylesheet_instruction_is_optional() -> None:
    for write in (write_atom, write_rss):
        assert b"xml-stylesheet" not in write(FEED)
        assert write(FEED, stylesheet="/static/feed.css").split(b"\n")[1] == (
            b'<?xml-stylesheet type="text/css" href="/static/feed.css"?>'
        )
        assert read_back(write(FEED, stylesheet="/a?b&c")).title == FEED.title


def test_hints_are_preserved_in_rss() -> None:
    feed = replace(FEED, hints=Hints(ttl=30, skip_hours=(1, 2), skip_days=("Saturday", "Sunday")))
    assert read_back(write_rss(feed)).hints == feed.hints


def test_times_in_other_zones_are_written_in_utc() -> None:
    moment = datetime(2026, 11, 23, 9, 2, 3, 999, tzinfo=timezone(timedelta(hours=8)))
    assert read_back(write_atom(replace(FEED, updated=moment))).updated == T


def test_a_title_from_the_text_has_no_lost_characters() -> None:
    entry = Entry(id="tag:a.example,2020:1", content="&nbsp;&#0;潮水&#xFFFD;")
    assert title_or_excerpt(entry) == "□潮水□"


@pytest.mark.parametrize("write", [write_atom, write_rss])
def test_a_picture_is_media_content_and_thumbnail(write: Callable[[Feed], bytes]) -> None:
    media = "{http://search.yahoo.com/mrss/}"
    root = etree.fromstring(write(FEED))
    (content,) = root.iter(f"{media}content")
    (thumbnail,) = root.iter(f"{media}thumbnail")
    size = {"url": "https://a.example/2.jpg", "width": "800", "height": "450"}
    assert dict(content.attrib) == {**size, "medium": "image", "type": "image/jpeg"}
    assert content.findtext(f"{media}description") == "甲 < 乙 & 丙"
    assert dict(thumbnail.attrib) == size


def test_the_picture_of_json_feed_is_the_standard_member() -> None:
    item = json.loads(write_json(FEED))["items"][0]
    assert item["image"] == "https://a.example/2.jpg"
    assert item["_gedi"]["picture"] == {"width": 800, "height": 450, "alt": "甲 < 乙 & 丙"}
