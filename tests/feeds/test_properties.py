"""Properties of every document, truncated at any position or with any byte changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import Entry, Feed, NotAFeed, Person
from feeds.read import read_feed
from feeds.write.atom import write_atom
from feeds.write.jsonfeed import write_json
from feeds.write.rss import write_rss

_ENTRIES = tuple(
    Entry(
        id=f"tag:a.example,2020:{number}",
        title=f"第{number}条 a < b & c",
        link=f"https://a.example/{number}?a=1&b=2",
        published=datetime(2026, 1, number, tzinfo=UTC),
        updated=datetime(2026, 1, number, tzinfo=UTC),
        authors=(Person("张三"),),
        content=f'<p>正文 &amp; <a href="https://a.example/x">x</a> &lt;item&gt; {number}</p>',
    )
    for number in range(1, 6)
)
_FEED = Feed(id="urn:x", title="甲报", link="https://a.example/", language="zh-CN", entries=_ENTRIES)
_SECTIONS = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>甲报</title>'
    + "".join(
        f"<item><title><![CDATA[第{n}条]]></title><link>https://a.example/{n}</link>"
        f"<description><![CDATA[<p>正文 <b>{n}</b> 'x' \"y\"</p>]]></description></item>\n"
        for n in range(1, 6)
    )
    + "</channel></rss>"
).encode()
DOCUMENTS = {
    "atom": (write_atom(_FEED), b"</entry>"),
    "rss": (write_rss(_FEED), b"</item>"),
    "sections": (_SECTIONS, b"</item>"),
}


def _read(content: bytes) -> Feed | NotAFeed:
    return read_feed(content, url="https://a.example/feed")


def _complete_entries(name: str) -> tuple[Entry, ...]:
    feed = _read(DOCUMENTS[name][0])
    assert isinstance(feed, Feed)
    assert len(feed.entries) == 5
    return feed.entries


@pytest.mark.parametrize("name", DOCUMENTS)
def test_truncated_document_keeps_its_complete_entries(name: str) -> None:
    content, end = DOCUMENTS[name]
    complete = _complete_entries(name)
    for position in range(content.index(b"<title"), len(content), 7):
        feed = _read(content[:position])
        kept = content.count(end, 0, position)
        assert isinstance(feed, Feed)
        assert feed.entries[:kept] == complete[:kept]
        assert len(feed.entries) - kept in (0, 1)  # an entry may be present whose end tag is truncated
        assert feed.skipped in (0, 1)


def test_truncated_json_feed_keeps_its_complete_entries() -> None:
    content = write_json(_FEED)
    complete = _read(content)
    assert isinstance(complete, Feed)
    ends = [content.index(b'{"id":"' + str(entry.id).encode()) for entry in complete.entries][1:]
    for position in range(content.index(b'"items"') + 9, len(content), 7):
        feed = _read(content[:position])
        assert isinstance(feed, Feed)
        kept = sum(1 for end in ends if end <= position)
        assert feed.entries[:kept] == complete.entries[:kept]


@settings(max_examples=300)
@given(
    st.sampled_from(sorted(DOCUMENTS)),
    st.floats(0, 1),
    st.sampled_from([b"", b"<", b">", b"&", b'"', b"\x00", b"\xff", b"]]>", b"</"]),
)
def test_wrong_byte_does_not_affect_earlier_entries(name: str, share: float, wrong: bytes) -> None:
    content, end = DOCUMENTS[name]
    position = int(share * (len(content) - 1))
    feed = _read(content[:position] + wrong + content[position + 1 :])
    if position > content.index(b"<title"):
        assert isinstance(feed, Feed)
        kept = content.count(end, 0, position)
        assert feed.entries[:kept] == _complete_entries(name)[:kept]
        assert len(feed.entries) + feed.skipped >= 4


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("count", range(6))
def test_known_entries_of_written_documents_are_skipped(name: str, count: int) -> None:
    content = DOCUMENTS[name][0]
    hashed = read_feed(content, url="https://a.example/feed", known_hashes=())
    assert isinstance(hashed, Feed)
    known = frozenset(entry.raw_hash for entry in hashed.entries[count:] if entry.raw_hash)
    assert len(known) == 5 - count
    rest = read_feed(content, url="https://a.example/feed", known_hashes=known)
    assert isinstance(rest, Feed)
    assert replace(rest, known_hashes=()) == replace(hashed, entries=hashed.entries[:count])
