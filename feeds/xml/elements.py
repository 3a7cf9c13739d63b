"""What elements hold: their text, their markup, their language and base."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterable, Mapping
from itertools import islice

from lxml import etree

from feeds.links import absolute
from feeds.text import html_from_text, looks_like_html
from feeds.xml.namespaces import ATOM, EXTENSIONS, XML, is_stranger, name_of

BASE, LANG = f"{{{XML}}}base", f"{{{XML}}}lang"
RESOURCE, ABOUT = f"{{{EXTENSIONS['rdf']}}}resource", f"{{{EXTENSIONS['rdf']}}}about"
_ATTRIBUTE_NAME = re.compile(r"^\{[^}]*\}")
_MOST_OF_A_LIST = 100
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())

Child = tuple[str, etree._Element]


def children(element: etree._Element) -> list[Child]:
    """The child elements with their short names."""
    return [(name, child) for child in element if (name := name_of(child))]


def first(found: list[Child], *names: str) -> etree._Element | None:
    """The first non-empty child by the first of these names that there is."""
    for wanted in names:
        for name, child in found:
            if name == wanted and (len(child) or (child.text or "").strip()):
                return child
    return None


def by_name(found: list[Child], *, atom: bool) -> dict[str, etree._Element]:
    """The first non-empty child of each name; a stranger stands back behind the format's own element."""
    named: dict[str, etree._Element] = {}
    for name, child in found:
        if not (len(child) or (child.text and not child.text.isspace())):
            continue
        if name not in named or (is_stranger(named[name], atom=atom) and not is_stranger(child, atom=atom)):
            named[name] = child
    return named


def pick(named: Mapping[str, etree._Element], names: Iterable[str]) -> etree._Element | None:
    """The child by the first of these names that there is."""
    for name in names:
        if (child := named.get(name)) is not None:
            return child
    return None


def text_of(element: etree._Element | None) -> str:
    """All text of an element, its stray markup left out."""
    if element is None:
        return ""
    if len(element) == 0:
        return (element.text or "").strip()
    return "".join(element.itertext()).strip()


def texts_of(element: etree._Element) -> list[str]:
    """The text of an element, or of each rdf:li of the list in it."""
    if len(element):
        items = (one for one in element.iterdescendants(etree.Element) if name_of(one) == "rdf:li")
        if found := list(islice(items, _MOST_OF_A_LIST)):
            return [text for one in found if (text := text_of(one) or one.get(RESOURCE) or "")]
    return [text] if (text := text_of(element)) else []


def inner_markup(element: etree._Element) -> str:
    """The content of an element as HTML: namespaces and prefixes gone, text escaped."""
    pieces = [html.escape(element.text or "", quote=False)]
    for child in element:
        pieces.append(_markup(child))
        pieces.append(html.escape(child.tail or "", quote=False))
    return "".join(pieces).strip()


def _markup(element: etree._Element) -> str:
    if not isinstance(element.tag, str):
        return ""
    local = etree.QName(element).localname
    attributes = "".join(
        f' {_attribute(str(name))}="{html.escape(str(value))}"' for name, value in element.attrib.items()
    )
    if local in _VOID and not len(element) and not element.text:
        return f"<{local}{attributes} />"
    return f"<{local}{attributes}>{_inner(element)}</{local}>"


def _inner(element: etree._Element) -> str:
    pieces = [html.escape(element.text or "", quote=False)]
    for child in element:
        pieces += (_markup(child), html.escape(child.tail or "", quote=False))
    return "".join(pieces)


def _attribute(name: str) -> str:
    if name.startswith(f"{{{XML}}}"):
        return f"xml:{name.rpartition('}')[2]}"
    return _ATTRIBUTE_NAME.sub("", name)


def kind_of_text(element: etree._Element, default: str) -> str:
    """ "html", "text", "xhtml", "base64" or "other" (no text) by type and mode (RFC 4287 3.1.1)."""
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
    """A text construct as HTML. ``guess``: plain text that looks like HTML is taken for it (RSS has no types)."""
    kind = kind_of_text(element, default)
    if kind in ("base64", "other"):
        media = (element.get("type") or "").strip().lower().startswith(("image/", "audio/", "video/", "font/"))
        return "" if media else _unpacked(text_of(element)) or ""
    if len(element):
        wrapped = etree.QName(element).namespace == ATOM and kind == "xhtml"
        return _unwrapped(element) if wrapped else inner_markup(element)
    text = unwrapped_section((element.text or "").strip())
    if kind == "html" or kind == "xhtml" or (guess and looks_like_html(text)):
        return text
    return html_from_text(text)


def unwrapped_section(text: str) -> str:
    """Text without the "<![CDATA[ ]]>" that escaping turned from markup into words."""
    if text.startswith("<![CDATA[") and text.endswith("]]>"):
        return text[9:-3].strip()
    return text


def _unwrapped(element: etree._Element) -> str:
    """Inline markup, without the one div around it that Atom requires (3.1.1.3)."""
    kids = [child for child in element if isinstance(child.tag, str)]
    alone = len(kids) == 1 and not (element.text or "").strip() and not (kids[0].tail or "").strip()
    if alone and etree.QName(kids[0]).localname.lower() in ("div", "body") and not _styled(kids[0]):
        return inner_markup(kids[0])
    return inner_markup(element)


def _styled(element: etree._Element) -> bool:
    return any(not str(name).startswith("{") for name in element.attrib)


def _unpacked(text: str) -> str | None:
    """Base64 as the text it stands for; None for what is no text (a picture, say)."""
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return None if _NO_TEXT.search(decoded) else decoded


def base_of(element: etree._Element, outer: str | None) -> str | None:
    """The base address in force at an element: its own and its ancestors' xml:base against ``outer``."""
    declared = [value for node in (element, *element.iterancestors()) if (value := node.get(BASE))]
    base = outer
    for value in reversed(declared):
        base = absolute(base, value) or base
    return base


def own_base(element: etree._Element, outer: str | None) -> str | None:
    """The base at an element whose parent's base is ``outer``."""
    declared = element.get(BASE)
    return absolute(outer, declared) or outer if declared else outer


def language_of(text: str | None) -> str | None:
    """A language tag in its usual form, or None for what is none."""
    tag = (text or "").strip().replace("_", "-")
    return tag if re.fullmatch(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", tag) else None
