"""Pictures of items, and the thumbnails by which pages show them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql.dialect import BigId, UTC_DateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("picture", sa.JSON(none_as_null=True)))
    op.add_column("items", sa.Column("thumbnail", sa.BigInteger))
    op.add_column("sources", sa.Column("pictures", sa.Text, nullable=False, server_default="thumbnail"))
    op.create_table(
        "pictures",
        sa.Column("id", BigId, primary_key=True, autoincrement=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("due", UTC_DateTime),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("size", sa.Integer, nullable=False, server_default="0"),
        sa.Column("used", UTC_DateTime),
    )
    has_due, has_size = sa.text("due IS NOT NULL"), sa.text("size > 0")
    op.create_index("pictures_due", "pictures", ["due"], sqlite_where=has_due, postgresql_where=has_due)
    op.create_index("pictures_used", "pictures", ["used", "size"], sqlite_where=has_size, postgresql_where=has_size)
    op.create_table(
        "thumbnails",
        sa.Column(
            "picture_id", BigId, sa.ForeignKey("pictures.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("width", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "item_pictures",
        sa.Column(
            "item_id", BigId, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("picture_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("is_lead", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("item_pictures_picture", "item_pictures", ["picture_id"])
    op.create_table(
        "secrets", sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.LargeBinary, nullable=False)
    )


def downgrade() -> None:
    for table in ("secrets", "item_pictures", "thumbnails", "pictures"):
        op.drop_table(table)
    op.drop_column("sources", "pictures")
    op.drop_column("items", "thumbnail")
    op.drop_column("items", "picture")
