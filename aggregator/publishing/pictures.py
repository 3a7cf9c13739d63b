"""The pictures of an item as feeds and the API show them, by the terms of its source."""

from __future__ import annotations

from aggregator.model import ItemDetail
from aggregator.steps.entries.illustrations import replace_pictures
from feeds.model import Picture


def published_picture(item: ItemDetail) -> Picture | None:
    """Return the picture that represents the item, at its publisher's address; None if its source allows none."""
    return item.picture if item.pictures != "none" else None


def published_html(item: ItemDetail) -> str | None:
    """Return the full text if its source allows it, with or without its pictures."""
    if item.content != "full" or item.html is None:
        return None
    return replace_pictures(item.html, lambda attributes: "") if item.pictures == "none" else item.html
