"""First tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql import dialect, dialect_search

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = dialect.UTC_DateTime


def _index(name: str, table: str, columns: str, where: str | None = None, using: str | None = None) -> None:
    """Create an index; "{true}" in ``where`` marks a boolean, which SQLite compares with 1."""
    options: dict[str, Any] = {}
    if where:
        options["sqlite_where"] = sa.text(where.replace("{true}", " = 1"))
        options["postgresql_where"] = sa.text(where.replace("{true}", ""))
    if using:
        options["postgresql_using"] = using
    op.create_index(name, table, columns.split(), **options)


def upgrade() -> None:
    _sources_and_polls()
    _items()
    _stories()
    _documents()
    dialect_search.create_search(op.get_bind())


def _sources_and_polls() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("encoding", sa.Text),
        sa.Column("every", sa.Float),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("include", sa.JSON, nullable=False),
        sa.Column("exclude", sa.JSON, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("listed", sa.Boolean, nullable=False),
        sa.Column("next_poll", _TIME),
        sa.Column("leased_until", _TIME),
        sa.Column("lease_owner", sa.Text),
        sa.Column("url_now", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("body_hash", sa.Text),
        sa.Column("interval", sa.Float, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("error_kind", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("last_poll", _TIME),
        sa.Column("last_success", _TIME),
        sa.Column("newest", _TIME),
        sa.Column("elapsed", sa.Float),
        sa.Column("moved_to", sa.Text),
        sa.Column("moved_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("feed_title", sa.Text),
        sa.Column("feed_link", sa.Text),
        sa.Column("feed_id", sa.Text),
        sa.Column("item_count", sa.Integer, nullable=False, server_default="0"),
        sa.UniqueConstraint("slug"),
    )
    _index("sources_due", "sources", "next_poll", "enabled{true} AND listed{true}")
    _index("sources_leased", "sources", "leased_until", "leased_until IS NOT NULL")
    op.create_table(
        "polls",
        sa.Column("id", _BIG_ID, primary_key=True),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("error_kind", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("elapsed", sa.Float, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("skipped", sa.Integer, nullable=False),
        sa.Column("filtered", sa.Integer, nullable=False),
    )
    _index("polls_at", "polls", "at")
    _index("polls_source", "polls", "source_id at")
    op.create_table(
        "source_hours",
        sa.Column("source_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("item_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("polls", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    )
    _index("source_hours_hour", "source_hours", "hour")
    op.create_table(
        "forgotten",
        sa.Column("source_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("uid", sa.Text, primary_key=True),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("until", _TIME),
    )
    _index("forgotten_until", "forgotten", "until", "until IS NOT NULL")


def _items() -> None:
    op.create_table(
        "items",
        sa.Column("id", _BIG_ID, primary_key=True),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id"), nullable=False),
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("guid", sa.Text),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("excerpt", sa.Text, nullable=False),
        sa.Column("author", sa.Text),
        sa.Column("editor", sa.Text),
        sa.Column("origin", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("rights", sa.Text),
        sa.Column("length", sa.Integer, nullable=False),
        sa.Column("published", _TIME, nullable=False),
        sa.Column("updated", _TIME),
        sa.Column("first_seen", _TIME, nullable=False),
        sa.Column("changed", _TIME, nullable=False),
        sa.Column("dated", sa.Boolean, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("media", sa.JSON, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("top", sa.Text),
        sa.Column("category_score", sa.Float, nullable=False),
        sa.Column("category_why", sa.Text, nullable=False),
        sa.Column("province", sa.Text),
        sa.Column("city", sa.Text),
        sa.Column("county", sa.Text),
        sa.Column("region_why", sa.Text, nullable=False),
        sa.Column("story_id", sa.BigInteger),
        sa.Column("lead", sa.Boolean, nullable=False),
        sa.Column("many", sa.Boolean, nullable=False),
        sa.Column("relation", sa.Text, nullable=False),
        sa.Column("reprint_of", sa.BigInteger),
        sa.Column("similarity", sa.Float, nullable=False),
        sa.Column("story_why", sa.Text, nullable=False),
        sa.Column("pinned", sa.SmallInteger, nullable=False),
        sa.Column("removed", _TIME),
        sa.UniqueConstraint("source_id", "uid", name="items_identity"),
        sqlite_autoincrement=True,
    )
    _index("items_lead", "items", "published id", "lead{true}")
    _index("items_lead_category", "items", "category published id", "lead{true} AND category IS NOT NULL")
    _index("items_lead_city", "items", "city published id", "lead{true} AND city IS NOT NULL")
    _index("items_lead_county", "items", "county published id", "lead{true} AND county IS NOT NULL")
    _index("items_lead_province", "items", "province published id", "lead{true} AND province IS NOT NULL")
    _index("items_lead_top", "items", "top published id", "lead{true} AND top IS NOT NULL")
    _index("items_lead_top_city", "items", "top city published id", "lead{true} AND city IS NOT NULL")
    _index("items_lead_top_county", "items", "top county published id", "lead{true} AND county IS NOT NULL")
    _index("items_lead_top_province", "items", "top province published id", "lead{true} AND province IS NOT NULL")
    _index("items_many", "items", "published id", "lead{true} AND many{true}")
    _index("items_many_top", "items", "top published id", "lead{true} AND many{true}")
    _index("items_old", "items", "published", "removed IS NOT NULL")
    _index(
        "items_published",
        "items",
        "published id top category province city county source_id story_id",
        "removed IS NULL",
    )
    _index("items_reprint", "items", "reprint_of", "reprint_of IS NOT NULL")
    _index("items_source", "items", "source_id published id", "removed IS NULL")
    _index("items_story", "items", "story_id published id")
    _index("items_url", "items", "url", using="hash")
    op.create_table(
        "texts",
        sa.Column(
            "item_id",
            _BIG_ID,
            sa.ForeignKey("items.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("html", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("marks", sa.LargeBinary, nullable=False),
        sa.Column("topics", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "marks",
        sa.Column("mark", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("item_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "related",
        sa.Column("item_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("rank", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("other_id", sa.BigInteger, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )


def _stories() -> None:
    op.create_table(
        "stories",
        sa.Column("id", _BIG_ID, primary_key=True, autoincrement=False),
        sa.Column("lead_id", sa.BigInteger, nullable=False),
        sa.Column("first_id", sa.BigInteger, nullable=False),
        sa.Column("item_count", sa.Integer, nullable=False),
        sa.Column("outlets", sa.Integer, nullable=False),
        sa.Column("first_published", _TIME, nullable=False),
        sa.Column("last_published", _TIME, nullable=False),
        sa.Column("heat_day", sa.Float, nullable=False),
        sa.Column("heat_week", sa.Float, nullable=False),
        sa.Column("top", sa.Text),
        sa.Column("category", sa.Text),
        sa.Column("province", sa.Text),
        sa.Column("city", sa.Text),
        sa.Column("county", sa.Text),
    )
    _index("stories_first", "stories", "first_published")
    _index("stories_heat_day", "stories", "heat_day", "outlets >= 2")
    _index("stories_heat_day_city", "stories", "city heat_day", "outlets >= 2")
    _index("stories_heat_day_county", "stories", "county heat_day", "outlets >= 2")
    _index("stories_heat_day_province", "stories", "province heat_day", "outlets >= 2")
    _index("stories_heat_day_top", "stories", "top heat_day", "outlets >= 2")
    _index("stories_heat_day_top_city", "stories", "top city heat_day", "outlets >= 2")
    _index("stories_heat_day_top_province", "stories", "top province heat_day", "outlets >= 2")
    _index("stories_heat_week", "stories", "heat_week", "outlets >= 2")
    _index("stories_heat_week_city", "stories", "city heat_week", "outlets >= 2")
    _index("stories_heat_week_county", "stories", "county heat_week", "outlets >= 2")
    _index("stories_heat_week_province", "stories", "province heat_week", "outlets >= 2")
    _index("stories_heat_week_top", "stories", "top heat_week", "outlets >= 2")
    _index("stories_heat_week_top_city", "stories", "top city heat_week", "outlets >= 2")
    _index("stories_heat_week_top_province", "stories", "top province heat_week", "outlets >= 2")
    op.create_table(
        "story_moves",
        sa.Column("old", _BIG_ID, primary_key=True, autoincrement=False),
        sa.Column("new", sa.BigInteger, nullable=False),
    )
    _index("ix_story_moves_new", "story_moves", "new")
    op.create_table(
        "verdicts",
        sa.Column("a", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("b", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("same", sa.Boolean, nullable=False),
        sa.Column("at", _TIME, nullable=False),
    )
    _index("ix_verdicts_b", "verdicts", "b")


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("listing", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("modified", _TIME, nullable=False),
        sa.Column("stale", sa.Boolean, nullable=False),
        sa.Column("stored", _TIME, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("gzip", sa.LargeBinary),
        sa.Column("br", sa.LargeBinary),
        sa.Column("zstd", sa.LargeBinary),
    )
    _index("documents_stale", "documents", "path", "stale{true}")
    _index("ix_documents_listing", "documents", "listing")
    op.create_table(
        "listing_changes",
        sa.Column("listing", sa.Text, primary_key=True),
        sa.Column("generation", sa.BigInteger, nullable=False),
    )
    _index("ix_listing_changes_generation", "listing_changes", "generation")
    op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    dialect_search.drop_search(op.get_bind())
    for table in (
        "counters",
        "listing_changes",
        "documents",
        "verdicts",
        "story_moves",
        "stories",
        "related",
        "marks",
        "texts",
        "items",
        "forgotten",
        "source_hours",
        "polls",
        "sources",
    ):
        op.drop_table(table)
