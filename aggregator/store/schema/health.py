"""The tables that tell how sources, and the service itself, have been."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, Table

from aggregator.store.schema.columns import message_column as _message
from aggregator.store.schema.columns import metadata
from aggregator.store.schema.columns import partial_index as _partial
from aggregator.store.schema.columns import text_column as _text
from aggregator.store.schema.columns import time_column as _time
from aggregator.store.sql.dialect import BigId

source_days = Table(  # what the visits of a day came to
    "source_days",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),  # since 1970, as China counts them
    Column("polls", Integer, nullable=False, server_default="0"),
    Column("not_modified", Integer, nullable=False, server_default="0"),  # answered by a 304
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("item_count", Integer, nullable=False, server_default="0"),  # new ones
    Column("elapsed", Float, nullable=False, server_default="0"),  # seconds of all its visits
)
_partial("source_days_day", source_days, "day")

troubles = Table(  # what an admin is told of, and when it was over
    "troubles",
    metadata,
    Column("id", BigId, primary_key=True),
    _text("subject", nullable=False),  # "source", "config", "disk", "database"
    Column("source_id", Integer),
    _text("kind"),
    _message("detail", nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row, when it was noted
    _time("began", nullable=False),
    _time("ended"),
    sqlite_autoincrement=True,  # readers know a trouble by its number: it is never given out again
)
_partial("troubles_open", troubles, "source_id", "ended IS NULL")
_partial("troubles_began", troubles, "began")
_partial("troubles_ended", troubles, "ended", "ended IS NOT NULL")
