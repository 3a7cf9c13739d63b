"""On SQLite, the rows of listings are stored in their primary key."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_COLUMNS: dict[str, tuple[tuple[str, sa.types.TypeEngine[Any]], ...]] = {
    "listing_changes": (("generation", sa.BigInteger()),),
    "feed_journals": (("closed", sa.Integer()), ("events", sa.LargeBinary())),
}


def upgrade() -> None:
    _copy(with_rowid=False)


def downgrade() -> None:
    _copy(with_rowid=True)


def _copy(*, with_rowid: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, columns in _COLUMNS.items():
        op.create_table(
            f"{table}_copy",
            sa.Column("listing", sa.Text, primary_key=True),
            *(sa.Column(name, kind, nullable=False) for name, kind in columns),
            sqlite_with_rowid=with_rowid,
        )
        op.execute(f"INSERT INTO {table}_copy SELECT * FROM {table} ORDER BY listing")
        op.drop_table(table)
        op.rename_table(f"{table}_copy", table)
