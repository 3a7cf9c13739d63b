"""Parse HTML pages within limits and query them with CSS selectors; the only importer of cssselect."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from cssselect import HTMLTranslator, SelectorError
from lxml import etree

from feeds.phrase import Phrase
from feeds.selectors import InvalidSelectorError
from feeds.text import collapse

Element = etree._Element

_ATTRIBUTE = re.compile(r"(?P<selector>.*?)@(?P<name>[A-Za-z_][\w:.-]*)", re.S)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}>")
_EARLY_END = re.compile(r"</(?:body|html)\s*>", re.I)
_HIDDEN_TAGS = {"script", "style", "noscript", "template", "iframe", "select", "option", "head"}
_MAX_TEXT = 20_000  # characters of one element


def parse_html(markup: str) -> Element | None:
    """Return the root element of a page, or None if it has no element.

    Comments are dropped; libxml2 limits the depth.
    """
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    content = prepare_html(markup).encode("utf-8", "replace")
    try:
        return etree.fromstring(content, parser)
    except (etree.LxmlError, ValueError):
        return None


def prepare_html(markup: str) -> str:
    """Return a page without its XML declaration and the end tags of body and html, which stop libxml2 early.

    Pages assembled from complete pages have several of these end tags.
    """
    return _EARLY_END.sub("", _XML_DECLARATION.sub("", markup, count=1))


def split_attribute(text: str) -> tuple[str, str | None]:
    """Return selector and attribute of "selector@attribute", the attribute None if absent.

    "h3 a@title" gives ("h3 a", "title"). An @ within brackets or quotes belongs to the selector.
    """
    match = _ATTRIBUTE.fullmatch(text.strip())
    return (match["selector"].strip(), match["name"]) if match else (text.strip(), None)


@lru_cache(maxsize=512)
def compile_selector(selector: str) -> etree.XPath:
    """Return a CSS selector (or several, separated by commas) as an XPath below an element.

    Raises InvalidSelectorError if it is no CSS selector.
    """
    try:
        path = HTMLTranslator().css_to_xpath(selector, prefix="descendant::")
    except SelectorError as error:
        raise InvalidSelectorError(Phrase("is no CSS selector: {reason}", reason=str(error))) from None
    return etree.XPath(path)


def check_selector(text: str, *, attribute: bool = True) -> None:
    """Raise InvalidSelectorError unless the text is "selector" or, if ``attribute`` is set, "selector@attribute"."""
    selector, name = split_attribute(text)
    if name is not None and not attribute:
        raise InvalidSelectorError(Phrase("selects elements, not attributes; remove the part from @ on"))
    if selector or name is None:
        compile_selector(selector)


def find_all(element: Element, selector: str) -> list[Element]:
    """Return all elements below an element that match a selector, in document order."""
    result = compile_selector(selector)(element)
    return [match for match in result if isinstance(match, Element)] if isinstance(result, list) else []


def keep_innermost(elements: list[Element]) -> list[Element]:
    """Return the elements that contain none of the others, such as rows of the list but not rows of the layout."""
    candidates, containers = set(elements), set[Element]()
    for element in elements:
        for ancestor in element.iterancestors():
            if ancestor in containers:
                break
            if ancestor in candidates:
                containers.add(ancestor)
    return [element for element in elements if element not in containers]


def visible_text(element: Element) -> str:
    """Return the visible text of an element on one line, limited in length."""
    return collapse(" ".join(text_pieces(element)))


def text_pieces(element: Element) -> list[str]:
    """Return the visible text nodes of an element in document order, without surrounding white space."""
    pieces: list[str] = []
    length = 0
    hidden: Element | None = None
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            if hidden is None and node.tag in _HIDDEN_TAGS:
                hidden = node
            text = node.text if hidden is None else None
        else:
            if node is hidden:
                hidden = None
            text = node.tail if hidden is None and node is not element else None
        if text and (text := text.strip()):
            pieces.append(text)
            length += len(text)
            if length > _MAX_TEXT:
                break
    return pieces


def inner_html(element: Element) -> str:
    """Return the markup inside an element without scripts, styles and frames; changes the element."""
    for hidden in find_all(element, "script, style, noscript, template, iframe"):
        if (parent := hidden.getparent()) is not None:
            _keep_tail(hidden, parent)
            parent.remove(hidden)
    parts = [escape(element.text or "", quote=False)]
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in element]
    return "".join(parts)


def _keep_tail(element: Element, parent: Element) -> None:
    previous = element.getprevious()
    if previous is None:
        parent.text = (parent.text or "") + (element.tail or "")
    else:
        previous.tail = (previous.tail or "") + (element.tail or "")
