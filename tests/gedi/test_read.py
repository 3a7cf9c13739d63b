"""``gedi read``: one document to JSON lines, and a stream of requests to a stream of responses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gedi.cli import main

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

FEED = """<?xml version="1.0" encoding="gb2312"?><rss version="2.0"><channel><title>城市早报</title>
<link>https://a.example/</link><description>要闻</description><language>zh-cn</language>
<item><title>第一条</title><link>/1</link><guid isPermaLink="false">a-1</guid><pubDate>2020-01-10 14:33:00</pubDate>
<author>记者 张三</author><category>社会</category><description>&lt;p&gt;正文&lt;/p&gt;</description>
<enclosure url="/1.mp3" type="audio/mpeg" length="9"/></item></channel></rss>"""
PAGE = '<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>'


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.xml"
    path.write_bytes(FEED.encode("gbk"))
    return path


def read(*arguments: str, given: bytes | None = None) -> list[dict[str, Any]]:
    answer = CliRunner().invoke(main, ["read", *arguments], input=given, obj=lambda: NOW)
    assert answer.exit_code == 0, answer.output
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_a_feed_is_one_line_and_each_entry_another(feed: Path) -> None:
    first, *entries = read(str(feed), "--url", "https://a.example/feed.xml")
    assert first == {
        "feed": {
            "title": "城市早报",
            "link": "https://a.example/",
            "id": None,
            "description": "要闻",
            "language": "zh-cn",
            "updated": None,
            "author": None,
            "encoding": "gb18030",
        }
    }
    assert entries == [
        {
            "id": "a-1",
            "title": "第一条",
            "link": "https://a.example/1",
            "published": "2020-01-10T06:33:00+00:00",
            "updated": None,
            "author": "记者 张三",
            "summary": "<p>正文</p>",
            "content": None,
            "categories": ["社会"],
            "enclosures": ["https://a.example/1.mp3"],
            "picture": None,
        }
    ]


def test_stdin_and_the_charset_of_the_content_type() -> None:
    given = "<rss version='2.0'><channel><title>鱇鱿鲂鲅</title></channel></rss>".encode("gbk")
    assert read("-", "--content-type", "text/xml;charset='GB2312'", given=given)[0]["feed"]["title"] == "鱇鱿鲂鲅"


@pytest.mark.parametrize("given", [b"", b"hello", b"{}", b"<html></html>", b"\xff\xfe\x00"])
def test_what_is_no_feed_is_refused_with_a_reason(given: bytes) -> None:
    (answer,) = read(given=given)
    assert list(answer) == ["error"]
    assert answer["error"]


def test_a_page_is_refused_with_the_feeds_it_offers() -> None:
    (answer,) = read("--url", "https://a.example/x", given=PAGE.encode())
    assert answer["error"].endswith("it offers: https://a.example/rss")


def test_serving_answers_every_request_with_one_line(feed: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    requests: list[object] = [
        {"path": str(feed), "url": "https://a.example/f", "content_type": "text/xml", "headers": {}},
        {"path": str(tmp_path / "none")},
        {"path": str(page), "url": "https://a.example/x"},
        {"path": str(feed), "headers": {"Content-Location": "https://b.example/f"}, "url": None, "content_type": None},
        {"url": "https://a.example/"},
        [1],
    ]
    given = "\n".join(map(json.dumps, requests)) + "\nnot json\n\n"
    answers = read("--serve", given=given.encode())
    assert [sorted(answer) for answer in answers] == [["entries", "error", "feed"]] * 7
    assert [bool(answer["error"]) for answer in answers] == [False, True, True, False, True, True, True]
    assert answers[0]["feed"]["encoding"] == "gb18030"
    assert answers[0]["entries"][0]["link"] == "https://a.example/1"
    assert answers[3]["entries"][0]["link"] == "https://b.example/1"
