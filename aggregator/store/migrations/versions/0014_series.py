"""The series that an item is an issue of, by its title."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.steps.stories.series import series_key

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_BATCH = 2000
_items = sa.table("items", *(sa.column(name) for name in ("id", "source_id", "title", "series")))


def upgrade() -> None:
    op.add_column("items", sa.Column("series", sa.BigInteger))
    _fill()
    op.execute(
        "CREATE INDEX items_series ON items (series, published, id) WHERE series IS NOT NULL AND removed IS NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX items_series")
    op.drop_column("items", "series")


def _fill() -> None:
    connection, last = op.get_bind(), 0
    query = sa.select(_items.c.id, _items.c.source_id, _items.c.title).order_by(_items.c.id).limit(_BATCH)
    write = _items.update().where(_items.c.id == sa.bindparam("item")).values(series=sa.bindparam("key"))
    while rows := connection.execute(query.where(_items.c.id > last)).all():
        last = rows[-1].id
        keys = {row.id: series_key(row.source_id, row.title) for row in rows}
        issues = [{"item": item_id, "key": key} for item_id, key in keys.items() if key is not None]
        if issues:
            connection.execute(write, issues)
