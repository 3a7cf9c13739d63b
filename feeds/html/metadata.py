"""Read what a page states of itself in its head: Open Graph (ogp.me) and Twitter cards."""

from __future__ import annotations

import html
import re

from feeds.links import resolve_url
from feeds.model import Picture
from feeds.pictures import picture_of

_META = re.compile(r"<meta\b(?:[^<>\"']++|\"[^\"<]{0,4000}+\"|'[^'<]{0,4000}+')*+>", re.I)
_ATTRIBUTE = re.compile(r"\b(property|name|content)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.I)
_MAX_TAGS = 200
_NAMES = {
    "og:image": "url",
    "og:image:url": "url",
    "og:image:secure_url": "url",
    "twitter:image": "twitter",
    "twitter:image:src": "twitter",
    "og:image:width": "width",
    "og:image:height": "height",
    "og:image:alt": "alt",
}


def page_picture(markup: str, base: str | None) -> Picture | None:
    """Return the picture that represents a page; the first one with its size and description."""
    values: dict[str, str] = {}
    for number, match in enumerate(_META.finditer(markup)):
        if number >= _MAX_TAGS:
            break
        attributes = {
            name.lower(): double or single or bare for name, double, single, bare in _ATTRIBUTE.findall(match[0])
        }
        name = _NAMES.get((attributes.get("property") or attributes.get("name") or "").lower())
        if name and attributes.get("content"):
            values.setdefault(name, html.unescape(attributes["content"]))
    if "url" in values:
        return picture_of(
            resolve_url(base, values["url"]), values.get("width"), values.get("height"), values.get("alt")
        )
    return picture_of(resolve_url(base, values.get("twitter")))
