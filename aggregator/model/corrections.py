"""What admins have decided, as a history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

CorrectionVerb = Literal["split", "merge", "move", "reset", "remove"]
CorrectionSubject = Literal["story", "category", "region", "item"]


@dataclass(frozen=True, slots=True)
class Correction:
    """One decision about one item."""

    id: int
    at: datetime
    item_id: int
    title: str  # of the item, then
    verb: CorrectionVerb
    subject: CorrectionSubject  # what it is about: "item" where the whole item was withdrawn
    before: str | None  # story number, path of the category or code of the region
    after: str | None
    others: tuple[int, ...]  # the items it was put together with, or taken from
    holds: bool  # no later decision about the same has taken its place
