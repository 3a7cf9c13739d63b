"""Titles as one line of plain text, whatever the format says or leaves unsaid about their type."""

from __future__ import annotations

import re

from lxml import etree

from feeds.text import HTML_NAMES, collapse, plain, unescape, without_hidden
from feeds.xml.elements import html_of, kind_of_text, unwrapped_section
from feeds.xml.namespaces import is_atom

TITLES = ("title", "dc:title", "dcterms:title", "media:title", "itunes:title", "googleplay:title")
_LONGEST_TITLE = 20_000  # characters of markup
_TAG = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9]{0,15})((?:\s+[^\s<>\"'=/]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s<>\"']+))?)*)\s*(/?)>"
)
_ALONE = frozenset("br hr wbr".split())
_APART = frozenset(
    "address article aside blockquote br caption center dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section table td th tr ul".split()
)


def title_of(element: etree._Element | None, *, atom: bool) -> str:
    """A title as one line of plain text. Atom says what type it is; RSS does not, and often means HTML."""
    if element is None:
        return ""
    typed = is_typed(element, atom=atom)
    if len(element):
        return plain(html_of(element, "text" if typed else "html", guess=False))
    text = unwrapped_section((element.text or "").strip())[:_LONGEST_TITLE]
    if not typed:
        return title_of_text(text)
    kind = kind_of_text(element, "text")
    return collapse(text) if kind == "text" else plain(html_of(element, "text", guess=False)[:_LONGEST_TITLE])


def title_of_text(markup: str) -> str:
    """A line of text whose type nobody gave: its markup goes, and a tag it speaks of stays.

    Markup is what has its other half ("<b>new</b>"), an attribute with a value, or stands alone by its nature
    ("<br>"); "the <b> tag", "a<b and c>d" and "vector<int>" are words.
    """
    if "<" not in markup:
        return collapse(unescape(markup))
    markup = without_hidden(markup)
    tags = [(match[1], match[2].lower()) for match in _TAG.finditer(markup)]
    opened, closed = ({name for end, name in tags if bool(end) is closes} for closes in (False, True))
    paired = opened & closed

    def one(match: re.Match[str]) -> str:
        name = match[2].lower()
        if name not in HTML_NAMES or not (name in paired or name in _ALONE or match[4] or "=" in match[3]):
            return match[0]
        return " " if name in _APART else ""

    return collapse(unescape(_TAG.sub(one, markup)))


def is_typed(element: etree._Element, *, atom: bool) -> bool:
    """Is it said what kind of text it holds: by an attribute, or by Atom where nothing else is said?"""
    return element.get("type") is not None or element.get("mode") is not None or (atom and is_atom(element))
