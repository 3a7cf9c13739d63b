"""What the visits of a day came to, source by source; sources that are no feeds, and the articles they await."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store import dialect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_sources_without_feeds()


def downgrade() -> None:
    _drop_sources_without_feeds()


def _add_sources_without_feeds() -> None:
    op.add_column("sources", sa.Column("kind", sa.Text, nullable=False, server_default="feed"))
    op.add_column("sources", sa.Column("selectors", sa.JSON))
    op.add_column("sources", sa.Column("articles", sa.Boolean, nullable=False, server_default=sa.false()))
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "articles",
        sa.Column(
            "item_id", number, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("due", dialect.UTC_DateTime),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
    )
    op.create_index("articles_due", "articles", ["due"], sqlite_where=sa.text("due IS NOT NULL"),
                    postgresql_where=sa.text("due IS NOT NULL"))  # fmt: skip


def _drop_sources_without_feeds() -> None:
    op.drop_table("articles")
    for column in ("articles", "selectors", "kind"):
        op.drop_column("sources", column)
