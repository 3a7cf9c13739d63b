"""Correction requests by readers: how many are open, and how long they are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, or_, select

from aggregator.store.schema.tables import correction_requests

KEEP_DONE = timedelta(days=90)
KEEP_OPEN = timedelta(days=365)  # they hold personal data, and an answer after a year helps nobody

IS_OPEN = correction_requests.c.done.is_(None)


def count_open(connection: Connection) -> int:
    """Return the number of open requests."""
    query = select(func.count()).select_from(correction_requests).where(IS_OPEN)
    return int(connection.execute(query).scalar_one())


def prune(connection: Connection, now: datetime) -> None:
    """Delete requests done more than KEEP_DONE ago, and all that arrived more than KEEP_OPEN ago."""
    old = or_(correction_requests.c.done < now - KEEP_DONE, correction_requests.c.at < now - KEEP_OPEN)
    connection.execute(delete(correction_requests).where(old))
