"""Rewrite ids and links for feedparser: absolute URLs, registered relations, one page per entry."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from feeds.links import is_web_url, normalize_rel, resolve_url
from feeds.text import collapse
from feeds.xml.elements import ABOUT, RESOURCE, NamedChild, base_within, first_present, text_of
from feeds.xml.namespaces import rename_element, short_name
from feeds.xml.placeholders import PlaceholderTexts, clear_element

_IDS = ("guid", "id", "dc:identifier", "dcterms:identifier")
_ORIGINALS = ("feedburner:origlink", "pheedo:origlink")
_SCRIPT = re.compile(r"\s*(?:javascript|vbscript|data):", re.I)
_ADDRESS = re.compile(r"[/:?#]")
_HOST = re.compile(r"www\.[a-z0-9-]+\.[a-z]", re.I)

# Elements that stand for a link: their name, link relation and media type.
_LINK_LIKE = {
    "comments": ("replies", ""),
    "wfw:commentrss": ("replies", "application/rss+xml"),
    "thr:in-reply-to": ("in-reply-to", ""),
    "cc:license": ("license", ""),
    "creativecommons:license": ("license", ""),
    "dcterms:license": ("license", ""),
    "media:thumbnail": ("preview", ""),
    "itunes:image": ("preview", ""),
}


def canonicalize_element(
    element: etree._Element, tag: str, text: str, placeholders: PlaceholderTexts
) -> etree._Element:
    """Rename the element to the tag that feedparser reads best and replace its text with a placeholder.

    Removes its attributes, such as type, base and language.
    """
    if short_name(element) != tag:
        rename_element(element, tag)
    element.attrib.clear()
    placeholders.replace_content(element, text)
    return element


def normalize_id(
    entry: etree._Element, named: Mapping[str, etree._Element], placeholders: PlaceholderTexts
) -> list[etree._Element]:
    """Return the element with the entry's id: guid, atom:id or dc:identifier, in this order.

    rdf:about, an attribute, is the fallback.
    """
    element = first_present(named, _IDS)
    if element is None:
        if about := entry.get("about"):
            entry.set(ABOUT, about)
        return []
    text = collapse(text_of(element))
    is_permanent = (element.get("isPermaLink") or element.get("ispermalink") or "true").strip().lower() != "false"
    is_link = short_name(element) == "guid" and is_permanent and is_web_url(text)
    canonicalize_element(element, "guid", text, placeholders)
    element.set("isPermaLink", "true" if is_link else "false")
    return [element]


def normalize_links(
    children: list[NamedChild], base: str | None, placeholders: PlaceholderTexts
) -> list[etree._Element]:
    """Return the links with absolute URLs and registered relations.

    The entry's own text link takes precedence over every other alternate.
    """
    kept: list[etree._Element] = []
    own_link = _own_link(children)
    address = _page_url(base_within(own_link, base), text_of(own_link)) if own_link is not None else ""
    if own_link is not None and address:
        kept.append(canonicalize_element(own_link, "link", address, placeholders))
    for name, child in children:
        if (name in ("link", "xhtml:link") or child.tag == "A") and child is not own_link:
            href = child.get("href") or child.get(RESOURCE)
            rel = normalize_rel(child.get("rel"))
            if href and not (address and rel == "alternate") and (url := _page_url(base_within(child, base), href)):
                kept.append(_to_link(child, rel, url, child.get("type", "").strip()))
        elif name in _LINK_LIKE:
            rel, media_type = _LINK_LIKE[name]
            href = child.get("href") or child.get("url") or child.get(RESOURCE) or _url_or_empty(text_of(child))
            if url := _page_url(base, href):
                kept.append(_to_link(child, rel, url, media_type))
    return kept


def _url_or_empty(text: str) -> str:
    """Return a URL; "" for other texts such as the number of comments or the name of a licence."""
    return text if _ADDRESS.search(text) and " " not in text else ""


def _own_link(children: list[NamedChild]) -> etree._Element | None:
    """Return the element with a text link, preferring the original link that a click counter replaced."""
    own: etree._Element | None = None
    for name, child in children:
        if name in _ORIGINALS and text_of(child):
            return child
        if own is None and name == "link" and not child.get("href") and text_of(child):
            own = child
    return own


def _page_url(base: str | None, address: str) -> str:
    """Return an absolute URL, unescaped if it was escaped twice; "" for a script."""
    if _SCRIPT.match(address):
        return ""
    address = address.replace("&amp;", "&")
    return resolve_url(base, f"http://{address.strip()}" if _HOST.match(address.strip()) else address)


def _to_link(element: etree._Element, rel: str, url: str, media_type: str) -> etree._Element:
    clear_element(element)
    for attribute in ("url", "uri", RESOURCE):
        element.attrib.pop(attribute, None)
    if short_name(element) != "link":
        rename_element(element, "link")
    element.set("rel", rel)
    element.set("type", media_type)  # feedparser would guess a missing type
    element.set("href", url)
    return element
