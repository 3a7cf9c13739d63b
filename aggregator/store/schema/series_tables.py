"""The table of series; their issues are the items with their key."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table

from aggregator.store.schema.columns import message_column, metadata, text_column, time_column
from aggregator.store.sql.dialect import BigId

series = Table(
    "series",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", BigInteger, nullable=False, unique=True),  # of source and skeleton (steps.stories.series)
    Column("source_id", Integer, nullable=False),
    text_column("skeleton", nullable=False),
    text_column("name", nullable=False),
    message_column("why", nullable=False),  # by what it was recognized
    time_column("opened", nullable=False),
    time_column("dissolved"),  # by an admin: titles with this key are of no series, now and later
    sqlite_autoincrement=True,  # addresses of pages and feeds contain ids: never reused
)
