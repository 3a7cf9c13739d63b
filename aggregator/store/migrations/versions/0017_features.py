"""Features of texts, computed once; related items are found when they are asked for instead of being stored.

The record of changed listings loses an index that made each change of a listing three changes of a B-tree.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("texts", sa.Column("features", sa.LargeBinary))
    op.drop_table("related")
    op.drop_index("ix_listing_changes_generation")


def downgrade() -> None:
    op.create_index("ix_listing_changes_generation", "listing_changes", ["generation"])
    op.create_table(
        "related",
        sa.Column("item_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("rank", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("other_id", sa.BigInteger, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    op.drop_column("texts", "features")
