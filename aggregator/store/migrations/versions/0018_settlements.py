"""The log of transactions that changed items or stories, by which placements are decided before their transaction."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "settlements",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("item_ids", sa.LargeBinary, nullable=False),
        sa.Column("story_ids", sa.LargeBinary),
    )


def downgrade() -> None:
    op.drop_table("settlements")
