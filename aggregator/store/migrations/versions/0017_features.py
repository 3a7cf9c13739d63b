"""Features of texts, computed once; related items are found when they are asked for instead of being stored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("texts", sa.Column("features", sa.LargeBinary))
    op.drop_table("related")
