"""Requests by readers for a correction or removal, sent by the form of the site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RequestText:
    """What a reader wrote, and the item that it is about if that was recognized."""

    about: str  # address or other name of what is to be corrected
    text: str
    name: str = ""
    email: str = ""
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """A stored request; it is open until an admin marks it done."""

    id: int
    at: datetime
    request: RequestText
    done: datetime | None
