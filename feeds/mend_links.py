"""Ids and links rewritten so that feedparser cannot misread them: absolute, with registered relations, one page."""

from __future__ import annotations

from lxml import etree

from feeds.elements import Child, base_of, first, text_of
from feeds.links import absolute, is_web, relation
from feeds.names import name_of
from feeds.skeleton import Lifted
from feeds.text import collapse

_IDS = ("guid", "id", "dc:identifier", "dcterms:identifier")


def moved(element: etree._Element, tag: str, text: str, lifted: Lifted) -> etree._Element:
    """The winning element under the name feedparser reads best, its text lifted, without type, base and language."""
    if name_of(element) != tag:
        element.tag = tag
    element.attrib.clear()
    lifted.take(element, text)
    return element


def mend_identity(found: list[Child], lifted: Lifted) -> set[etree._Element]:
    """The id by the ladder guid, atom:id, dc:identifier (rdf:about, an attribute, comes last by itself)."""
    element = first(found, *_IDS)
    if element is None:
        return set()
    text = collapse(text_of(element))
    permanent = (element.get("isPermaLink") or element.get("ispermalink") or "true").strip().lower() != "false"
    is_link = name_of(element) == "guid" and permanent and is_web(text)
    moved(element, "guid", text, lifted)
    element.set("isPermaLink", "true" if is_link else "false")
    return {element}


def mend_links(found: list[Child], base: str | None, lifted: Lifted) -> set[etree._Element]:
    """Links with absolute addresses and registered relations; the entry's own text link beats every other alternate."""
    kept: set[etree._Element] = set()
    own = first(
        [(n, c) for n, c in found if n == "feedburner:origlink" or not c.get("href")], "feedburner:origlink", "link"
    )
    if own is not None and (url := absolute(base_of(own, base), text_of(own))):
        moved(own, "link", url, lifted)
        kept.add(own)
    for name, child in found:
        href = child.get("href")
        if name not in ("link", "xhtml:link") or not href or child in kept:
            continue
        rel = relation(child.get("rel"))
        if own is not None and rel == "alternate":
            continue
        for inner in list(child):
            child.remove(inner)
        child.set("rel", rel)
        child.set("type", child.get("type", "").strip())  # feedparser makes one up where there is none
        child.set("href", absolute(base_of(child, base), href))
        child.text = None
        for attribute in ("url", "uri"):
            child.attrib.pop(attribute, None)
        kept.add(child)
    comments = first(found, "comments")
    if comments is not None and (url := absolute(base, text_of(comments))):
        comments.tag = "link"
        comments.text = None
        comments.set("rel", "replies")
        comments.set("type", "")
        comments.set("href", url)
        kept.add(comments)
    return kept
