"""Options of the search index on SQLite: a transaction writes one segment, and four are merged at a time."""

from __future__ import annotations

from alembic import op

from aggregator.store.sql.dialect import is_sqlite
from aggregator.store.sql.dialect_search import set_index_options

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_FORMER = {"hashsize": 1 << 20, "automerge": 2}


def upgrade() -> None:
    set_index_options(op.get_bind())


def downgrade() -> None:
    if is_sqlite(op.get_bind()):
        for name, value in _FORMER.items():
            op.execute(f"INSERT INTO search_tokens (search_tokens, rank) VALUES ('{name}', {value})")
