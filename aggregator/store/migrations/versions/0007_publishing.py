"""Tombstones, publication history and the subscribers of our own hub."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql import dialect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = dialect.UTC_DateTime


def upgrade() -> None:
    _hub()
    _history()


def downgrade() -> None:
    op.drop_index("documents_asked", "documents")
    op.drop_column("documents", "asked")
    op.drop_column("items", "removed_why")
    for table in ("withdrawn", "feed_versions", "feed_pages", "feed_journals"):
        op.drop_table(table)
    for table in ("announcements", "subscribers", "hub_requests"):
        op.drop_table(table)


def _hub() -> None:
    op.create_table(
        "hub_requests",
        sa.Column("id", _BIG_ID, primary_key=True),
        sa.Column("callback", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("secret", sa.Text),
        sa.Column("lease", sa.Integer, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", _TIME, nullable=False),
        sa.UniqueConstraint("callback", "path", name="hub_requests_identity"),
    )
    op.create_index("ix_hub_requests_host", "hub_requests", ["host"])
    op.create_index("ix_hub_requests_next_at", "hub_requests", ["next_at"])
    op.create_table(
        "subscribers",
        sa.Column("id", _BIG_ID, primary_key=True),
        sa.Column("callback", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("secret", sa.Text),
        sa.Column("lease_ends", _TIME, nullable=False),
        sa.Column("delivered", sa.Text),
        sa.Column("next_at", _TIME),
        sa.Column("leased_until", _TIME),
        sa.Column("failing_since", _TIME),
        sa.UniqueConstraint("callback", "path", name="subscribers_identity"),
    )
    op.create_index("ix_subscribers_path", "subscribers", ["path"])
    op.create_index("ix_subscribers_lease_ends", "subscribers", ["lease_ends"])
    where = sa.text("next_at IS NOT NULL")
    op.create_index("subscribers_next", "subscribers", ["next_at"], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "announcements",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_at", _TIME, nullable=False),
    )
    op.create_index("ix_announcements_next_at", "announcements", ["next_at"])


def _history() -> None:
    op.create_table(
        "feed_journals",
        sa.Column("listing", sa.Text, primary_key=True),
        sa.Column("closed", sa.Integer, nullable=False),
        sa.Column("events", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "feed_pages",
        sa.Column("listing", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("events", sa.LargeBinary, nullable=False),
    )
    op.create_index("feed_pages_until", "feed_pages", ["until"])
    op.create_table(
        "feed_versions",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("etag", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.create_index("feed_versions_position", "feed_versions", ["path", "position"])
    op.create_table(
        "withdrawn",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("why", sa.Text),
    )
    op.add_column("items", sa.Column("removed_why", sa.Text))
    op.add_column("documents", sa.Column("asked", _TIME))
    op.create_index("documents_asked", "documents", ["asked"])
