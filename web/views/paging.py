"""List positions as URL parameters, so that a page stays the same while new items arrive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aggregator.model import Cursor, ItemCard, ItemPage
from aggregator.store import Store

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_CURSOR_FORM = re.compile(r"(\d{1,17})-(\d{1,19})", re.ASCII)


def encode(cursor: Cursor) -> str:
    """Return a cursor as ``<microseconds since 1970>-<item id>``."""
    return f"{(cursor.published - EPOCH) // MICROSECOND}-{cursor.id}"


def decode(text: str | None) -> Cursor | None:
    """Return the cursor that ``encode`` wrote as ``text``, or None for any other text."""
    match = _CURSOR_FORM.fullmatch(text or "")
    if not match:
        return None
    if int(match[2]) >= 2**63:
        return None
    return Cursor(EPOCH + int(match[1]) * MICROSECOND, int(match[2]))


def resolve_cursor(store: Store, text: str | None) -> Cursor | None:
    """Return the cursor in ``text``, which may also be an item id; None if it is neither."""
    if text and text.isascii() and text.isdigit() and len(text) <= 18:
        card = store.item_cards([int(text)]).get(int(text))
        return card.cursor if card else None
    return decode(text)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list with the cursors of the newer and older pages; None at the end of the list."""

    cards: tuple[ItemCard, ...]
    newer: str | None
    older: str | None


def page_before(page: ItemPage, before: Cursor | None) -> Page:
    """Return the page of a list that was read from the top or from ``before``."""
    newer = encode(page.cards[0].cursor) if before and page.cards else None
    return Page(tuple(page.cards), newer, encode(page.end) if page.end else None)


def page_after(page: ItemPage) -> Page | None:
    """Return the page of the items just newer than a position.

    Returns None if fewer items follow than a page has, because the page would then overlap the first one.
    """
    if page.end is None or not page.cards:
        return None
    return Page(tuple(page.cards), encode(page.end), encode(page.cards[-1].cursor))
