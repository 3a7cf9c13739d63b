"""Daily digests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql.dialect import UTC_DateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_digests",
        sa.Column("listing", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("published", UTC_DateTime, nullable=False),
        sa.Column("stories", sa.JSON, nullable=False),
        sa.Column("summary", sa.Text),
        sa.Column("changed", UTC_DateTime),
    )
    op.create_table(
        "daily_digest_items",
        sa.Column("item_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("listing", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("daily_digest_items")
    op.drop_table("daily_digests")
