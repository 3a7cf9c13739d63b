"""Convert titles to one line of plain text, with or without a declared type."""

from __future__ import annotations

import re

from lxml import etree

from feeds.text import HTML_TAGS, collapse, html_to_text, strip_hidden, unescape
from feeds.xml.elements import html_of, strip_cdata, text_type
from feeds.xml.namespaces import is_atom_element

TITLES = ("title", "dc:title", "dcterms:title", "media:title", "itunes:title", "googleplay:title")
_MAX_TITLE = 20_000  # characters of markup
_TAG = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9]{0,15})((?:\s+[^\s<>\"'=/]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s<>\"']+))?)*)\s*(/?)>"
)
_VOID_TAGS = frozenset("br hr wbr".split())
_BLOCK_TAGS = frozenset(
    "address article aside blockquote br caption center dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section table td th tr ul".split()
)


def title_of(element: etree._Element | None, *, atom: bool) -> str:
    """Return a title as one line of plain text; "" for None.

    Atom declares the type of a title (RFC 4287 3.1.1); RSS does not and often contains HTML.
    """
    if element is None:
        return ""
    is_typed = has_text_type(element, atom=atom)
    if len(element):
        return html_to_text(html_of(element, "text" if is_typed else "html", guess=False))
    text = strip_cdata((element.text or "").strip())[:_MAX_TITLE]
    if not is_typed:
        return title_of_untyped_text(text)
    content_type = text_type(element, "text")
    return (
        collapse(text) if content_type == "text" else html_to_text(html_of(element, "text", guess=False)[:_MAX_TITLE])
    )


def title_of_untyped_text(markup: str) -> str:
    """Return text of unknown type without its markup; a tag that is only mentioned is kept.

    Markup is a tag with a counterpart ("<b>new</b>"), with an attribute value, or a void element ("<br>"); "the <b>
    tag", "a<b and c>d" and "vector<int>" are text.
    """
    if "<" not in markup:
        return collapse(unescape(markup))
    markup = strip_hidden(markup)
    tags = [(match[1], match[2].lower()) for match in _TAG.finditer(markup)]
    opened, closed = ({name for end, name in tags if bool(end) is closes} for closes in (False, True))
    paired = opened & closed

    def replace_tag(match: re.Match[str]) -> str:
        name = match[2].lower()
        if name not in HTML_TAGS or not (name in paired or name in _VOID_TAGS or match[4] or "=" in match[3]):
            return match[0]
        return " " if name in _BLOCK_TAGS else ""

    return collapse(unescape(_TAG.sub(replace_tag, markup)))


def has_text_type(element: etree._Element, *, atom: bool) -> bool:
    """Return whether the type of a text is known: from an attribute, or by Atom's default."""
    return element.get("type") is not None or element.get("mode") is not None or (atom and is_atom_element(element))
