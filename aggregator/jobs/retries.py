"""When to fetch again what could not be fetched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta


def retry_at(
    attempts: int, delays: Sequence[timedelta], retry_after: timedelta | None, now: datetime
) -> datetime | None:
    """Return when to retry after ``attempts`` failures, not before the server's ``retry_after``; None: never."""
    if attempts > len(delays):
        return None
    return now + max(delays[attempts - 1], retry_after or timedelta(0))
