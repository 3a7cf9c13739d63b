"""Filtered entries, and the log of corrections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql import dialect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_filters()
    _add_corrections()


def downgrade() -> None:
    op.drop_table("corrections")
    _drop_filters()


def _add_filters() -> None:
    op.add_column("sources", sa.Column("advertorial", sa.Text, nullable=False, server_default="keep"))
    op.add_column("items", sa.Column("advertorial", sa.Text))
    op.create_table(
        "kept_out",
        sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id"), primary_key=True, autoincrement=False),
        sa.Column("uid", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("title", "url", "rule", "evidence")),
        sa.Column("at", dialect.UTC_DateTime, nullable=False),
    )
    op.create_index("kept_out_at", "kept_out", ["at"])
    op.create_index("kept_out_source", "kept_out", ["source_id", "at"])


def _drop_filters() -> None:
    op.drop_table("kept_out")
    op.drop_column("items", "advertorial")
    op.drop_column("sources", "advertorial")


def _add_corrections() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "corrections",
        sa.Column("id", number, primary_key=True),
        sa.Column("at", dialect.UTC_DateTime, nullable=False),
        sa.Column("item_id", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("others", sa.JSON, nullable=False),
        sa.Column("holds", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_corrections_item_id", "corrections", ["item_id"])
    op.create_index("corrections_lessons", "corrections", ["subject", "id"],
                    sqlite_where=sa.text("holds = 1 AND text IS NOT NULL"),
                    postgresql_where=sa.text("holds AND text IS NOT NULL"))  # fmt: skip
