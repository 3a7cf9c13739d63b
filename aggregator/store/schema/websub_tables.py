"""Tables of WebSub: our subscriptions at publishers' hubs, and the subscribers of our own hub."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, LargeBinary, Table, Text, UniqueConstraint

from aggregator.store.schema.columns import message_column as _message
from aggregator.store.schema.columns import metadata
from aggregator.store.schema.columns import partial_index as _partial
from aggregator.store.schema.columns import text_column as _text
from aggregator.store.schema.columns import time_column as _time
from aggregator.store.sql.dialect import BigId, UTC_DateTime

subscriptions = Table(  # at publishers' hubs
    "subscriptions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("source_id", Integer, ForeignKey("sources.id"), nullable=False),
    _text("hub", nullable=False),
    _text("topic", nullable=False),
    Column("token", Text, nullable=False, unique=True),
    _text("callback", nullable=False),
    _text("secret", nullable=False),
    _text("standing", nullable=False),
    Column("current", Boolean, nullable=False),  # false: being unsubscribed
    _time("next_at", nullable=False),
    _text("pending"),
    _time("pending_until"),
    _time("since"),
    _time("lease_ends"),
    Column("failures", Integer, nullable=False),
    Column("strikes", Integer, nullable=False),
    Column("drops", Integer, nullable=False),
    _message("reason"),
    Column("pushes", Integer, nullable=False),
    Column("ignored", Integer, nullable=False),
    _time("last_push"),
)
_partial("subscriptions_next", subscriptions, "next_at")
_partial("subscriptions_current", subscriptions, "source_id", "current{true}", unique=True)

pushes = Table(  # received deliveries; without a body: read, and kept to detect a repetition
    "pushes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("source_id", Integer, ForeignKey("sources.id"), nullable=False),
    _text("topic", nullable=False),
    _text("digest", nullable=False),
    Column("headers", JSON, nullable=False),
    Column("body", LargeBinary),
    _time("received", nullable=False),
    Column("attempts", Integer, nullable=False),
    _time("leased_until"),
    _text("lease_owner"),
    UniqueConstraint("source_id", "digest", name="pushes_identity"),
)
_partial("pushes_waiting", pushes, "id", "body IS NOT NULL")

hub_requests = Table(  # requests to our own hub that their callbacks have not confirmed yet
    "hub_requests",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("callback", Text, nullable=False),
    _text("topic", nullable=False),
    Column("path", Text, nullable=False),
    _text("mode", nullable=False),
    _text("secret"),
    Column("lease", Integer, nullable=False),  # seconds
    Column("host", Text, nullable=False, index=True),  # of the callback
    Column("attempts", Integer, nullable=False),
    Column("next_at", UTC_DateTime, nullable=False, index=True),  # next attempt, or end of the lease
    _text("lease_owner"),
    UniqueConstraint("callback", "path", name="hub_requests_identity"),
)

subscribers = Table(  # of our own hub
    "subscribers",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("callback", Text, nullable=False),
    _text("topic", nullable=False),
    Column("path", Text, nullable=False, index=True),
    _text("secret"),
    Column("lease_ends", UTC_DateTime, nullable=False, index=True),
    _text("delivered"),  # ETag of the version it has
    _time("next_at"),  # empty: it has the newest version
    _time("leased_until"),
    _text("lease_owner"),
    _time("failing_since"),
    UniqueConstraint("callback", "path", name="subscribers_identity"),
)
_partial("subscribers_next", subscribers, "next_at", "next_at IS NOT NULL")

announcements = Table(  # changed feeds of which an external hub has to be notified
    "announcements",
    metadata,
    Column("path", Text, primary_key=True),
    _text("etag", nullable=False),
    Column("failures", Integer, nullable=False),
    Column("next_at", UTC_DateTime, nullable=False, index=True),  # next attempt, or end of the lease
    _text("lease_owner"),
)
