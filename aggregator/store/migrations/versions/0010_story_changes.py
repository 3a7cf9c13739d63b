"""Time of a story's last change, and an index of stories of several outlets by id, for sitemaps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql.dialect import UTC_DateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stories", sa.Column("changed", UTC_DateTime))  # empty for old rows
    op.create_index(
        "stories_several",
        "stories",
        ["id", "changed"],
        sqlite_where=sa.text("outlets >= 2"),
        postgresql_where=sa.text("outlets >= 2"),
    )


def downgrade() -> None:
    op.drop_index("stories_several", "stories")
    op.drop_column("stories", "changed")
