"""Listings of categories and regions: their keys, which are also the names of their feeds, and the bits that mark which
of them an item represents its story in.

An item belongs to at most twelve: all items, its top category and its subcategory, each as a whole and in its province,
city and county. Bit ``4 * category level + region level`` stands for each; an item's bits are in ``represents``. Three
more bits stand for each of its further regions: all items there, its top category and its subcategory.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aggregator.model import Place

LEAD_BIT = 1  # all items: the lead item of the story represents it here
TOP_BIT = 1 << 4
SUBCATEGORY_BIT = 1 << 8
MAX_FURTHER = 6  # codes of further regions of an item, with those around them: ``represents`` has 32 bits
_FURTHER_SHIFT, _CATEGORY_LEVELS = 12, 3
_REGION_LEVELS = {"province": 1, "city": 2, "county": 3}


def listings_by_bit(category: str | None, *codes: str | None, further: Sequence[str] = ()) -> dict[int, str]:
    """Return bit -> key of the listings that an item belongs to; ``codes``: its province, city and county, ``further``:
    those of its further regions."""
    names = [(LEAD_BIT, "all")]
    if category:
        top, _, sub = category.partition("/")
        names.append((TOP_BIT, top))
        if sub:
            names.append((SUBCATEGORY_BIT, category))
    listings = dict(names)
    for level, code in enumerate(codes, 1):
        if code:
            listings.update((bit << level, f"{name}/{code}") for bit, name in names)
    for number, code in enumerate(further[:MAX_FURTHER]):
        shift = further_shift(number)
        listings.update((1 << (shift + level), f"{name}/{code}") for level, (_, name) in enumerate(names))
    return listings


def split_codes(codes: str | None) -> tuple[str, ...]:
    """Return the codes of further regions that are stored as one text."""
    return tuple(codes.split()) if codes else ()


def join_codes(codes: Sequence[str]) -> str | None:
    """Return codes as one text; None if there are none."""
    return " ".join(codes) or None


def further_shift(number: int) -> int:
    """Return the place of the first bit of the further region with this number, counted from 0."""
    return _FURTHER_SHIFT + _CATEGORY_LEVELS * number


def listing_keys_of(category: str | None, place: Place) -> set[str]:
    """Return the keys of the category and region feeds that an item belongs to."""
    return set(_listings_in(category, place).values())


def represented_keys(represents: int, category: str | None, place: Place) -> list[str]:
    """Return the keys of the listings in which an item represents its story."""
    listings = _listings_in(category, place)
    return [key for bit, key in listings.items() if represents & bit]


def _listings_in(category: str | None, place: Place) -> dict[int, str]:
    return listings_by_bit(category, place.province, place.city, place.county, further=place.further)


def listing_key(category: str | None, region: str | None) -> str:
    """Return the key of the listing of a category, a region, both or neither."""
    return f"{category or 'all'}/{region}" if region else category or "all"


def split_listing_key(key: str) -> tuple[str, str | None]:
    """Return the category's path, or "all", and the code of the region that a key is made of, whether or not they
    exist."""
    path, _, code = key.rpartition("/")
    return (path, code) if re.fullmatch(r"\d{6}", code, re.ASCII) else (key, None)


def listing_bit(category: str | None, region: str | None) -> int:
    """Return the bit that marks the items which represent their story in a listing."""
    bit = (LEAD_BIT, TOP_BIT, SUBCATEGORY_BIT)[category_level(category)]
    return bit << _REGION_LEVELS[region_level(region)] if region else bit


def category_level(category: str | None) -> int:
    """Return 0 for all categories, 1 for a top category, 2 for a subcategory."""
    return 0 if category is None else 2 if "/" in category else 1


def region_level(code: str) -> str:
    """Return the level of a GB/T 2260 code: 370000 is a province, 370400 a city, 370406 a county."""
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "county"
