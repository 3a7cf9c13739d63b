"""Correction requests by readers; the feed of incidents, which quoted errors, is rendered again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql import dialect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "correction_requests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("at", dialect.UTC_DateTime, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("item_id", sa.BigInteger),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("text", "name", "email")),
        sa.Column("done", dialect.UTC_DateTime),
        sqlite_autoincrement=True,
    )
    op.create_index("correction_requests_at", "correction_requests", ["at"])
    is_open, is_done = sa.text("done IS NULL"), sa.text("done IS NOT NULL")
    op.create_index(
        "correction_requests_open", "correction_requests", ["id"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index(
        "correction_requests_done", "correction_requests", ["done"], sqlite_where=is_done, postgresql_where=is_done
    )
    op.execute("UPDATE documents SET stale = TRUE WHERE listing = 'status'")


def downgrade() -> None:
    op.drop_table("correction_requests")
