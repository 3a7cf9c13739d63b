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


def find_picture(children: list[NamedChild], base: str | None) -> Picture | None:
    """Return the picture of an entry before its children are normalized.

    In this order: an image as media:content, a media:thumbnail, an itunes:image, an image enclosure. Of several
    renditions the largest counts.
    """
    named = [(name, child) for name, child in children if name not in _CONTAINERS]
    for name, child in children:
        if name in _CONTAINERS:
            named += [(short_name(inner), inner) for inner in child.iter(etree.Element)]
    for candidates in (
        [child for name, child in named if name == "media:content" and _is_image(child)],
        [child for name, child in named if name == "media:thumbnail"],
        [child for name, child in named if name in ("itunes:image", "googleplay:image")],
        [child for name, child in named if _is_image_enclosure(name, child)],
    ):
        if picture := largest(_pictures(candidates[:_MAX_CANDIDATES], base)):
            return picture
    return None


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
    is_enclosure = name in ("enclosure", "enc:enclosure") or (
        name == "link" and normalize_rel(element.get("rel")) == "enclosure"
    )
    return is_enclosure and (element.get("type") or "").lower().startswith("image/")
