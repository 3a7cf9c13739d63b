"""Pictures on pages: each is shown from this site's own address once thumbnails of it are stored, and not before."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from aggregator.model import ItemCard, ItemDetail
from aggregator.model.pictures import LARGE, SMALL, SMALL_HEIGHT
from aggregator.steps.entries.illustrations import replace_pictures
from web.site import Site

_TABLE = re.compile(r"<(/?)table>")


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture as a page shows it: a path of this site, its size in pixels, and the text that replaces it."""

    path: str
    width: int
    height: int
    alt: str = ""


def card_picture(site: Site, card: ItemCard, *, large: bool = False) -> ShownPicture | None:
    """Return the picture of a card, which only adorns the title beside it, or None if there is none.

    A large one is cut to 16:9 by the style sheet.
    """
    if card.thumbnail is None:
        return None
    width, height = (LARGE, LARGE * 9 // 16) if large else (SMALL, SMALL_HEIGHT)
    return ShownPicture(site.signer.path(card.thumbnail, width), width, height)


def item_pictures(site: Site, detail: ItemDetail) -> dict[str, ShownPicture]:
    """Return the pictures of an item that are stored, by URL."""
    if detail.pictures != "thumbnail" or (detail.picture is None and "<img" not in (detail.html or "")):
        return {}
    stored = site.store.pictures_of_item(detail.card.id)
    return {
        picture.url: ShownPicture(site.signer.path(picture.id, LARGE), picture.width, picture.height)
        for picture in stored
    }


def lead_picture(detail: ItemDetail, pictures: Mapping[str, ShownPicture], text: str) -> ShownPicture | None:
    """Return the picture that represents an item, unless its text shows it already."""
    lead = detail.picture
    shown = pictures.get(lead.url) if lead else None
    if lead is None or shown is None or shown.path in text:
        return None
    return ShownPicture(shown.path, shown.width, shown.height, lead.alt or "")


def illustrate(markup: str, pictures: Mapping[str, ShownPicture]) -> str:
    """Return the sanitized HTML of an item with its pictures as this site shows them; ``pictures`` is by URL.

    A picture that is not there leaves nothing behind. Wide tables scroll in a box of their own.
    """

    def image(attributes: Mapping[str, str]) -> str:
        picture = pictures.get(attributes.get("src", ""))
        if picture is None:
            return ""
        alt, path = html.escape(attributes.get("alt", "")), html.escape(picture.path)
        size = f'width="{picture.width}" height="{picture.height}"'
        return f'<img src="{path}" alt="{alt}" {size} loading="lazy" decoding="async">'

    shown = replace_pictures(markup, image)
    return _TABLE.sub(lambda tag: "</table></div>" if tag[1] else '<div class="sheet" tabindex="0"><table>', shown)
