"""Subscriptions at publishers' WebSub hubs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql import dialect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = dialect.UTC_DateTime


def _index(name: str, table: str, columns: str, where: str, **options: Any) -> None:
    """Create an index; "{true}" in ``where`` marks a boolean, which SQLite compares with 1."""
    options["sqlite_where"] = sa.text(where.replace("{true}", " = 1"))
    options["postgresql_where"] = sa.text(where.replace("{true}", ""))
    op.create_index(name, table, columns.split(), **options)


def upgrade() -> None:
    op.add_column("sources", sa.Column("hub", sa.Text))
    op.add_column("sources", sa.Column("topic", sa.Text))
    _index("sources_hub", "sources", "hub", "hub IS NOT NULL")
    op.create_table(
        "subscriptions",
        sa.Column("id", _BIG_ID, primary_key=True),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id"), nullable=False),
        sa.Column("hub", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False, unique=True),
        sa.Column("callback", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("current", sa.Boolean, nullable=False),
        sa.Column("next_at", _TIME, nullable=False),
        sa.Column("pending", sa.Text),
        sa.Column("pending_until", _TIME),
        sa.Column("since", _TIME),
        sa.Column("lease_ends", _TIME),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("strikes", sa.Integer, nullable=False),
        sa.Column("drops", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("pushes", sa.Integer, nullable=False),
        sa.Column("ignored", sa.Integer, nullable=False),
        sa.Column("last_push", _TIME),
    )
    op.create_index("subscriptions_next", "subscriptions", ["next_at"])
    _index("subscriptions_current", "subscriptions", "source_id", "current{true}", unique=True)
    op.create_table(
        "pushes",
        sa.Column("id", _BIG_ID, primary_key=True),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id"), nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("headers", sa.JSON, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("received", _TIME, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("leased_until", _TIME),
        sa.UniqueConstraint("source_id", "digest", name="pushes_identity"),
    )
    _index("pushes_waiting", "pushes", "id", "body IS NOT NULL")


def downgrade() -> None:
    op.drop_table("pushes")
    op.drop_table("subscriptions")
    op.drop_index("sources_hub", "sources")
    op.drop_column("sources", "topic")
    op.drop_column("sources", "hub")
