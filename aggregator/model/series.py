"""A series: the bulletins of one outlet that differ in number, date and figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aggregator.messages import Message

Rhythm = Literal["unknown", "hourly", "daily", "weekly", "monthly", "rare"]


@dataclass(frozen=True, slots=True)
class Series:
    """A series with what is known of its issues."""

    id: int
    name: str  # of its first recognized issue, without what differs between issues
    source: str  # slug
    source_title: str
    skeleton: str
    why: Message  # by what it was recognized
    opened: datetime
    issues: int
    first_published: datetime
    last_published: datetime
    rhythm: Rhythm
