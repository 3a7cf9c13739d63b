"""Read an entry's location: a name and a point from GeoRSS (Simple and GML), W3C Basic Geo or podcast:location."""

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
    """Return georss:featurename of the entry or its georss:where, else podcast:location; None if there is none."""
    element, where = named.get(_NAME), named.get("georss:where")
    if element is None and where is not None:
        element = _children_of(where).get(_NAME)
    if element is None:
        element = named.get("podcast:location")
    return collapse(text_of(element)) or None


def point_of(named: ElementsByName) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees (WGS 84), or None if there is no valid point."""
    location = named.get("podcast:location")
    if location is not None and (
        point := _parse_point((location.get("geo") or "").removeprefix("geo:").partition(";")[0])
    ):
        return point
    for _ in range(4):
        coordinates = text_of(first_present(named, _POINTS))
        if not coordinates and "geo:lat" in named:
            coordinates = f"{text_of(named['geo:lat'])} {text_of(first_present(named, ('geo:long', 'geo:lon')))}"
        if coordinates and (point := _parse_point(coordinates)):
            return point
        container = first_present(named, _CONTAINERS)
        if container is None:
            return None
        named = _children_of(container)
    return None


def _children_of(container: etree._Element) -> ElementsByName:
    return first_by_name(named_children(container), atom=True)


def _parse_point(text: str) -> tuple[float, float] | None:
    parts = text.replace(",", " ").split()
    if len(parts) != 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    latitude, longitude = float(parts[0]), float(parts[1])
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
