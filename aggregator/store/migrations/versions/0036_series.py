"""Series have rows; keys of items are those of the current skeletons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.steps.stories.series import series_key
from aggregator.store.sql.dialect import BigId, UTC_DateTime

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_BATCH = 2000
_items = sa.table("items", *(sa.column(name) for name in ("id", "source_id", "title", "series")))


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("key", sa.BigInteger, nullable=False, unique=True),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("skeleton", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("opened", UTC_DateTime, nullable=False),
        sa.Column("dissolved", UTC_DateTime),
        sqlite_autoincrement=True,
    )
    _renew_keys()


def downgrade() -> None:
    op.drop_table("series")


def _renew_keys() -> None:
    """Write the keys that differ; a series of stored items is opened with its next issue."""
    connection, last = op.get_bind(), 0
    query = sa.select(*_items.c).order_by(_items.c.id).limit(_BATCH)
    write = _items.update().where(_items.c.id == sa.bindparam("item")).values(series=sa.bindparam("key"))
    while rows := connection.execute(query.where(_items.c.id > last)).all():
        last = rows[-1].id
        keys = [(row, series_key(row.source_id, row.title)) for row in rows]
        changed = [{"item": row.id, "key": key} for row, key in keys if key != row.series]
        if changed:
            connection.execute(write, changed)
