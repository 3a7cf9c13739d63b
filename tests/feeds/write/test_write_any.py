"""Any valid feed survives writing and reading (property tests)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import Category, Enclosure, Entry, Feed, Origin, Person
from feeds.write.atom import write_atom
from feeds.write.escaping import looks_like_markup
from feeds.write.jsonfeed import write_json
from feeds.write.rss import write_rss
from tests.feeds.write.roundtrip import assert_same_entry, assert_same_feed, read_back

_NO_LETTERS: Final = ("Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Zs", "Cf")
_CHARS = st.characters(codec="utf-8", exclude_categories=_NO_LETTERS, exclude_characters="\ufffd")
_WORD = st.text(_CHARS, min_size=1, max_size=12)
_LINE = st.lists(_WORD, min_size=1, max_size=4).map(" ".join)
_PLAIN = _LINE.filter(lambda text: not looks_like_markup(text))  # RSS and attributes have no type
_TITLE = _LINE.filter(lambda text: "&" not in text and "<" not in text)  # plain in every format
_MARKUP = _LINE.map(lambda text: "<p>" + text.replace("&", "&amp;").replace("<", "&lt;") + "</p>")
_SLUG = st.text("abcdefghij0123456789-", min_size=1, max_size=8)
_URL = _SLUG.map(lambda slug: f"https://a.example/{slug}")
_TIME = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
_PERSON = st.builds(
    Person, name=_TITLE, email=st.none() | _SLUG.map(lambda s: f"x{s}x@a.example"), uri=st.none() | _URL
)
_LANGUAGE = st.none() | st.sampled_from(["zh-CN", "en", "ug"])
_ENTRY = st.builds(
    Entry,
    id=_SLUG.map(lambda slug: f"tag:a.example,2020:{slug}"),
    title=_TITLE,
    link=_URL,
    published=st.none() | _TIME,
    updated=_TIME,
    authors=st.lists(_PERSON, min_size=1, max_size=2, unique_by=lambda person: person.name).map(tuple),
    summary=st.none() | _MARKUP,
    content=st.none() | _MARKUP,
    categories=st.lists(
        st.builds(Category, term=_PLAIN, scheme=st.none() | _URL, label=st.none() | _LINE), max_size=2, unique=True
    ).map(tuple),
    enclosures=st.lists(
        st.builds(
            Enclosure,
            url=_URL.map(lambda u: u + ".mp3"),
            type=st.just("audio/mpeg"),
            length=st.none() | st.integers(1, 10**9),
        ),
        max_size=2,
        unique_by=lambda file: file.url,
    ).map(tuple),
    language=_LANGUAGE,
    rights=st.none() | _PLAIN,
    origin=st.none() | st.builds(Origin, id=_URL, title=_LINE, link=_URL, updated=st.none() | _TIME),
    place=st.none() | _PLAIN,
    editor=st.none() | _TITLE,
    point=st.none()
    | st.tuples(st.integers(-9_000_000, 9_000_000), st.integers(-18_000_000, 18_000_000)).map(
        lambda degrees: (degrees[0] / 1e5, degrees[1] / 1e5)
    ),
)
_FEED = st.builds(
    Feed,
    id=_URL,
    title=_TITLE,
    link=_URL,
    description=_MARKUP,
    language=_LANGUAGE,
    updated=_TIME,
    authors=st.lists(_PERSON, min_size=1, max_size=2, unique_by=lambda person: person.name).map(tuple),
    generator=st.just("Gedi"),
    entries=st.lists(_ENTRY, max_size=4, unique_by=lambda entry: entry.id).map(tuple),
)


# RSS: the editor is a contributor, content without a summary the description, and an unedited entry has one time.
_NOT_RSS = ("authors", "editor", "place", "categories", "origin", "published", "updated", "summary", "content")


@settings(max_examples=150, deadline=None)
@given(_FEED)
def test_any_feed_survives_atom(feed: Feed) -> None:
    assert_same_feed(read_back(write_atom(feed)), feed, but=("editor", "place"))


@settings(max_examples=100, deadline=None)
@given(_FEED)
def test_any_feed_survives_rss(feed: Feed) -> None:
    result = read_back(write_rss(feed))
    for entry, given_entry in zip(result.entries, feed.entries, strict=True):
        assert_same_entry(entry, given_entry, but=_NOT_RSS)
        assert (entry.updated or entry.published) == given_entry.updated
        assert (entry.content or entry.summary) == (given_entry.content or given_entry.summary)
        assert entry.summary == (given_entry.summary or given_entry.content)
        assert entry.published == (given_entry.published or given_entry.updated)
        named = [(category.term, category.scheme) for category in given_entry.categories]
        assert [(category.term, category.scheme) for category in entry.categories] == list(dict.fromkeys(named))


@settings(max_examples=100, deadline=None)
@given(_FEED)
def test_any_feed_survives_json(feed: Feed) -> None:
    assert_same_feed(read_back(write_json(feed)), feed)
