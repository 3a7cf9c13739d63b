"""The tables of notifications. Targets have digests as keys: their addresses are not stored."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from aggregator.store.schema.columns import message_column, metadata, partial_index, text_column, time_column
from aggregator.store.sql.dialect import BigId

notify_targets = Table(
    "notify_targets",
    metadata,
    Column("key", Text, primary_key=True),
    time_column("since", nullable=False),  # when it was new
    Column("first_story", BigInteger, nullable=False),  # stories with lower ids existed before
    Column("position", BigInteger, nullable=False),  # events of the journal that were read
    time_column("next_at"),  # not before; empty: at once
    time_column("leased_until"),
    text_column("lease_owner"),
    time_column("failing_since"),
    message_column("error"),
    time_column("last_sent"),
    Column("sent", Integer, nullable=False, server_default="0"),
    Column("given_up", Integer, nullable=False, server_default="0"),
)

notify_messages = Table(  # to be sent, and those of the last days
    "notify_messages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("target", Text, ForeignKey("notify_targets.key"), nullable=False),
    time_column("created", nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    time_column("ended"),  # when it was sent or given up
    text_column("outcome"),  # "sent", "given-up", "void": nothing of it is left
)
partial_index("notify_messages_open", notify_messages, "target created", "ended IS NULL")
partial_index("notify_messages_ended", notify_messages, "target ended", "ended IS NOT NULL")

notices = Table(  # also those that were sent, so that they are never sent again
    "notices",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("target", Text, ForeignKey("notify_targets.key"), nullable=False),
    text_column("subject", nullable=False),  # model.notifications
    Column("item_id", BigInteger, index=True),
    time_column("at", nullable=False),
    text_column("message"),  # id; empty: in none yet; "-": known before the target was new
    UniqueConstraint("target", "subject", name="notices_identity"),
)
partial_index("notices_waiting", notices, "target id", "message IS NULL")
partial_index("notices_message", notices, "message", "message IS NOT NULL")
