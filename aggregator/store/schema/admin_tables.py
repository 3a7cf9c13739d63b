"""The tables of what admins do: the log of actions, and decisions about queue entries."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Integer, Table, Text

from aggregator.store.schema.columns import metadata
from aggregator.store.schema.columns import partial_index as _partial
from aggregator.store.schema.columns import text_column as _text
from aggregator.store.schema.columns import time_column as _time
from aggregator.store.sql.dialect import BigId

admin_actions = Table(
    "admin_actions",
    metadata,
    Column("id", BigId, primary_key=True),
    _time("at", nullable=False),
    *(_text(name, nullable=False) for name in ("who", "via", "action", "subject", "title")),
    _text("before"),
    _text("after"),
    Column("undo", JSON(none_as_null=True)),  # what undoing needs; empty: it cannot be undone
    Column("undone_by", BigInteger),  # id of the action that undid it
    sqlite_autoincrement=True,  # admins name actions by id: never reused
)
_partial("admin_actions_at", admin_actions, "at")

queue_dismissals = Table(  # what an admin has decided to leave as it is
    "queue_dismissals",
    metadata,
    Column("queue", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    _time("at", nullable=False),
)

admitted_entries = Table(  # entries that an admin lets in against the filters
    "admitted_entries",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("uid", Text, primary_key=True),
)
