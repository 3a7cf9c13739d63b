"""HTML pages as trees: parsed within bounds, asked with CSS selectors. The one door to lxml.html and cssselect."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from cssselect import HTMLTranslator, SelectorError
from lxml import etree

from feeds.selectors import InvalidSelectorError
from feeds.text import collapse

Element = etree._Element

_ATTRIBUTE = re.compile(r"(?P<selector>.*?)@(?P<name>[A-Za-z_][\w:.-]*)", re.S)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}>")
_EARLY_END = re.compile(r"</(?:body|html)\s*>", re.I)
_HIDDEN_TAGS = {"script", "style", "noscript", "template", "iframe", "select", "option", "head"}
_MAX_TEXT = 20_000  # characters of one element


def parse_html(markup: str) -> Element | None:
    """The root of a page, or None where there is no element in it. Comments are left out; depth is libxml2's limit."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    content = prepare_html(markup).encode("utf-8", "replace")
    try:
        return etree.fromstring(content, parser)
    except (etree.LxmlError, ValueError):
        return None


def prepare_html(markup: str) -> str:
    """A page without what makes libxml2 stop early: pages put together from whole pages end several times."""
    return _EARLY_END.sub("", _XML_DECLARATION.sub("", markup, count=1))


def split_attribute(text: str) -> tuple[str, str | None]:
    """ "h3 a@title" -> ("h3 a", "title"); an @ within brackets or quotes belongs to the selector."""
    match = _ATTRIBUTE.fullmatch(text.strip())
    return (match["selector"].strip(), match["name"]) if match else (text.strip(), None)


@lru_cache(maxsize=512)
def compile_selector(selector: str) -> etree.XPath:
    """A selector, or several with commas, ready to be asked for what is inside an element. Raises BadSelection."""
    try:
        path = HTMLTranslator().css_to_xpath(selector, prefix="descendant::")
    except SelectorError as error:
        raise InvalidSelectorError(f"is no CSS selector: {error}") from None
    return etree.XPath(path)


def check_selector(text: str, *, attribute: bool = True) -> None:
    """Raises BadSelection for what is no "selector" (nor, unless forbidden, "selector@attribute")."""
    selector, name = split_attribute(text)
    if name is not None and not attribute:
        raise InvalidSelectorError("finds elements, not attributes; leave the part from @ on away")
    if selector or name is None:
        compile_selector(selector)


def find_all(element: Element, selector: str) -> list[Element]:
    """All that a selector finds inside an element, in the order of the page."""
    found = compile_selector(selector)(element)
    return [one for one in found if isinstance(one, Element)] if isinstance(found, list) else []


def keep_innermost(elements: list[Element]) -> list[Element]:
    """Without those that hold others of them: rows of a layout around rows of the list."""
    chosen, holders = set(elements), set[Element]()
    for one in elements:
        for above in one.iterancestors():
            if above in holders:
                break
            if above in chosen:
                holders.add(above)
    return [one for one in elements if one not in holders]


def visible_text(element: Element) -> str:
    """The text a reader sees, on one line, bounded."""
    return collapse(" ".join(text_pieces(element)))


def text_pieces(element: Element) -> list[str]:
    """The stretches of text in an element, each without blanks around it, in the order of the page."""
    found: list[str] = []
    length = 0
    hidden: Element | None = None
    for event, one in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            if hidden is None and one.tag in _HIDDEN_TAGS:
                hidden = one
            text = one.text if hidden is None else None
        else:
            if one is hidden:
                hidden = None
            text = one.tail if hidden is None and one is not element else None
        if text and (text := text.strip()):
            found.append(text)
            length += len(text)
            if length > _MAX_TEXT:
                break
    return found


def inner_html(element: Element) -> str:
    """The markup inside an element, without its scripts and styles."""
    for silent in find_all(element, "script, style, noscript, template, iframe"):
        if (above := silent.getparent()) is not None:
            _keep_tail(silent, above)
            above.remove(silent)
    parts = [escape(element.text or "", quote=False)]
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in element]
    return "".join(parts)


def _keep_tail(element: Element, parent: Element) -> None:
    before = element.getprevious()
    if before is None:
        parent.text = (parent.text or "") + (element.tail or "")
    else:
        before.tail = (before.tail or "") + (element.tail or "")
