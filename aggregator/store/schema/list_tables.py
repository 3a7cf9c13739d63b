"""The table of followed lists of sources."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, LargeBinary, Table, Text

from aggregator.store.schema.columns import message_column, metadata, text_column, time_column

source_lists = Table(  # one row for each address in [polling] sources_from, and for former ones
    "source_lists",
    metadata,
    Column("url", Text, primary_key=True),
    Column("body", LargeBinary),  # the last good document, compressed (zlib); empty: there was none yet
    text_column("digest"),  # of this document
    Column("source_count", Integer, nullable=False, server_default="0"),
    time_column("changed"),  # when this document was fetched
    time_column("next_poll"),
    time_column("leased_until"),
    text_column("lease_owner"),
    text_column("etag"),
    text_column("last_modified"),
    text_column("body_hash"),  # of the document last fetched, good or not
    Column("interval", Float, nullable=False),  # seconds
    Column("failures", Integer, nullable=False, server_default="0"),
    text_column("state", nullable=False),
    message_column("error"),
    time_column("last_poll"),
    time_column("last_success"),
    Column("profile", LargeBinary),  # as in sources
    message_column("next_why"),
)
