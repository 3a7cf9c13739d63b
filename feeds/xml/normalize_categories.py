"""Categories and files rewritten so that feedparser cannot misread them."""

from __future__ import annotations

from lxml import etree

from feeds.links import absolute
from feeds.text import collapse, plain
from feeds.xml.elements import RESOURCE, Child, children, own_base, text_of, texts_of
from feeds.xml.namespaces import EXTENSIONS, name_of
from feeds.xml.placeholders import Lifted, empty

_ENC = EXTENSIONS["enc"]
_MOST_WORDS, _LONGEST_WORDS = 50, 2_000  # feedparser compares each of a list with each


def mend_category(element: etree._Element, lifted: Lifted) -> list[etree._Element]:
    """A term in an attribute beats the text; stray markup around a text is taken off; a list becomes several."""
    term = collapse(element.get("term") or "")
    texts = [] if term else [text for one in texts_of(element) if (text := plain(one))]
    if not term and not texts:
        term = collapse(element.get("label") or "")
    if term:
        element.set("term", term)
        element.text = None
        return [element]
    return [_said(element if number == 0 else _twin(element), text, lifted) for number, text in enumerate(texts)]


def _said(element: etree._Element, text: str, lifted: Lifted) -> etree._Element:
    lifted.take(element, text)
    return element


def _twin(element: etree._Element) -> etree._Element:
    return etree.Element(element.tag, dict(element.attrib.items()), element.nsmap)


def mend_keywords(element: etree._Element) -> list[etree._Element]:
    """A list of words that feedparser takes apart: only its text may be in it. Podcasts nest their categories."""
    nested = [inner for inner in element.iterdescendants(etree.Element) if inner.get("text")][:_MOST_WORDS]
    text = text_of(element)[:_LONGEST_WORDS]
    for child in list(element):
        element.remove(child)
    element.text = text
    for inner in nested:
        for child in list(inner):
            inner.remove(child)
    return [*([element] if text or element.get("text") else []), *nested]


def mend_file(element: etree._Element, base: str | None) -> list[etree._Element]:
    """An enclosure or media:content with an absolute address; one without an address is none."""
    given = element.attrib
    address = given.get("url") or given.get("href") or given.get("src") or given.get("uri") or given.get(RESOURCE)
    url = absolute(own_base(element, base), (address or text_of(element)).replace("&amp;", "&"))
    if not url:
        return []
    if element.tag == f"{{{_ENC}}}enclosure":
        element.tag = "enclosure"
    for attribute in ("type", "length"):
        if (value := given.pop(f"{{{_ENC}}}{attribute}", None)) and attribute not in given:
            element.set(attribute, value)
    for attribute in ("href", "src", "uri", RESOURCE):
        given.pop(attribute, None)
    empty(element)
    element.set("url", url)
    return [element]


def about_the_whole(boxes: list[etree._Element]) -> list[Child]:
    """What media:group and media:content say of the entry: a picture's caption and one file of several say nothing."""
    groups = [box for box in boxes if name_of(box) == "media:group"]
    files = [box for box in boxes if name_of(box) == "media:content"]
    if len(files) > 1 or any(_is_picture(file) for file in files):
        files = []
    found: list[Child] = []
    for box in groups + files:
        for name, child in children(box):
            found += children(child) if name == "media:content" and not _is_picture(child) else [(name, child)]
    return found


def _is_picture(file: etree._Element) -> bool:
    return file.get("medium") == "image" or (file.get("type") or "").lower().startswith("image/")
