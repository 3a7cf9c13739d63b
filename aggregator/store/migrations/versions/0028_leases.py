"""Owners of all leases, and signs of life of workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_TABLES = ("articles", "pictures", "pushes", "subscribers", "hub_requests", "announcements")


def upgrade() -> None:
    op.create_table(
        "workers", sa.Column("owner", sa.Text, primary_key=True), sa.Column("seen", sa.BigInteger, nullable=False)
    )
    for table in _TABLES:
        op.add_column(table, sa.Column("lease_owner", sa.Text))
    for table in ("sources", "pushes", "subscribers"):  # no worker of an earlier version runs beside this one
        op.execute(f"UPDATE {table} SET leased_until = NULL WHERE leased_until IS NOT NULL")
    op.execute("UPDATE sources SET lease_owner = NULL WHERE lease_owner IS NOT NULL")


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_column(table, "lease_owner")
    op.drop_table("workers")
