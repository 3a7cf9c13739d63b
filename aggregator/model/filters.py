"""What is kept out, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aggregator.messages import Message

AdvertorialPolicy = Literal["keep", "mark", "drop"]


@dataclass(frozen=True, slots=True)
class FilterReason:
    """Why an entry is kept out: the kind of rule ("include", "exclude", "advertorial") and what it found."""

    rule: str
    evidence: Message


@dataclass(frozen=True, slots=True)
class FilteredEntry:
    """An entry that was kept out."""

    uid: str  # identity within its source
    title: str
    url: str
    reason: FilterReason


@dataclass(frozen=True, slots=True)
class FilterRecord:
    """The record of one; ``at``: when it was first kept out."""

    source: str  # slug
    uid: str
    title: str
    url: str
    reason: FilterReason
    at: datetime
