"""Publication history of a feed: what appeared in it, in order of arrival."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """An item appeared in a listing, appeared again because it was edited, or was withdrawn."""

    item_id: int
    at: datetime
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Page ``number`` (from 1) of a listing's events, oldest first; ``previous``: whether the page before it exists."""

    number: int
    events: tuple[HistoryEvent, ...]
    has_previous: bool
