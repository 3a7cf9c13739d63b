"""Any input is written as a valid document (property tests)."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import Category, Enclosure, Entry, Feed, Link, Origin, Person, Tombstone
from feeds.write.atom import write_atom
from feeds.write.jsonfeed import write_json
from feeds.write.rss import write_rss
from tests.aggregator.publishing.rules import check

_NASTY = st.sampled_from(
    [
        "",
        " ",
        "]]>",
        "<b>x</b>",
        "&nbsp;&#0;",
        "\x00\x08",
        "\ud800",
        "\ufffe",
        "\u202e",
        "a\nb",
        "<![CDATA[",
        "x" * 3000,
    ]
)
_TEXT = _NASTY | st.text(max_size=20)
_URL = st.sampled_from(
    [
        "https://a.example/1",
        "https://a.example/a b",
        "javascript:alert(1)",
        "/x",
        "",
        "http://[",
        "urn:x:1",
        "mailto:x@y.z",
    ]
) | st.text(max_size=12)
_TIME = st.none() | st.datetimes(timezones=st.just(UTC)).filter(lambda time: 1 < time.year < 9999)
_PERSON = st.builds(Person, _TEXT, st.none() | _TEXT, st.none() | _URL)
_LINK = st.builds(Link, _URL, st.sampled_from(["via", "related", "alternate", "enclosure", "x y", ""]), title=_TEXT)
_ENTRY = st.builds(
    Entry,
    id=st.none() | _URL,
    title=_TEXT,
    link=st.none() | _URL,
    published=_TIME,
    updated=_TIME,
    authors=st.lists(_PERSON, max_size=2).map(tuple),
    summary=st.none() | _TEXT,
    content=st.none() | _TEXT,
    categories=st.lists(st.builds(Category, _TEXT, st.none() | _URL, st.none() | _TEXT), max_size=2).map(tuple),
    enclosures=st.lists(st.builds(Enclosure, _URL, st.none() | _TEXT, st.none() | st.integers()), max_size=2).map(
        tuple
    ),
    links=st.lists(_LINK, max_size=2).map(tuple),
    language=st.none() | st.sampled_from(["zh-CN", "x y", "", "中文"]),
    rights=st.none() | _TEXT,
    origin=st.none() | st.builds(Origin, _URL, _TEXT, _URL, _URL, _TIME),
    place=st.none() | _TEXT,
)
_FEED = st.builds(
    Feed,
    id=st.just("tag:a.example,2020:feed"),
    title=_TEXT,
    link=st.just("https://a.example/"),
    description=st.none() | _TEXT,
    language=st.none() | st.sampled_from(["zh-CN", "x y", ""]),
    updated=_TIME,
    authors=st.lists(_PERSON, max_size=1).map(tuple),
    links=st.just((Link("https://a.example/feed", "self"),)),
    entries=st.lists(_ENTRY, max_size=4).map(tuple),
    deleted=st.lists(st.builds(Tombstone, _URL, _TIME.filter(bool)), max_size=2).map(tuple),
)


@pytest.mark.parametrize(("format", "write"), [("atom", write_atom), ("rss", write_rss), ("json", write_json)])
@settings(max_examples=60)
@given(feed=_FEED)
def test_any_feed_keeps_to_the_rules(format: str, write, feed: Feed) -> None:  # type: ignore[no-untyped-def]
    check(write(feed), format)
