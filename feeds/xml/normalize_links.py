"""Ids and links rewritten so that feedparser cannot misread them: absolute, with registered relations, one page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from feeds.links import absolute, is_web, relation
from feeds.text import collapse
from feeds.xml.elements import ABOUT, RESOURCE, Child, own_base, pick, text_of
from feeds.xml.namespaces import name_of, rename
from feeds.xml.placeholders import Lifted, empty

_IDS = ("guid", "id", "dc:identifier", "dcterms:identifier")
_ORIGINALS = ("feedburner:origlink", "pheedo:origlink")
_SCRIPT = re.compile(r"\s*(?:javascript|vbscript|data):", re.I)
_ADDRESS = re.compile(r"[/:?#]")
_HOST = re.compile(r"www\.[a-z0-9-]+\.[a-z]", re.I)

# What other elements say in the place of a link: their name, the relation and the type of what they lead to.
_LIKE_LINKS = {
    "comments": ("replies", ""),
    "wfw:commentrss": ("replies", "application/rss+xml"),
    "thr:in-reply-to": ("in-reply-to", ""),
    "cc:license": ("license", ""),
    "creativecommons:license": ("license", ""),
    "dcterms:license": ("license", ""),
    "media:thumbnail": ("preview", ""),
    "itunes:image": ("preview", ""),
}


def moved(element: etree._Element, tag: str, text: str, lifted: Lifted) -> etree._Element:
    """The winning element under the name feedparser reads best, its text lifted, without type, base and language."""
    if name_of(element) != tag:
        rename(element, tag)
    element.attrib.clear()
    lifted.take(element, text)
    return element


def mend_identity(entry: etree._Element, named: Mapping[str, etree._Element], lifted: Lifted) -> list[etree._Element]:
    """The id by the ladder guid, atom:id, dc:identifier (rdf:about, an attribute, comes last by itself)."""
    element = pick(named, _IDS)
    if element is None:
        if about := entry.get("about"):
            entry.set(ABOUT, about)
        return []
    text = collapse(text_of(element))
    permanent = (element.get("isPermaLink") or element.get("ispermalink") or "true").strip().lower() != "false"
    is_link = name_of(element) == "guid" and permanent and is_web(text)
    moved(element, "guid", text, lifted)
    element.set("isPermaLink", "true" if is_link else "false")
    return [element]


def mend_links(found: list[Child], base: str | None, lifted: Lifted) -> list[etree._Element]:
    """Links with absolute addresses and registered relations; the entry's own text link beats every other alternate."""
    kept: list[etree._Element] = []
    own = _own(found)
    address = _page(own_base(own, base), text_of(own)) if own is not None else ""
    if own is not None and address:
        kept.append(moved(own, "link", address, lifted))
    for name, child in found:
        if (name in ("link", "xhtml:link") or child.tag == "A") and child is not own:
            href = child.get("href") or child.get(RESOURCE)
            rel = relation(child.get("rel"))
            if href and not (address and rel == "alternate") and (url := _page(own_base(child, base), href)):
                kept.append(_as_link(child, rel, url, child.get("type", "").strip()))
        elif name in _LIKE_LINKS:
            rel, kind = _LIKE_LINKS[name]
            href = child.get("href") or child.get("url") or child.get(RESOURCE) or _stated(text_of(child))
            if url := _page(base, href):
                kept.append(_as_link(child, rel, url, kind))
    return kept


def _stated(text: str) -> str:
    """An address, and not the number of comments or the name of a licence."""
    return text if _ADDRESS.search(text) and " " not in text else ""


def _own(found: list[Child]) -> etree._Element | None:
    """The link that is text, or what it was before a service counted its clicks."""
    own: etree._Element | None = None
    for name, child in found:
        if name in _ORIGINALS and text_of(child):
            return child
        if own is None and name == "link" and not child.get("href") and text_of(child):
            own = child
    return own


def _page(base: str | None, address: str) -> str:
    """An absolute address, escaped once too often or not; "" for a script in its place."""
    if _SCRIPT.match(address):
        return ""
    address = address.replace("&amp;", "&")
    return absolute(base, f"http://{address.strip()}" if _HOST.match(address.strip()) else address)


def _as_link(element: etree._Element, rel: str, url: str, kind: str) -> etree._Element:
    empty(element)
    for attribute in ("url", "uri", RESOURCE):
        element.attrib.pop(attribute, None)
    if name_of(element) != "link":
        rename(element, "link")
    element.set("rel", rel)
    element.set("type", kind)  # feedparser makes one up where there is none
    element.set("href", url)
    return element
