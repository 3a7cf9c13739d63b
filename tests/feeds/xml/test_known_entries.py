"""Reading a document without its known entries gives the same feed without them."""

from __future__ import annotations

from dataclasses import replace
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import Feed
from feeds.read import read_feed
from feeds.xml.known_entries import split_entries

_WORDS = st.text(alphabet="ab中文 &<>\"'é]!-", max_size=12)
_MARKUP = st.sampled_from(
    [
        "<b>粗</b>",
        "<item>",
        "</item>",
        "<item/>",
        "]]&gt;",
        "<!-- x -->",
        "&nbsp;",
        "<a href='/x'>x</a>",
        "<entry>",
        "</entry>",
        "",
    ]
)
_RSS = '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"{}><channel><title>x</title>{}</channel></rss>'
_ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"{}><title>x</title><author><name>报</name></author>{}</feed>'
_RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"{}>'
    "<channel><title>x</title><items><rdf:Seq/></items></channel>{}</rdf:RDF>"
)


@st.composite
def _items(draw: st.DrawFn) -> str:
    """Return RSS items with escaped texts, CDATA sections, comments or invalid markup."""
    text, markup = draw(_WORDS), draw(_MARKUP)
    body = draw(
        st.sampled_from(
            [
                escape(text + markup),
                f"<![CDATA[{text.replace(']]>', '')}{markup}]]>",
                f"<!-- {text.replace('-', '')} {markup.replace('-', '')} -->{escape(text)}",
                escape(text),
                markup,
            ]
        )
    )
    head = draw(st.sampled_from(["<item>", "<item >", '<item xml:base="http://b.example/">', '<item xml:lang="de">']))
    link = draw(st.sampled_from(["", "<link>/a?b&c</link>", "<link>https://a.example/1</link>"]))
    return f"{head}<title>{escape(text)}</title>{link}<description>{body}</description></item>"


@st.composite
def _documents(draw: st.DrawFn) -> str:
    items = draw(st.lists(_items(), max_size=6))
    gaps = [draw(st.sampled_from(["", "\n", " ", "<!-- <item> -->", "<!-- a -->", "<dc:x/>"])) for _ in items]
    body = "".join(gap + item for gap, item in zip(gaps, items, strict=True))
    wrap = draw(st.sampled_from([_RSS, _ATOM, _RDF]))
    if wrap is _ATOM:
        for rss, atom in (("<item", "<entry"), ("</item>", "</entry>"), ("description>", "content>")):
            body = body.replace(rss, atom)
    return wrap.format(draw(st.sampled_from(["", ' xml:base="/x/"', ' xml:lang="zh"'])), body)


def _read(text: str, known: frozenset[str] | None = None) -> Feed:
    feed = read_feed(text.encode(), url="https://a.example/feed", known_hashes=known)
    assert isinstance(feed, Feed)
    return feed


@settings(max_examples=250)
@given(_documents(), st.data())
def test_skipping_known_entries_changes_nothing_else(text: str, data: st.DataObject) -> None:
    plain, hashed = _read(text), _read(text, frozenset())
    assert hashed == plain
    hashes = [entry.raw_hash for entry in hashed.entries if entry.raw_hash]
    known = frozenset(data.draw(st.lists(st.sampled_from(hashes)))) if hashes else frozenset[str]()
    rest = _read(text, known)
    assert rest.entries == tuple(entry for entry in hashed.entries if entry.raw_hash not in known)
    assert [entry.raw_hash for entry in rest.entries if entry.raw_hash] == [
        entry_hash for entry_hash in hashes if entry_hash not in known
    ]
    assert sorted(rest.known_hashes) == sorted(entry_hash for entry_hash in hashes if entry_hash in known)
    assert replace(rest, entries=(), known_hashes=()) == replace(plain, entries=())


PLAIN = _RSS.format("", "<item><title>a</title></item><item><title>b</title></item>")


def _hashes(text: str, **options: str) -> list[str | None]:
    feed = read_feed(text.encode(), known_hashes=(), **options)  # type: ignore[arg-type]
    assert isinstance(feed, Feed)
    return [entry.raw_hash for entry in feed.entries]


def test_hash_is_stable_while_the_entry_and_its_context_are_unchanged() -> None:
    assert len(set(_hashes(PLAIN))) == 2
    assert _hashes(PLAIN.replace("<title>x", "<lastBuildDate>1 Jan 2020</lastBuildDate><title>y")) == _hashes(PLAIN)
    assert _hashes(PLAIN.replace("<item>", "<item><title>new</title></item><item>", 1))[1:] == _hashes(PLAIN)


@pytest.mark.parametrize(
    "changed",
    [
        PLAIN.replace("<channel>", '<channel xml:base="http://b.example/">'),
        PLAIN.replace("<channel>", '<channel xml:lang="de">'),
        PLAIN.replace("<channel>", "<channel><language>de</language>"),
        PLAIN.replace("dc/elements/1.1/", "dc/terms/"),
        PLAIN.replace("<title>x", "<link>https://b.example/</link><title>x"),
        PLAIN.replace("rss", "feed").replace("<channel>", "").replace("</channel>", ""),
    ],
)
def test_hash_changes_with_the_context_of_the_entry(changed: str) -> None:
    assert not set(_hashes(PLAIN)) & set(_hashes(changed))


def test_hash_changes_with_the_options_of_the_caller() -> None:
    option_sets = [{}, {"url": "https://b.example/"}, {"language": "de"}, {"salt": "2"}]
    hashes = [entry_hash for options in option_sets for entry_hash in _hashes(PLAIN, **options)]
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("<title>b", "<title>b<item><title>nested</title></item>"),
        PLAIN.replace("<title>b</title>", "<title>b</titel>"),
        PLAIN.replace("<title>b</title>", "<dcx:y>1</dcx:y>"),
        PLAIN[:-30],
        PLAIN.replace("</channel>", "</channel><channel><item><title>c</title></item></channel>"),
    ],
)
def test_a_document_that_is_not_plain_is_read_whole_and_marks_nothing(text: str) -> None:
    found = read_feed(text.encode(), known_hashes=("x",))
    assert isinstance(found, Feed)
    assert found.entries
    assert found.known_hashes == ()
    assert not [entry for entry in found.entries if entry.raw_hash]
    assert found == read_feed(text.encode())


def test_entry_in_a_comment_is_ignored() -> None:
    text = PLAIN.replace("<item><title>b</title></item>", "<!-- <item><title>b</title></item> -->")
    feed = read_feed(text.encode(), known_hashes=_hashes(PLAIN))  # type: ignore[arg-type]
    assert isinstance(feed, Feed)
    assert [entry.title for entry in feed.entries] == ["a"]


def test_splitting_keeps_every_character() -> None:
    split = split_entries(f"junk{PLAIN}tail")
    assert split is not None
    assert split.without_entries(()) == f"junk{PLAIN}tail"
    assert split.entries == ("<item><title>a</title></item>", "<item><title>b</title></item>")
    assert split.skeleton == "junk" + _RSS.format("", "<item/><item/>") + "tail"
    assert split_entries("<rss><item>" + "<item/>" * 10) is None
    assert split_entries("no markup") is None
    assert split_entries("<item></item>" * 1001) is None
