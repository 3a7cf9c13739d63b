"""The tables of published feeds: rendered documents, what made them stale, and the history of each listing."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, Table, Text

from aggregator.store.schema.columns import metadata, partial_index, text_column, time_column
from aggregator.store.sql.dialect import BigId

documents = Table(
    "documents",
    metadata,
    Column("path", Text, primary_key=True),
    Column("listing", Text, nullable=False, index=True),
    text_column("type", nullable=False),
    text_column("etag", nullable=False),
    time_column("modified", nullable=False),
    Column("stale", Boolean, nullable=False),
    time_column("stored", nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("gzip", LargeBinary),
    Column("br", LargeBinary),
    Column("zstd", LargeBinary),
    time_column("asked"),  # last request, to the hour
    text_column("lease_owner"),  # of the worker that renders it
    time_column("leased_until"),
)
partial_index("documents_leased", documents, "leased_until", "leased_until IS NOT NULL")
partial_index("documents_stale", documents, "path", "stale{true}")
partial_index("documents_asked", documents, "asked")

listing_changes = Table(  # generation in which each listing was last marked stale
    "listing_changes",
    metadata,
    Column("listing", Text, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

pending_changes = Table(  # of listing_changes, documents, journals and totals, left by transactions that did not wait
    "pending_changes",
    metadata,
    Column("number", BigId, primary_key=True),
    Column("packed", Text, nullable=False),  # store.open_changes
    sqlite_autoincrement=True,
)

feed_journals = Table(  # events of each listing since its last full page, in order of arrival
    "feed_journals",
    metadata,
    Column("listing", Text, primary_key=True),
    Column("closed", Integer, nullable=False),  # number of full pages
    Column("events", LargeBinary, nullable=False),  # int64 pairs: item (negative: withdrawn), seconds since 1970
    sqlite_with_rowid=False,
)

feed_pages = Table(  # full pages, each an archive document; they never change
    "feed_pages",
    metadata,
    Column("listing", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    time_column("until", nullable=False),  # time of its last event
    Column("events", LargeBinary, nullable=False),  # as in feed_journals, compressed (store.journal)
)
partial_index("feed_pages_until", feed_pages, "until")

feed_versions = Table(  # history position of earlier versions of a document
    "feed_versions",
    metadata,
    Column("path", Text, primary_key=True),
    Column("etag", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),  # number of events of the listing it contained
)
partial_index("feed_versions_position", feed_versions, "path position")
