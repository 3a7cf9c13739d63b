"""Leases of stale feeds, changes that transactions leave to the next one, and blocks of merged segments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql.dialect import BigId, UTC_DateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("lease_owner", sa.Text))
    op.add_column("documents", sa.Column("leased_until", UTC_DateTime))
    is_leased = sa.text("leased_until IS NOT NULL")
    op.create_index(
        "documents_leased", "documents", ["leased_until"], sqlite_where=is_leased, postgresql_where=is_leased
    )
    op.create_table(
        "pending_changes",
        sa.Column("number", BigId, primary_key=True),
        sa.Column("packed", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.add_column("mark_segments", sa.Column("first_block", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("mark_segments", "first_block")
    op.drop_table("pending_changes")
    op.drop_index("documents_leased", "documents")
    op.drop_column("documents", "leased_until")
    op.drop_column("documents", "lease_owner")
