"""Titles as one line of plain text, whatever the format says or leaves unsaid about their type."""

from __future__ import annotations

from lxml import etree

from feeds.elements import html_of, kind_of_text
from feeds.names import is_atom
from feeds.text import collapse, plain

TITLES = ("title", "dc:title", "dcterms:title", "media:title", "itunes:title")
_LONGEST_TITLE = 20_000  # characters of markup


def title_of(element: etree._Element | None, *, atom: bool) -> str:
    """A title as one line of plain text. Atom says what type it is; RSS does not, and often means HTML."""
    if element is None:
        return ""
    if len(element) == 0 and len(element.text or "") > _LONGEST_TITLE:
        element.text = (element.text or "")[:_LONGEST_TITLE]
    if len(element) == 0 and (kind_of_text(element, "text") == "text") and atom and is_typed(element):
        return collapse(element.text or "")
    return plain(html_of(element, "text" if atom and is_typed(element) else "html", guess=False))


def is_typed(element: etree._Element) -> bool:
    return is_atom(element) or element.get("type") is not None or element.get("mode") is not None
