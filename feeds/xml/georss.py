"""Where an entry is: a name and a point, of GeoRSS (simple and GML) and the W3C's Basic Geo vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from feeds.text import collapse
from feeds.xml.elements import first_by_name, first_present, named_children, text_of

_NUMBER = re.compile(r"[-+]?\d{1,3}(?:\.\d{1,20})?")
_CONTAINERS = ("georss:where", "where", "gml:point", "geo:point", "geo:location")
_POINTS = ("georss:point", "gml:pos", "gml:coordinates")
_NAME = "georss:featurename"

ElementsByName = Mapping[str, etree._Element]


def place_of(named: ElementsByName) -> str | None:
    """georss:featurename, of the entry or its georss:where, else podcast:location (what an episode is about)."""
    element, where = named.get(_NAME), named.get("georss:where")
    if element is None and where is not None:
        element = _children_of(where).get(_NAME)
    if element is None:
        element = named.get("podcast:location")
    return collapse(text_of(element)) or None


def point_of(named: ElementsByName) -> tuple[float, float] | None:
    """Latitude and longitude in degrees (WGS 84), or None for what is no point on the globe."""
    location = named.get("podcast:location")
    if location is not None and (
        point := _parse_point((location.get("geo") or "").removeprefix("geo:").partition(";")[0])
    ):
        return point
    for _ in range(4):
        place = text_of(first_present(named, _POINTS))
        if not place and "geo:lat" in named:
            place = f"{text_of(named['geo:lat'])} {text_of(first_present(named, ('geo:long', 'geo:lon')))}"
        if place and (point := _parse_point(place)):
            return point
        box = first_present(named, _CONTAINERS)
        if box is None:
            return None
        named = _children_of(box)
    return None


def _children_of(box: etree._Element) -> ElementsByName:
    return first_by_name(named_children(box), atom=True)


def _parse_point(text: str) -> tuple[float, float] | None:
    parts = text.replace(",", " ").split()
    if len(parts) != 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    latitude, longitude = float(parts[0]), float(parts[1])
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
