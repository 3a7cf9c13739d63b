"""Search keys of two columns on PostgreSQL: in a key of 64 bits an item id had 28, and larger ones were not found."""

from __future__ import annotations

from alembic import op

from aggregator.store.sql.dialect_search import join_keys, split_keys

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    split_keys(op.get_bind())


def downgrade() -> None:
    join_keys(op.get_bind())
