"""Tests of a page within a feed: a page to a browser, the same feed to every reader."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from feeds.model import Entry, Feed, Link, Origin, Person
from feeds.read import read_feed
from feeds.write.atom import write_atom
from feeds.write.browser_page import XHTML, embed_page, parse_document, read_outline
from feeds.write.rss import write_rss

AT = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)
PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="dark"><head><meta charset="utf-8"><title>A page &amp; more</title>
<link rel="stylesheet" href="/s.css"><link rel="alternate" href="/feeds/all.atom">
<script type="application/ld+json">{"a": "<b> & c"}</script></head>
<body><main><h1>A page</h1><p>one<br>two <input disabled> &nbsp; <img src="data:,x" alt=""></p>
<code>https://a.example/<wbr>feeds/<wbr>all.atom</code></main></body></html>"""
WRITERS = {"atom": write_atom, "rss": write_rss}


def feed(count: int = 3) -> Feed:
    return Feed(
        id="tag:a.example,2026:feed",
        title="全部 <新闻>",
        link="https://a.example/latest",
        description="所有 & 一切",
        updated=AT,
        authors=(Person("甲"),),
        links=(
            Link("https://a.example/feeds/all.atom", "self"),
            Link("https://a.example/feeds/all/archive/4.atom", "prev-archive"),
        ),
        entries=tuple(
            Entry(
                id=f"tag:a.example,2026:{n}",
                title=f"第{n}条 & 更多",
                link=f"https://b.example/{n}?a=1&b=2",
                summary=f"摘要{n}",
                content=f"<p>全文{n}</p>",
                published=AT,
                updated=AT,
                origin=Origin(title="石桥晚报", link="https://b.example/"),
            )
            for n in range(count)
        ),
    )


def embedded(format: str, count: int = 3, most: int = 10) -> bytes:
    return embed_page(parse_document(WRITERS[format](feed(count))), PAGE, "/static/style.css?v=1", most)


@pytest.mark.parametrize("format", WRITERS)
def test_outline_of_what_the_writers_write(format: str) -> None:
    outline = read_outline(parse_document(WRITERS[format](feed())), 2)
    assert "新闻" in outline.title
    assert (outline.page, outline.updated, outline.count) == ("https://a.example/latest", AT, 3)
    assert outline.links["prev-archive"] == "https://a.example/feeds/all/archive/4.atom"
    first, second = outline.entries
    assert (first.title, first.link) == ("第0条 & 更多", "https://b.example/0?a=1&b=2")
    assert (second.source, second.published) == ("石桥晚报", AT)


@pytest.mark.parametrize("format", WRITERS)
def test_a_reader_finds_the_same_feed(format: str) -> None:
    plain, opened = read_feed(WRITERS[format](feed())), read_feed(embedded(format))
    assert isinstance(opened, Feed)
    assert isinstance(plain, Feed)
    assert (opened.title, opened.link, opened.updated) == (plain.title, plain.link, plain.updated)
    for before, after in zip(plain.entries, opened.entries, strict=True):
        same = ("id", "title", "link", "summary", "published")
        assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]


@pytest.mark.parametrize("format", WRITERS)
def test_the_page_is_one_element_of_the_feed(format: str) -> None:
    document = embedded(format)
    instruction = document.split(b"\n")[1]
    assert instruction == b'<?xml-stylesheet type="text/css" href="/static/style.css?v=1"?>'
    root = etree.fromstring(document)
    page = root[0] if format == "atom" else root[0][0]
    assert page.tag == f"{{{XHTML}}}html"
    assert dict(page.attrib) == {"lang": "en", "data-theme": "dark"}
    assert {etree.QName(element).namespace for element in page.iter("*")} == {XHTML}
    assert {element.prefix for element in page.iter("*")} == {None}
    assert not page.xpath("//h:link[@rel='stylesheet']", namespaces={"h": XHTML})
    assert page.findtext(f".//{{{XHTML}}}script") == '{"a": "<b> & c"}'
    assert page.findtext(f".//{{{XHTML}}}code") == "https://a.example/feeds/all.atom"


@pytest.mark.parametrize("format", WRITERS)
def test_it_is_as_small_as_a_page(format: str) -> None:
    opened = read_feed(embedded(format, 30, 5))
    assert isinstance(opened, Feed)
    assert [entry.title for entry in opened.entries] == [f"第{n}条 & 更多" for n in range(5)]
    assert "全文".encode() not in embedded(format)
