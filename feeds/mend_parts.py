"""Categories and files rewritten so that feedparser cannot misread them."""

from __future__ import annotations

from lxml import etree

from feeds.elements import base_of, text_of
from feeds.links import absolute
from feeds.skeleton import Lifted
from feeds.text import collapse, plain


def mend_category(element: etree._Element, lifted: Lifted) -> bool:
    """A term in an attribute beats the text; stray markup around a text is taken off."""
    term, text = collapse(element.get("term") or ""), plain(text_of(element))
    if term:
        element.set("term", term)
        element.text = None
    elif text:
        lifted.take(element, text)
    else:
        return False
    return True


def mend_keywords(element: etree._Element) -> bool:
    """A list of words that feedparser takes apart: only its text may be in it."""
    text = text_of(element)
    for child in list(element):
        element.remove(child)
    element.text = text
    return bool(text or element.get("text"))


def mend_file(element: etree._Element, base: str | None) -> bool:
    """An enclosure or media:content with an absolute address; one without an address is none."""
    address = element.get("url") or element.get("href") or element.get("src") or element.get("uri")
    url = absolute(base_of(element, base), address or text_of(element))
    if not url:
        return False
    for attribute in ("href", "src", "uri"):
        element.attrib.pop(attribute, None)
    for child in list(element):
        element.remove(child)
    element.text = None
    element.set("url", url)
    return True
