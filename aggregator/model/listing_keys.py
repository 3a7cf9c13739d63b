"""Keys of the listings, and so of the feeds, that an item belongs to."""

from __future__ import annotations

from aggregator.model import Place


def listing_keys_of(category: str | None, place: Place) -> set[str]:
    """Return the keys of the category and region feeds that an item belongs to."""
    categories = ["all"]
    if category:
        categories += [category.split("/")[0], category]
    regions = [code for code in (place.province, place.city, place.county) if code]
    keys = set(categories)
    keys.update(f"{name}/{code}" for name in categories for code in regions)
    return keys
