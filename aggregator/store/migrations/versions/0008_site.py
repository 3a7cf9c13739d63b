"""Tokens for stretches of time in PostgreSQL's search index, so that frequent words are not fetched everywhere."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from aggregator.store.sql.dialect import is_sqlite

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BITS = (12, 16, 20)  # lengths of the stretches: powers of two, seconds
_ITEM_BITS = 28


def upgrade() -> None:
    if not is_sqlite(op.get_bind()):
        words = " || ' ' || ".join(f"'''@{bits}:' || (place >> {_ITEM_BITS + bits}) || ''''" for bits in _BITS)
        op.execute(text(_escaped(f"UPDATE search SET words = words || CAST({words} AS tsvector)")))


def downgrade() -> None:
    if not is_sqlite(op.get_bind()):
        words = ", ".join(f"'@{bits}:' || (place >> {_ITEM_BITS + bits})" for bits in _BITS)
        op.execute(text(_escaped(f"UPDATE search SET words = ts_delete(words, ARRAY[{words}])")))


def _escaped(statement: str) -> str:
    """Escape colons: ``:12`` would be read as a parameter."""
    return statement.replace(":", r"\:")
