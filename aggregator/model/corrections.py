"""Log of corrections made by admins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

CorrectionVerb = Literal["split", "merge", "move", "reset", "remove"]
CorrectionSubject = Literal["story", "category", "region", "item", "series"]


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction of one item."""

    id: int
    at: datetime
    item_id: int
    title: str  # of the item at that time
    verb: CorrectionVerb
    subject: CorrectionSubject  # what was corrected; "item": the item was withdrawn
    before: str | None  # story id, category path, region code or series id
    after: str | None
    others: tuple[int, ...]  # items it was merged with or split from
    holds: bool  # not replaced by a later correction of the same subject
