"""Where an entry is: a name and a point, of GeoRSS (simple and GML) and the W3C's Basic Geo vocabulary."""

from __future__ import annotations

import re

from lxml import etree

from feeds.elements import Child, children, first, text_of
from feeds.text import collapse

_NUMBER = re.compile(r"[-+]?\d{1,3}(?:\.\d{1,20})?")
_AROUND = ("georss:where", "where", "gml:point", "geo:point", "geo:location")


def place_of(found: list[Child]) -> str | None:
    """georss:featurename, of the entry or its georss:where."""
    named = first(found, "georss:featurename")
    if named is None and (where := first(found, "georss:where")) is not None:
        named = first(children(where), "georss:featurename")
    return collapse(text_of(named)) or None


def point_of(found: list[Child]) -> tuple[float, float] | None:
    """Latitude and longitude in degrees (WGS 84), or None for what is no point on the globe."""
    box: etree._Element | None
    for _ in range(4):
        place = text_of(first(found, "georss:point", "gml:pos")) or text_of(first(found, "gml:coordinates"))
        if not place:
            place = f"{text_of(first(found, 'geo:lat'))} {text_of(first(found, 'geo:long', 'geo:lon'))}"
        if point := _point(place):
            return point
        box = first(found, *_AROUND)
        if box is None:
            return None
        found = children(box)
    return None


def _point(text: str) -> tuple[float, float] | None:
    parts = text.replace(",", " ").split()
    if len(parts) != 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    latitude, longitude = float(parts[0]), float(parts[1])
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
