"""The table that remembers what admins have decided."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Table

from aggregator.store.schema.columns import metadata
from aggregator.store.schema.columns import partial_index as _partial
from aggregator.store.schema.columns import text_column as _text
from aggregator.store.schema.columns import time_column as _time
from aggregator.store.sql.dialect import BigId

corrections = Table(  # one row for each item and what was decided about it; kept when the item is pruned
    "corrections",
    metadata,
    Column("id", BigId, primary_key=True),
    _time("at", nullable=False),
    Column("item_id", BigInteger, nullable=False, index=True),
    _text("title", nullable=False),
    _text("text"),  # of a category: what is learnt from, gone when the item is withdrawn
    _text("verb", nullable=False),
    _text("subject", nullable=False),
    _text("before"),
    _text("after"),
    Column("others", JSON, nullable=False),
    Column("holds", Boolean, nullable=False),
    sqlite_autoincrement=True,
)
_partial("corrections_lessons", corrections, "subject id", "holds{true} AND text IS NOT NULL")
