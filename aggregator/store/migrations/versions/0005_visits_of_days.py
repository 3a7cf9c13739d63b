"""Daily poll statistics and incidents; sources that are no feeds, and the article queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql import dialect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_sources_without_feeds()
    _add_days_and_troubles()


def downgrade() -> None:
    op.drop_table("troubles")
    op.drop_table("source_days")
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


def _add_days_and_troubles() -> None:
    def number(name: str) -> sa.Column[int]:
        return sa.Column(name, sa.Integer, nullable=False, server_default="0")

    op.create_table(
        "source_days",
        sa.Column("source_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        *(number(name) for name in ("polls", "not_modified", "failures", "item_count")),
        sa.Column("elapsed", sa.Float, nullable=False, server_default="0"),
    )
    op.create_index("source_days_day", "source_days", ["day"])
    op.create_table(
        "troubles",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("source_id", sa.Integer),
        sa.Column("kind", sa.Text),
        sa.Column("detail", sa.Text, nullable=False),
        number("failures"),
        sa.Column("began", dialect.UTC_DateTime, nullable=False),
        sa.Column("ended", dialect.UTC_DateTime),
        sqlite_autoincrement=True,
    )
    for name, column, where in (
        ("open", "source_id", "ended IS NULL"),
        ("began", "began", None),
        ("ended", "ended", "ended IS NOT NULL"),
    ):
        chosen = sa.text(where) if where else None
        op.create_index(f"troubles_{name}", "troubles", [column], sqlite_where=chosen, postgresql_where=chosen)
