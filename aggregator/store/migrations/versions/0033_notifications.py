"""Targets, messages and notices of notifications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql.dialect import BigId, UTC_DateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notify_targets",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("since", UTC_DateTime, nullable=False),
        sa.Column("first_story", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("next_at", UTC_DateTime),
        sa.Column("leased_until", UTC_DateTime),
        sa.Column("lease_owner", sa.Text),
        sa.Column("failing_since", UTC_DateTime),
        sa.Column("error", sa.Text),
        sa.Column("last_sent", UTC_DateTime),
        sa.Column("sent", sa.Integer, nullable=False, server_default="0"),
        sa.Column("given_up", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "notify_messages",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("target", sa.Text, sa.ForeignKey("notify_targets.key"), nullable=False),
        sa.Column("created", UTC_DateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("ended", UTC_DateTime),
        sa.Column("outcome", sa.Text),
    )
    _index("notify_messages_open", "notify_messages", ["target", "created"], "ended IS NULL")
    _index("notify_messages_ended", "notify_messages", ["target", "ended"], "ended IS NOT NULL")
    op.create_table(
        "notices",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("target", sa.Text, sa.ForeignKey("notify_targets.key"), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("item_id", sa.BigInteger),
        sa.Column("at", UTC_DateTime, nullable=False),
        sa.Column("message", sa.Text),
        sa.UniqueConstraint("target", "subject", name="notices_identity"),
    )
    op.create_index("ix_notices_item_id", "notices", ["item_id"])
    _index("notices_waiting", "notices", ["target", "id"], "message IS NULL")
    _index("notices_message", "notices", ["message"], "message IS NOT NULL")


def downgrade() -> None:
    for table in ("notices", "notify_messages", "notify_targets"):
        op.drop_table(table)


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
