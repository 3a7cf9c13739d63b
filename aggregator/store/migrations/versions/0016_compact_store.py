"""Compressed texts and a search index without positions.

Only the new forms are created here. Existing rows are converted afterwards, in the background and in batches
(``aggregator.store.conversion``), and remain readable until then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.steps.text.packing import unpack_text, unpack_texts
from aggregator.store.sql.dialect import is_sqlite
from aggregator.store.sql.dialect_search import create_search, create_token_index, drop_search

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_COUNTER = "conversion to 0016"  # the highest item that may have to be converted
_BATCH = 500
_texts = sa.table("texts", *(sa.column(name) for name in ("item_id", "packed", "html", "text")))


def upgrade() -> None:
    op.add_column("texts", sa.Column("packed", sa.LargeBinary))
    create_token_index(op.get_bind())
    if not is_sqlite(op.get_bind()):
        op.execute("ALTER TABLE texts ALTER COLUMN packed SET STORAGE EXTERNAL")  # cannot be compressed again
    last = op.get_bind().execute(sa.select(sa.func.max(_texts.c.item_id))).scalar()
    if last is not None:
        counters = sa.table("counters", sa.column("name"), sa.column("value"))
        op.execute(counters.insert().values(name=_COUNTER, value=last))
    elif is_sqlite(op.get_bind()):
        drop_search(op.get_bind())


def downgrade() -> None:
    """Restore the texts. On SQLite the search index is empty afterwards."""
    connection = op.get_bind()
    packed = sa.select(_texts.c.item_id, _texts.c.packed).where(_texts.c.packed.is_not(None))
    while rows := connection.execute(packed.order_by(_texts.c.item_id).limit(_BATCH)).all():
        for item_id, frame in rows:
            html, text = unpack_texts(frame)
            row = _texts.update().where(_texts.c.item_id == item_id)
            connection.execute(row.values(packed=None, html=html, text=text))
    op.execute(f"DELETE FROM counters WHERE name = '{_COUNTER}'")
    if is_sqlite(connection):
        _unpack_excerpts()
        op.execute("DROP TABLE search_tokens")
        op.execute("DROP TABLE IF EXISTS search")
        create_search(connection)
    op.drop_column("texts", "packed")


def _unpack_excerpts() -> None:
    connection = op.get_bind()
    packed = sa.text("SELECT id, excerpt FROM items WHERE typeof(excerpt) = 'blob' LIMIT :limit")
    while rows := connection.execute(packed, {"limit": _BATCH}).all():
        for item_id, excerpt in rows:
            restored = {"id": item_id, "excerpt": unpack_text(excerpt)}
            connection.execute(sa.text("UPDATE items SET excerpt = :excerpt WHERE id = :id"), restored)
