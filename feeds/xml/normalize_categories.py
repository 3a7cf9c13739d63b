"""Categories and files rewritten so that feedparser cannot misread them."""

from __future__ import annotations

from lxml import etree

from feeds.links import resolve_url
from feeds.text import collapse, html_to_text
from feeds.xml.elements import RESOURCE, NamedChild, base_within, named_children, text_of, texts_of
from feeds.xml.namespaces import EXTENSION_NAMESPACES, short_name
from feeds.xml.placeholders import PlaceholderTexts, clear_element

_ENC = EXTENSION_NAMESPACES["enc"]
_MAX_KEYWORDS, _MAX_KEYWORDS_LENGTH = 50, 2_000  # feedparser compares each of a list with each


def normalize_category(element: etree._Element, placeholders: PlaceholderTexts) -> list[etree._Element]:
    """A term in an attribute beats the text; stray markup around a text is taken off; a list becomes several."""
    term = collapse(element.get("term") or "")
    texts = [] if term else [text for one in texts_of(element) if (text := html_to_text(one))]
    if not term and not texts:
        term = collapse(element.get("label") or "")
    if term:
        element.set("term", term)
        element.text = None
        return [element]
    return [
        _with_text(element if number == 0 else _copy_of(element), text, placeholders)
        for number, text in enumerate(texts)
    ]


def _with_text(element: etree._Element, text: str, placeholders: PlaceholderTexts) -> etree._Element:
    placeholders.replace_content(element, text)
    return element


def _copy_of(element: etree._Element) -> etree._Element:
    return etree.Element(element.tag, dict(element.attrib.items()), element.nsmap)


def normalize_keywords(element: etree._Element) -> list[etree._Element]:
    """A list of words that feedparser takes apart: only its text may be in it. Podcasts nest their categories."""
    nested = [inner for inner in element.iterdescendants(etree.Element) if inner.get("text")][:_MAX_KEYWORDS]
    text = text_of(element)[:_MAX_KEYWORDS_LENGTH]
    for child in list(element):
        element.remove(child)
    element.text = text
    for inner in nested:
        for child in list(inner):
            inner.remove(child)
    return [*([element] if text or element.get("text") else []), *nested]


def normalize_enclosure(element: etree._Element, base: str | None) -> list[etree._Element]:
    """An enclosure or media:content with an absolute address; one without an address is none."""
    given = element.attrib
    address = given.get("url") or given.get("href") or given.get("src") or given.get("uri") or given.get(RESOURCE)
    url = resolve_url(base_within(element, base), (address or text_of(element)).replace("&amp;", "&"))
    if not url:
        return []
    if element.tag == f"{{{_ENC}}}enclosure":
        element.tag = "enclosure"
    for attribute in ("type", "length"):
        if (value := given.pop(f"{{{_ENC}}}{attribute}", None)) and attribute not in given:
            element.set(attribute, value)
    for attribute in ("href", "src", "uri", RESOURCE):
        given.pop(attribute, None)
    clear_element(element)
    element.set("url", url)
    return [element]


def entry_level_children(boxes: list[etree._Element]) -> list[NamedChild]:
    """What media:group and media:content say of the entry: a picture's caption and one file of several say nothing."""
    groups = [box for box in boxes if short_name(box) == "media:group"]
    files = [box for box in boxes if short_name(box) == "media:content"]
    if len(files) > 1 or any(_is_image(file) for file in files):
        files = []
    found: list[NamedChild] = []
    for box in groups + files:
        for name, child in named_children(box):
            found += named_children(child) if name == "media:content" and not _is_image(child) else [(name, child)]
    return found


def _is_image(file: etree._Element) -> bool:
    return file.get("medium") == "image" or (file.get("type") or "").lower().startswith("image/")
