"""The history of a feed: what appeared in it, in order of arrival."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """An item appeared in a listing, appeared in it anew because it was edited, or was withdrawn."""

    item_id: int
    at: datetime
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Page ``number`` of a listing, from 1: its events, oldest first. ``previous``: is the page before it there?"""

    number: int
    events: tuple[HistoryEvent, ...]
    has_previous: bool
