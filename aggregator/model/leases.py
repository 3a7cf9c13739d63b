"""Leases of claimed work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """What a worker holds of a row that it has claimed: both values identify the claim, and every other claim or
    release of the row changes one of them.
    """

    owner: str
    until: datetime
