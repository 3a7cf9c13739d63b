"""Which series an item is an issue of: those with its key that no admin has dissolved."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from aggregator.store.schema.tables import items, series

IS_OPEN = series.c.dissolved.is_(None)
SERIES_ID = select(series.c.id).where(series.c.key == items.c.series, IS_OPEN).scalar_subquery()  # or null


def key_of(series_id: int) -> ColumnElement[int]:
    """Return the key of a series as a subquery; null if there is no such series."""
    return select(series.c.key).where(series.c.id == series_id, IS_OPEN).scalar_subquery()
