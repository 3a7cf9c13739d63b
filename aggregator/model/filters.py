"""What is kept out, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aggregator.messages import Message

Advertorial = Literal["keep", "mark", "drop"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an entry is kept out: the kind of rule ("include", "exclude", "advertorial") and what it found."""

    rule: str
    evidence: Message


@dataclass(frozen=True, slots=True)
class KeptOut:
    """An entry that was kept out."""

    uid: str  # identity within its source
    title: str
    url: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class FilteredEntry:
    """The record of one; ``at``: when it was first kept out."""

    source: str  # slug
    uid: str
    title: str
    url: str
    verdict: Verdict
    at: datetime
