"""The tables behind the history of feeds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from aggregator.store.schema.columns import metadata
from aggregator.store.schema.columns import partial_index as _partial
from aggregator.store.schema.columns import text_column as _text
from aggregator.store.schema.columns import time_column as _time

feed_journals = Table(  # what has appeared in each listing since its last full page, in order of arrival
    "feed_journals",
    metadata,
    Column("listing", Text, primary_key=True),
    Column("closed", Integer, nullable=False),  # full pages so far
    Column("events", LargeBinary, nullable=False),  # int64s, two for each event: item (negative: withdrawn), seconds
)

feed_pages = Table(  # full pages: an archive document each; they never change
    "feed_pages",
    metadata,
    Column("listing", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _time("until", nullable=False),  # of its last event
    Column("events", LargeBinary, nullable=False),
)
_partial("feed_pages_until", feed_pages, "until")

feed_versions = Table(  # what a document held when it had an earlier ETag
    "feed_versions",
    metadata,
    Column("path", Text, primary_key=True),
    Column("etag", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),  # events of its listing until then
)
_partial("feed_versions_position", feed_versions, "path position")

withdrawn = Table(  # addresses that no source brings back
    "withdrawn",
    metadata,
    Column("url", Text, primary_key=True),
    _time("at", nullable=False),
    _text("why"),
)
