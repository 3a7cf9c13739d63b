"""Entries rejected by filters, and the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aggregator.messages import Message

AdvertorialPolicy = Literal["keep", "mark", "drop"]


@dataclass(frozen=True, slots=True)
class FilterReason:
    """Kind of the rule ("include", "exclude", "advertorial") that rejected an entry, and what it matched."""

    rule: str
    evidence: Message


@dataclass(frozen=True, slots=True)
class FilteredEntry:
    """An entry that was filtered out."""

    uid: str  # unique within its source
    title: str
    url: str
    reason: FilterReason


@dataclass(frozen=True, slots=True)
class FilterRecord:
    """The stored record of a filtered entry; ``at`` is when it was first filtered out."""

    source: str  # slug
    uid: str
    title: str
    url: str
    reason: FilterReason
    at: datetime
