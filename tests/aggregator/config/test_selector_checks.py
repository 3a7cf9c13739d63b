"""Validation of kind and [sources.select] in config.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config.load import ConfigErrors, parse_config
from aggregator.model import Source
from aggregator.publishing.opml_lists import render_opml
from feeds.selectors import Selectors

URL = 'url = "https://a.example/list"'


def read(text: str) -> Source:
    (source,) = parse_config(f"[[sources]]\n{text}".encode(), Path("config.toml")).sources
    return source


def test_a_table_and_an_inline_table_say_the_same() -> None:
    table = read(f'{URL}\nkind = "html"\n[sources.select]\nitem = "li"\ntitle = "h3@title"')
    inline = read(f'{URL}\nkind = "html"\nselect = {{ item = "li", title = "h3@title" }}')
    assert table.select == inline.select == Selectors(item="li", title="h3@title")


def test_a_json_list_names_paths() -> None:
    source = read(f'{URL}\nkind = "json"\nselect = {{ items = ".", title = "a.0.b", link = "/n/{{id}}.html" }}')
    assert (source.kind, source.select) == ("json", Selectors(item=".", title="a.0.b", link="/n/{id}.html"))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", False),
        ('content = "full"', True),
        ('content = "full"\narticles = false', False),
        ("articles = true", True),
        ('[publishing]\ncontent = "full"', False),
    ],
)
def test_articles_are_fetched_where_the_source_itself_asks_for_full_text(more: str, expected: bool) -> None:
    assert read(f"{URL}\n{more}").articles is expected


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('kind = "html"', 1, "select.item (source https://a.example/list): is missing"),
        ('kind = "html"\nselect = { item = "ul > > li" }', 4, "is no CSS selector"),
        ('kind = "html"\n[sources.select]\nitem = "li@class"', 5, "selects elements, not attributes"),
        ('kind = "html"\n[sources.select]\nitem = "li"\ntitle = "a:hoover(x)"', 6, "is no CSS selector"),
        ('kind = "html"\nselect = { item = "li", items = "x" }', 4, 'write "item"'),
        ('kind = "html"\nselect = { item = "li", titel = "x" }', 4, 'did you mean "title"?'),
        ('kind = "json"\nselect = { items = "a", title = "b" }', 4, "select.link"),
        ('kind = "json"\n[sources.select]\nitems = "a..b"\ntitle = "t"\nlink = "u"', 5, '"a..b" is no path'),
        ('kind = "json"\n[sources.select]\nitems = "a"\ntitle = "t"\nlink = "/{id"', 7, "a brace is left open"),
        ('select = { item = "li" }', 3, 'does not go with kind = "feed"'),
        ('kind = "xml"', 3, "kind"),
    ],
)
def test_every_mistake_has_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        read(f"{URL}\n{text}")
    told = [str(problem) for problem in caught.value.problems]
    assert any(one.startswith(f"config.toml:{line}") and words in one for one in told), told


def test_readers_elsewhere_get_our_feed_of_a_source_that_has_none() -> None:
    text = f'[[sources]]\n{URL}\nslug = "a"\nkind = "html"\nselect = {{ item = "li" }}\n[[sources]]\nurl = "https://b.example/rss"'
    listed = render_opml(parse_config(text.encode(), Path("config.toml")), "sources").decode()
    assert 'xmlUrl="http://127.0.0.1:8000/feeds/source/a.atom"' in listed
    assert 'htmlUrl="https://a.example/list"' in listed
    assert 'xmlUrl="https://b.example/rss"' in listed
