"""Lanes of due sources, and the queues of hosts at their limit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql.dialect import is_sqlite

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("lane", sa.SmallInteger, nullable=False, server_default="1"))
    op.add_column("sources", sa.Column("host_queue", sa.Text))
    op.execute("UPDATE sources SET lane = CASE WHEN failures > 0 THEN 2 WHEN last_success IS NULL THEN 1 ELSE 0 END")
    active = "enabled = 1 AND listed = 1" if is_sqlite(op.get_bind()) else "enabled AND listed"
    for name, columns, condition in (
        ("sources_lanes", ["lane", "next_poll"], f"{active} AND host_queue IS NULL"),
        ("sources_queued", ["host_queue", "next_poll"], f"{active} AND host_queue IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "sources", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("sources_queued", "sources")
    op.drop_index("sources_lanes", "sources")
    op.drop_column("sources", "host_queue")
    op.drop_column("sources", "lane")
