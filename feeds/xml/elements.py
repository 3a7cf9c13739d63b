"""Read elements: their children, text, markup, language and base URL."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice

from lxml import etree

from feeds.links import resolve_url
from feeds.text import html_from_text, looks_like_html
from feeds.xml.namespaces import ATOM_NAMESPACE, EXTENSION_NAMESPACES, XML_NAMESPACE, is_foreign, short_name

BASE, LANG = f"{{{XML_NAMESPACE}}}base", f"{{{XML_NAMESPACE}}}lang"
RESOURCE, ABOUT = f"{{{EXTENSION_NAMESPACES['rdf']}}}resource", f"{{{EXTENSION_NAMESPACES['rdf']}}}about"
_ATTRIBUTE_NAME = re.compile(r"^\{[^}]*\}")
_MAX_LIST_ITEMS = 100
_BINARY = re.compile("[\x00-\x08\x0e-\x1f]")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())

NamedChild = tuple[str, etree._Element]


def named_children(element: etree._Element) -> list[NamedChild]:
    """Return the child elements with their short names."""
    return [(name, child) for child in element if (name := short_name(child))]


def descend(element: etree._Element, enters: Callable[[etree._Element], bool]) -> Iterator[etree._Element]:
    """Yield the elements below an element in document order, going into those for which ``enters`` is true.

    Not recursive: documents may be nested deeper than Python's stack.
    """
    stack = [iter(element)]
    while stack:
        for child in stack[-1]:
            yield child
            if enters(child):
                stack.append(iter(child))
                break
        else:
            stack.pop()


def first_child(children: list[NamedChild], *names: str) -> etree._Element | None:
    """Return the first non-empty child with the first of these names that occurs, or None."""
    for wanted in names:
        for name, child in children:
            if name == wanted and (len(child) or (child.text or "").strip()):
                return child
    return None


def first_by_name(children: list[NamedChild], *, atom: bool) -> dict[str, etree._Element]:
    """Return the first non-empty child of each name; core elements take precedence over foreign ones."""
    named: dict[str, etree._Element] = {}
    for name, child in children:
        if not len(child) and (not (text := child.text) or text.isspace()):
            continue
        if name not in named or (is_foreign(named[name], atom=atom) and not is_foreign(child, atom=atom)):
            named[name] = child
    return named


def first_present(named: Mapping[str, etree._Element], names: Iterable[str]) -> etree._Element | None:
    """Return the child with the first of these names that occurs, or None."""
    for name in names:
        if (child := named.get(name)) is not None:
            return child
    return None


def text_of(element: etree._Element | None) -> str:
    """Return all text of an element without its markup; "" for None."""
    if element is None:
        return ""
    if len(element) == 0:
        return (element.text or "").strip()
    return "".join(element.itertext()).strip()


def texts_of(element: etree._Element) -> list[str]:
    """Return the text of an element, or the texts of the rdf:li elements in it."""
    if len(element):
        items = (item for item in element.iterdescendants(etree.Element) if short_name(item) == "rdf:li")
        if listed := list(islice(items, _MAX_LIST_ITEMS)):
            return [text for item in listed if (text := text_of(item) or item.get(RESOURCE) or "")]
    return [text] if (text := text_of(element)) else []


def inner_markup(element: etree._Element) -> str:
    """Return the content of an element as HTML, without namespaces and prefixes."""
    pieces = [html.escape(element.text or "", quote=False)]
    for child in element:
        pieces.append(_outer_html(child))
        pieces.append(html.escape(child.tail or "", quote=False))
    return "".join(pieces).strip()


def _outer_html(element: etree._Element) -> str:
    if not isinstance(element.tag, str):
        return ""
    local = etree.QName(element).localname
    attributes = "".join(
        f' {_attribute_name(str(name))}="{html.escape(str(value))}"' for name, value in element.attrib.items()
    )
    if local in _VOID and not len(element) and not element.text:
        return f"<{local}{attributes} />"
    return f"<{local}{attributes}>{_inner_html(element)}</{local}>"


def _inner_html(element: etree._Element) -> str:
    pieces = [html.escape(element.text or "", quote=False)]
    for child in element:
        pieces += (_outer_html(child), html.escape(child.tail or "", quote=False))
    return "".join(pieces)


def _attribute_name(name: str) -> str:
    if name.startswith(f"{{{XML_NAMESPACE}}}"):
        return f"xml:{name.rpartition('}')[2]}"
    return _ATTRIBUTE_NAME.sub("", name)


def text_type(element: etree._Element, default: str) -> str:
    """Return "html", "text", "xhtml", "base64" or "other" (no text) from type and mode (RFC 4287 3.1.1)."""
    kind = (element.get("type") or default).strip().lower().partition(";")[0].strip()
    mode = (element.get("mode") or "").strip().lower()
    if mode == "base64":
        return "base64"
    if kind in ("html", "text/html") or (mode == "escaped" and kind == "application/xhtml+xml"):
        return "html"
    if kind in ("xhtml", "application/xhtml+xml") or (mode == "xml" and kind == "text/html"):
        return "xhtml"
    if kind.endswith(("+xml", "/xml")):
        return "xhtml"
    if kind in ("text", "plain", "text/plain", "escaped", ""):
        return "text"
    return "text" if kind.startswith("text/") else "other"


def html_of(element: etree._Element, default: str, *, guess: bool) -> str:
    """Return a text construct (RFC 4287 3.1) as HTML.

    With ``guess`` plain text that looks like HTML is taken as HTML, because RSS has no types.
    """
    kind = text_type(element, default)
    if kind in ("base64", "other"):
        is_media = (element.get("type") or "").strip().lower().startswith(("image/", "audio/", "video/", "font/"))
        return "" if is_media else _decode_base64(text_of(element)) or ""
    if len(element):
        in_div = etree.QName(element).namespace == ATOM_NAMESPACE and kind == "xhtml"
        return _inner_markup_of_div(element) if in_div else inner_markup(element)
    text = strip_cdata((element.text or "").strip())
    if kind == "html" or kind == "xhtml" or (guess and looks_like_html(text)):
        return text
    return html_from_text(text)


def strip_cdata(text: str) -> str:
    """Return text without a literal "<![CDATA[ ]]>" around it, left over from double escaping."""
    if text.startswith("<![CDATA[") and text.endswith("]]>"):
        return text[9:-3].strip()
    return text


def _inner_markup_of_div(element: etree._Element) -> str:
    """Return inline markup without the div that Atom requires around it (RFC 4287 3.1.1.3)."""
    children = [child for child in element if isinstance(child.tag, str)]
    is_wrapped = len(children) == 1 and not (element.text or "").strip() and not (children[0].tail or "").strip()
    if (
        is_wrapped
        and etree.QName(children[0]).localname.lower() in ("div", "body")
        and not _has_attributes(children[0])
    ):
        return inner_markup(children[0])
    return inner_markup(element)


def _has_attributes(element: etree._Element) -> bool:
    return any(not str(name).startswith("{") for name in element.attrib)


def _decode_base64(text: str) -> str | None:
    """Return Base64 decoded as text, or None if it is no text, such as an image."""
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return None if _BINARY.search(decoded) else decoded


def base_of(element: etree._Element, document_base: str | None) -> str | None:
    """Return the base URL of an element: its xml:base and its ancestors', resolved against the document's base."""
    declared = [value for node in (element, *element.iterancestors()) if (value := node.get(BASE))]
    base = document_base
    for value in reversed(declared):
        base = resolve_url(base, value) or base
    return base


def base_within(element: etree._Element, parent_base: str | None) -> str | None:
    """Return the base URL of an element whose parent has ``parent_base``."""
    declared = element.get(BASE)
    return resolve_url(parent_base, declared) or parent_base if declared else parent_base


@lru_cache(maxsize=256)
def normalize_language(text: str | None) -> str | None:
    """Return a language tag (RFC 5646) with hyphens, or None if the text is none."""
    tag = (text or "").strip().replace("_", "-")
    return tag if re.fullmatch(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", tag) else None
