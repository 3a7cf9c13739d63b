"""Rewrite categories and enclosures for feedparser."""

from __future__ import annotations

from lxml import etree

from feeds.links import resolve_url
from feeds.text import collapse, html_to_text
from feeds.xml.elements import RESOURCE, NamedChild, base_within, named_children, text_of, texts_of
from feeds.xml.namespaces import EXTENSION_NAMESPACES, short_name
from feeds.xml.placeholders import PlaceholderTexts, clear_element

_ENC = EXTENSION_NAMESPACES["enc"]
_MAX_KEYWORDS, _MAX_KEYWORDS_LENGTH = 50, 2_000  # feedparser compares them pairwise


def normalize_category(element: etree._Element, placeholders: PlaceholderTexts) -> list[etree._Element]:
    """Return one element per term: the term attribute, else each text without its markup."""
    term = collapse(element.get("term") or "")
    texts = [] if term else [text for markup in texts_of(element) if (text := html_to_text(markup))]
    if not term and not texts:
        term = collapse(element.get("label") or "")
    if term:
        element.set("term", term)
        element.text = None
        return [element]
    return [
        _with_text(element if index == 0 else _copy_of(element), text, placeholders) for index, text in enumerate(texts)
    ]


def _with_text(element: etree._Element, text: str, placeholders: PlaceholderTexts) -> etree._Element:
    placeholders.replace_content(element, text)
    return element


def _copy_of(element: etree._Element) -> etree._Element:
    return etree.Element(element.tag, dict(element.attrib.items()), element.nsmap)


def normalize_keywords(element: etree._Element) -> list[etree._Element]:
    """Return an element with a list of keywords reduced to its text, and the nested categories of podcasts."""
    nested = [category for category in element.iterdescendants(etree.Element) if category.get("text")][:_MAX_KEYWORDS]
    text = text_of(element)[:_MAX_KEYWORDS_LENGTH]
    for child in list(element):
        element.remove(child)
    element.text = text
    for category in nested:
        for child in list(category):
            category.remove(child)
    return [*([element] if text or element.get("text") else []), *nested]


def normalize_enclosure(element: etree._Element, base: str | None) -> list[etree._Element]:
    """Return an enclosure or media:content with an absolute URL; an empty list if it has none."""
    attributes = element.attrib
    address = (
        attributes.get("url")
        or attributes.get("href")
        or attributes.get("src")
        or attributes.get("uri")
        or attributes.get(RESOURCE)
    )
    url = resolve_url(base_within(element, base), (address or text_of(element)).replace("&amp;", "&"))
    if not url:
        return []
    if element.tag == f"{{{_ENC}}}enclosure":
        element.tag = "enclosure"
    for attribute in ("type", "length"):
        if (value := attributes.pop(f"{{{_ENC}}}{attribute}", None)) and attribute not in attributes:
            element.set(attribute, value)
    for attribute in ("href", "src", "uri", RESOURCE):
        attributes.pop(attribute, None)
    clear_element(element)
    element.set("url", url)
    return [element]


def entry_level_children(containers: list[etree._Element]) -> list[NamedChild]:
    """Return the children of media:group and media:content that describe the entry.

    The caption of an image and one of several files do not.
    """
    groups = [container for container in containers if short_name(container) == "media:group"]
    files = [container for container in containers if short_name(container) == "media:content"]
    if len(files) > 1 or any(_is_image(file) for file in files):
        files = []
    children: list[NamedChild] = []
    for container in groups + files:
        for name, child in named_children(container):
            children += named_children(child) if name == "media:content" and not _is_image(child) else [(name, child)]
    return children


def _is_image(file: etree._Element) -> bool:
    return file.get("medium") == "image" or (file.get("type") or "").lower().startswith("image/")
