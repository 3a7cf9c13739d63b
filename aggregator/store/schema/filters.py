"""What the filters kept out."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from aggregator.store.schema.columns import message_column as _message
from aggregator.store.schema.columns import metadata
from aggregator.store.schema.columns import partial_index as _partial
from aggregator.store.schema.columns import text_column as _text
from aggregator.store.schema.columns import time_column as _time

kept_out = Table(  # one row for each entry
    "kept_out",
    metadata,
    Column("source_id", Integer, ForeignKey("sources.id"), primary_key=True, autoincrement=False),
    Column("uid", Text, primary_key=True),
    _text("title", nullable=False),
    _text("url", nullable=False),
    _text("rule", nullable=False),
    _message("evidence", nullable=False),
    _time("at", nullable=False),
)
_partial("kept_out_at", kept_out, "at")
_partial("kept_out_source", kept_out, "source_id at")
