"""JSON lists from which the scripts of websites render their pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from feeds.model import Feed, NotAFeed
from feeds.read import read_listing
from feeds.selectors import Selectors

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 7, 22, 9, 0, tzinfo=CHINA)
PATHS = {"item": "data.list", "title": "title", "link": "url", "time": "pubtime"}
ITEM = {"id": 7, "title": "老桥头早市搬进新大棚", "url": "/n/7.html", "pubtime": "2026-07-21 08:30"}


def read(document: Any, **paths: str) -> Feed | NotAFeed:
    content = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    select = Selectors(**{**PATHS, **paths})
    url = "https://a.example/api/list"
    return read_listing(content, kind="json", select=select, url=url, zone=CHINA, language="zh-CN", now=NOW)


def entry_of(item: dict[str, Any], **paths: str) -> Any:
    feed = read({"data": {"list": [item]}}, **paths)
    assert isinstance(feed, Feed), feed
    return feed.entries[0]


def test_list_at_a_path() -> None:
    entry = entry_of(ITEM)
    assert (entry.title, entry.link) == ("老桥头早市搬进新大棚", "https://a.example/n/7.html")
    assert entry.published == datetime(2026, 7, 21, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1784593800, datetime(2026, 7, 21, 0, 30, tzinfo=UTC)),
        (1784593800000, datetime(2026, 7, 21, 0, 30, tzinfo=UTC)),
        ("/Date(1784593800000+0800)/", datetime(2026, 7, 21, 0, 30, tzinfo=UTC)),
        ("20260721083000", datetime(2026, 7, 21, 0, 30, tzinfo=UTC)),
        ("2026-07-21T08:30:00", datetime(2026, 7, 21, 0, 30, tzinfo=UTC)),
        ("07-21 08:30", datetime(2026, 7, 21, 0, 30, tzinfo=UTC)),
        (None, None),
        (True, None),
        ([], None),
    ],
)
def test_time_formats(value: Any, expected: datetime | None) -> None:
    assert entry_of({**ITEM, "pubtime": value}).published == expected


def test_link_template_and_every_other_part() -> None:
    item = {
        "id": 7,
        "doc": {"t": "<em>早市</em>搬家", "pics": ["//img.example/7.png", "x"], "ch": [{"name": "民生"}]},
        "by": "林小河",
        "text": "<p>第一天。</p>",
    }
    entry = entry_of(
        item, title="doc.t", link="https://a.example/{doc.ch.0.name}/{id}.html", summary="text", author="by",
        category="doc.ch.0.name", image="doc.pics",
    )  # fmt: skip
    assert (entry.title, entry.link) == ("早市搬家", "https://a.example/民生/7.html")
    assert (entry.summary, entry.authors[0].name, entry.categories[0].term) == ("<p>第一天。</p>", "林小河", "民生")
    assert entry.enclosures[0].url == "https://img.example/7.png"


@pytest.mark.parametrize(
    "wrapped",
    [
        b"callback(%s);",
        b"/**/jQuery1_2.cb( %s )",
        b"var list = %s;",
        b"window.data=%s",
        b"\xef\xbb\xbf%s\n",
        b"%s trailing words",
    ],
)
def test_jsonp_is_unwrapped(wrapped: bytes) -> None:
    content = wrapped % json.dumps({"data": {"list": [ITEM]}}).encode()
    assert isinstance(read(content), Feed)


def test_document_itself_can_be_the_list() -> None:
    feed = read([ITEM, "no item", {"id": 8}, ITEM], item=".")
    assert isinstance(feed, Feed)
    assert (len(feed.entries), feed.skipped) == (1, 2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>moved</html>", "no JSON"),
        (b"", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        ({"data": {"rows": []}}, 'there is no list at "data.list"'),
        ({"data": {"list": "none"}}, 'there is no list at "data.list"'),
        ({"data": {"list": [{"name": "x"}]}}, 'has both "title" and "url"'),
    ],
)
def test_unreadable_document_gives_a_reason(content: Any, words: str) -> None:
    result = read(content)
    assert isinstance(result, NotAFeed)
    assert words in result.reason


def test_empty_list_is_no_error() -> None:
    feed = read({"data": {"list": []}})
    assert isinstance(feed, Feed)
    assert feed.entries == ()
