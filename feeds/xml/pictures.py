"""Find the picture of an entry element: Media RSS, the iTunes namespace, image enclosures."""

from __future__ import annotations

import re

from lxml import etree

from feeds.links import normalize_rel, resolve_url
from feeds.model import Picture
from feeds.pictures import largest, picture_of
from feeds.xml.elements import RESOURCE, NamedChild, base_within, text_of
from feeds.xml.namespaces import short_name

_CONTAINERS = ("media:group", "media:content")
_IMAGE_ENDING = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:$|[?#!@])", re.I)
_MAX_CANDIDATES = 50
_ALWAYS = ("media:thumbnail", "itunes:image", "googleplay:image")
_RANKS = {"media:content": 0, "media:thumbnail": 1, "itunes:image": 2, "googleplay:image": 2} | dict.fromkeys(
    ("enclosure", "enc:enclosure", "link"), 3
)


def find_picture(children: list[NamedChild], base: str | None) -> Picture | None:
    """Return the picture of an entry before its children are normalized.

    In this order: an image as media:content, a media:thumbnail, an itunes:image, an image enclosure. Of several
    renditions the largest counts.
    """
    ranked: tuple[list[etree._Element], ...] = ([], [], [], [])
    for name, child in _without_containers(children):
        rank = _RANKS.get(name)
        if rank is not None and _may_show(name, child):
            ranked[rank].append(child)
    for candidates in ranked:
        if candidates and (picture := largest(_pictures(candidates[:_MAX_CANDIDATES], base))):
            return picture
    return None


def _without_containers(children: list[NamedChild]) -> list[NamedChild]:
    """Return the children, with the elements of Media RSS containers last."""
    containers = [child for name, child in children if name in _CONTAINERS]
    if not containers:
        return children
    named = [(name, child) for name, child in children if name not in _CONTAINERS]
    for container in containers:
        named += [(short_name(inner), inner) for inner in container.iter(etree.Element)]
    return named


def _may_show(name: str, element: etree._Element) -> bool:
    """Return whether an element with one of the names can state a picture."""
    if name == "media:content":
        return _is_image(element)
    return name in _ALWAYS or _is_image_enclosure(name, element)


def _pictures(elements: list[etree._Element], base: str | None) -> list[Picture]:
    pictures = []
    for element in elements:
        address = element.get("url") or element.get("href") or element.get(RESOURCE) or element.text or ""
        url = resolve_url(base_within(element, base), address.replace("&amp;", "&"))
        picture = picture_of(url, element.get("width"), element.get("height"), _description(element))
        pictures += [picture] if picture else []
    return pictures


def _description(element: etree._Element) -> str | None:
    """Return the description, else the title, that Media RSS gives a file."""
    texts = {short_name(child): text_of(child) for child in element.iterchildren(etree.Element)}
    return texts.get("media:description") or texts.get("media:title") or element.get("title")


def _is_image(element: etree._Element) -> bool:
    medium, media_type = (element.get("medium") or "").lower(), (element.get("type") or "").lower()
    if medium or media_type:
        return medium == "image" or media_type.startswith("image/")
    return bool(_IMAGE_ENDING.search(element.get("url") or ""))


def _is_image_enclosure(name: str, element: etree._Element) -> bool:
    """Return whether an enclosure, or a link that may be one, is an image."""
    if not (element.get("type") or "").lower().startswith("image/"):
        return False
    return name != "link" or normalize_rel(element.get("rel")) == "enclosure"
