"""Select the pictures that pages show of new and edited items. They are fetched later (jobs.picture_fetch)."""

from __future__ import annotations

from aggregator.model import Draft, Source
from aggregator.model.pictures import ItemPictures
from aggregator.steps.entries.clean import is_web_address
from aggregator.steps.entries.sanitize import picture_addresses
from aggregator.store import PlannedDocument

MAX_IN_TEXT = 12  # pictures of one text that pages show


def select_pictures(source: Source, document: PlannedDocument) -> dict[int, ItemPictures]:
    """Return the pictures to show of new and edited items, by item id; those of texts only where the full text is
    shown. A new item without pictures is left out."""
    if source.pictures != "thumbnail":
        return {}
    new = {draft.uid for draft in document.new}
    return {
        document.ids[draft.uid]: _pictures_of(draft, source.content == "full")
        for draft in (*document.new, *document.edited)
        if draft.uid not in new or draft.picture or _addresses_in(draft)
    }


def _pictures_of(draft: Draft, is_full: bool) -> ItemPictures:
    addresses = _addresses_in(draft) if is_full else ()
    return ItemPictures(draft.picture, tuple(filter(is_web_address, addresses))[:MAX_IN_TEXT])


def _addresses_in(draft: Draft) -> tuple[str, ...]:
    return draft.stored_text.pictures if draft.stored_text else picture_addresses(draft.html or "")
