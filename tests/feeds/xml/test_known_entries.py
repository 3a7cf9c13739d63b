"""A document read without the entries that are known is the whole document without them."""

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
    """RSS items whose texts are escaped, in CDATA, in comments, or as they should not be."""
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
    body = "".join(gap + one for gap, one in zip(gaps, items, strict=True))
    wrap = draw(st.sampled_from([_RSS, _ATOM, _RDF]))
    if wrap is _ATOM:
        for rss, atom in (("<item", "<entry"), ("</item>", "</entry>"), ("description>", "content>")):
            body = body.replace(rss, atom)
    return wrap.format(draw(st.sampled_from(["", ' xml:base="/x/"', ' xml:lang="zh"'])), body)


def _read(text: str, known: frozenset[str] | None = None) -> Feed:
    found = read_feed(text.encode(), url="https://a.example/feed", known_hashes=known)
    assert isinstance(found, Feed)
    return found


@settings(max_examples=250)
@given(_documents(), st.data())
def test_the_whole_without_the_known(text: str, data: st.DataObject) -> None:
    whole, marked = _read(text), _read(text, frozenset())
    assert marked == whole
    marks = [entry.raw_hash for entry in marked.entries if entry.raw_hash]
    known = frozenset(data.draw(st.lists(st.sampled_from(marks)))) if marks else frozenset[str]()
    rest = _read(text, known)
    assert rest.entries == tuple(entry for entry in marked.entries if entry.raw_hash not in known)
    assert [entry.raw_hash for entry in rest.entries if entry.raw_hash] == [mark for mark in marks if mark not in known]
    assert sorted(rest.known_hashes) == sorted(mark for mark in marks if mark in known)
    assert replace(rest, entries=(), known_hashes=()) == replace(whole, entries=())


PLAIN = _RSS.format("", "<item><title>a</title></item><item><title>b</title></item>")


def _marks(text: str, **options: str) -> list[str | None]:
    found = read_feed(text.encode(), known_hashes=(), **options)  # type: ignore[arg-type]
    assert isinstance(found, Feed)
    return [entry.raw_hash for entry in found.entries]


def test_a_mark_lasts_while_nothing_changes_that_the_entry_depends_on() -> None:
    assert len(set(_marks(PLAIN))) == 2
    assert _marks(PLAIN.replace("<title>x", "<lastBuildDate>1 Jan 2020</lastBuildDate><title>y")) == _marks(PLAIN)
    assert _marks(PLAIN.replace("<item>", "<item><title>new</title></item><item>", 1))[1:] == _marks(PLAIN)


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
def test_a_mark_changes_with_what_its_entry_depends_on(changed: str) -> None:
    assert not set(_marks(PLAIN)) & set(_marks(changed))


def test_a_mark_changes_with_what_the_caller_says() -> None:
    options = [{}, {"url": "https://b.example/"}, {"language": "de"}, {"salt": "2"}]
    marks = [mark for given in options for mark in _marks(PLAIN, **given)]
    assert len(set(marks)) == len(marks)


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


def test_a_commented_entry_is_none() -> None:
    text = PLAIN.replace("<item><title>b</title></item>", "<!-- <item><title>b</title></item> -->")
    found = read_feed(text.encode(), known_hashes=_marks(PLAIN))  # type: ignore[arg-type]
    assert isinstance(found, Feed)
    assert [entry.title for entry in found.entries] == ["a"]


def test_a_document_is_cut_without_losing_a_character() -> None:
    pieces = split_entries(f"junk{PLAIN}tail")
    assert pieces is not None
    assert pieces.without_entries(()) == f"junk{PLAIN}tail"
    assert pieces.entries == ("<item><title>a</title></item>", "<item><title>b</title></item>")
    assert pieces.skeleton == "junk" + _RSS.format("", "<item/><item/>") + "tail"
    assert split_entries("<rss><item>" + "<item/>" * 10) is None
    assert split_entries("no markup") is None
    assert split_entries("<item></item>" * 1001) is None
