"""Pushes to search engines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql.dialect import UTC_DateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "index_services",
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("next_at", UTC_DateTime, nullable=False),
        sa.Column("leased_until", UTC_DateTime),
        sa.Column("lease_owner", sa.Text),
        sa.Column("day", sa.Text),
        sa.Column("sent", sa.Integer, nullable=False, server_default="0"),
        sa.Column("remain", sa.Integer),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text),
        sa.Column("last_success", UTC_DateTime),
    )
    op.create_table(
        "index_pushes",
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("story_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", UTC_DateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("index_pushes")
    op.drop_table("index_services")
