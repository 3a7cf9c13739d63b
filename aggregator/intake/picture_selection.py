"""Select the pictures that pages show of new and edited items. They are fetched later (jobs.picture_fetch)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from html import unescape

from aggregator.model import Draft, Source
from aggregator.model.pictures import ItemPictures
from aggregator.steps.entries.clean import is_web_address
from aggregator.store import Writer

MAX_IN_TEXT = 12  # pictures of one text that pages show
_SOURCE = re.compile(r"<img src=\"([^\"]*)\"")  # as the sanitizer writes it


def show_pictures(writer: Writer, source: Source, drafts: Mapping[int, Draft], now: datetime) -> None:
    """Set the pictures of stored drafts, by item id; those of texts only where the full text is shown."""
    if source.pictures == "thumbnail":
        shown = {item_id: _pictures_of(draft, source.content == "full") for item_id, draft in drafts.items()}
        writer.set_pictures(shown, now)


def _pictures_of(draft: Draft, is_full: bool) -> ItemPictures:
    addresses = map(unescape, _SOURCE.findall(draft.html or "")) if is_full else ()
    return ItemPictures(draft.picture, tuple(filter(is_web_address, addresses))[:MAX_IN_TEXT])
