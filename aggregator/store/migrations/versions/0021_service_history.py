"""History of the whole service: new items by hour, delays, values by day, and requests for its feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_DELAYS = ("within_5m", "within_15m", "within_1h", "within_6h", "later")


def upgrade() -> None:
    for name in _DELAYS:
        op.add_column("source_days", _count(name))
    op.create_table("service_hours", _number("hour"), _count("item_count"))
    op.execute(
        "INSERT INTO service_hours (hour, item_count) "
        "SELECT hour, SUM(item_count) FROM source_hours WHERE item_count > 0 GROUP BY hour"
    )
    op.create_table(
        "service_days",
        _number("day"),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "feed_clients",
        _number("day"),
        sa.Column("client", sa.Text, primary_key=True),
        _count("requests"),
        _count("not_modified"),
    )
    op.create_table(
        "feed_subscribers",
        sa.Column("client", sa.Text, primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("subscribers", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
    )
    op.create_index("feed_subscribers_day", "feed_subscribers", ["day"])


def downgrade() -> None:
    for table in ("feed_subscribers", "feed_clients", "service_days", "service_hours"):
        op.drop_table(table)
    for name in _DELAYS:
        op.drop_column("source_days", name)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")
