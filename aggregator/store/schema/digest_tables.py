"""The tables of daily digests."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Table, Text

from aggregator.store.schema.columns import metadata, text_column, time_column

daily_digests = Table(
    "daily_digests",
    metadata,
    Column("listing", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # as 2026-05-04
    time_column("published", nullable=False),
    Column("stories", JSON, nullable=False),  # model.daily_digests.pack_stories
    text_column("summary"),
    time_column("changed"),  # when an item of it was withdrawn
)

daily_digest_items = Table(  # the items of which digests show something
    "daily_digest_items",
    metadata,
    Column("item_id", BigInteger, primary_key=True, autoincrement=False),
    Column("listing", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    sqlite_with_rowid=False,
)
