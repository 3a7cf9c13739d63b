"""The tables of pushes to search engines."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from aggregator.store.schema.columns import message_column, metadata, text_column, time_column

index_services = Table(  # one row for each search engine that was ever in the config
    "index_services",
    metadata,
    Column("service", Text, primary_key=True),
    time_column("next_at", nullable=False),
    time_column("leased_until"),
    text_column("lease_owner"),
    text_column("day"),  # in Beijing; sent and remain are of this day
    Column("sent", Integer, nullable=False, server_default="0"),
    Column("remain", Integer),
    Column("failures", Integer, nullable=False, server_default="0"),
    message_column("error"),
    time_column("last_success"),
)
index_pushes = Table(  # stories whose address was sent, so that none is sent twice; kept for a month
    "index_pushes",
    metadata,
    Column("service", Text, primary_key=True),
    Column("story_id", BigInteger, primary_key=True, autoincrement=False),
    time_column("at", nullable=False),
)
