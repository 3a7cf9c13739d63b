"""Items have further regions besides their primary one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql.dialect import BigId, UTC_Second

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("further_regions", sa.Text))
    op.add_column("items", sa.Column("further_why", sa.Text))
    op.create_table(
        "item_regions",
        sa.Column(
            "item_id", BigId, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("shift", sa.SmallInteger, nullable=False),
        sa.Column("published", UTC_Second, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("item_regions_region", "item_regions", ["region", "published", "item_id"])
    op.create_index("item_regions_published", "item_regions", ["published", "region", "item_id"])


def downgrade() -> None:
    op.drop_table("item_regions")
    op.drop_column("items", "further_why")
    op.drop_column("items", "further_regions")
