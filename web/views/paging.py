"""List positions as URL parameters, so that a page stays the same while new items arrive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aggregator.model import Cursor, ItemCard
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


def page_before(cards: list[ItemCard], size: int, before: Cursor | None) -> Page:
    """Return the page of ``size`` items from ``size`` + 1 items, newest first, read from the top or from ``before``."""
    shown = tuple(cards[:size])
    older = encode(shown[-1].cursor) if len(cards) > size else None
    newer = encode(shown[0].cursor) if before and shown else None
    return Page(shown, newer, older)


def page_after(cards: list[ItemCard], size: int) -> Page | None:
    """Return the page of the ``size`` items just newer than a position.

    Returns None if fewer items follow, because the page would then overlap the first one.
    """
    if len(cards) < size:
        return None
    return Page(tuple(cards), encode(cards[0].cursor), encode(cards[-1].cursor))
