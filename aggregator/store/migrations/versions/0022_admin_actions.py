"""The log of what admins do, decisions about queue entries, and entries admitted against the filters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql import dialect

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_INDEXES = {
    "items_uncategorized": "top IS NULL AND removed IS NULL",
    "items_doubtful": "relation = 'further' AND similarity < 0.2 AND pinned & 1 = 0 AND removed IS NULL",
}


def upgrade() -> None:
    op.create_table(
        "admin_actions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("at", dialect.UTC_DateTime, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("who", "via", "action", "subject", "title")),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("undo", sa.JSON(none_as_null=True)),
        sa.Column("undone_by", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("admin_actions_at", "admin_actions", ["at"])
    op.create_table(
        "queue_dismissals",
        sa.Column("queue", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("at", dialect.UTC_DateTime, nullable=False),
    )
    op.create_table(
        "admitted_entries",
        sa.Column("source_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("uid", sa.Text, primary_key=True),
    )
    for name, where in _INDEXES.items():
        condition = sa.text(where)
        op.create_index(name, "items", ["published", "id"], sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name)
    for table in ("admitted_entries", "queue_dismissals", "admin_actions"):
        op.drop_table(table)
