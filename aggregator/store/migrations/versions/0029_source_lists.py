"""Followed lists of sources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql.dialect import UTC_DateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_lists",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary),
        sa.Column("digest", sa.Text),
        sa.Column("source_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("changed", UTC_DateTime),
        sa.Column("next_poll", UTC_DateTime),
        sa.Column("leased_until", UTC_DateTime),
        sa.Column("lease_owner", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("body_hash", sa.Text),
        sa.Column("interval", sa.Float, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("last_poll", UTC_DateTime),
        sa.Column("last_success", UTC_DateTime),
        sa.Column("profile", sa.LargeBinary),
        sa.Column("next_why", sa.Text),
    )


def downgrade() -> None:
    op.drop_table("source_lists")
