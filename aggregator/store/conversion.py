"""Conversion of rows of earlier schemas: compressed texts and excerpts, features, search entries without positions.

From the newest item to the oldest, in batches; the counter is the highest item that may still be unconverted, and is
written in the transaction of each batch. So a conversion that was interrupted continues where it ended, and one of
several workers at a time converts a batch.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BindParameter, Connection, bindparam, delete, select, update

from aggregator.store import search_index
from aggregator.store.schema.tables import counters, items, sketches, texts
from aggregator.store.schema.text_columns import packed_values
from aggregator.store.sql.dialect import AnyRow, is_sqlite
from aggregator.store.sql.dialect_search import drop_former_search
from aggregator.store.sql.statements import in_batches

COUNTER = "conversion to 0016"
BLOCKS_PER_ITEM = 5  # blocks of the former search index that are deleted in the time of one item
_ITEM: BindParameter[int] = bindparam("item")
_PACK = update(texts).where(texts.c.item_id == _ITEM)
_FEATURES = update(sketches).where(sketches.c.item_id == _ITEM)
_EXCERPT = update(items).where(items.c.id == _ITEM)


def last_unconverted(connection: Connection) -> int | None:
    """Return the highest item that may still be unconverted, 0 if only the former search index is left to drop, None
    if nothing is left."""
    last: int | None = connection.execute(select(counters.c.value).where(counters.c.name == COUNTER)).scalar()
    return last


def convert_batch(connection: Connection, limit: int) -> None:
    """Convert up to ``limit`` items, or drop a part of the former search index after the last one."""
    last = last_unconverted(connection)
    if last is None:
        return
    if last == 0:
        if drop_former_search(connection, limit * BLOCKS_PER_ITEM):
            connection.execute(delete(counters).where(counters.c.name == COUNTER))
        return
    query = select(texts.c.item_id, texts.c.html, texts.c.text, texts.c.packed.is_(None).label("plain"), items.c.title)
    query = query.join(items, items.c.id == texts.c.item_id)
    rows = connection.execute(query.where(texts.c.item_id <= last).order_by(texts.c.item_id.desc()).limit(limit)).all()
    _pack(connection, [row for row in rows if row.plain and (row.html is not None or row.text)])
    item_ids = [row.item_id for row in rows]
    search_index.convert_index(connection, item_ids)
    if is_sqlite(connection):
        _pack_excerpts(connection, item_ids)
    reached = rows[-1].item_id - 1 if len(rows) == limit else 0
    connection.execute(update(counters).where(counters.c.name == COUNTER).values(value=reached))


def _pack(connection: Connection, rows: Sequence[AnyRow]) -> None:
    from aggregator.steps.stories.features import build_features  # loads numpy, which few databases need here

    if not rows:
        return
    features = [{"item": row.item_id, "features": build_features(row.title, row.text)} for row in rows]
    connection.execute(_FEATURES, features)
    connection.execute(_PACK, [{"item": row.item_id, **packed_values(row.html, row.text)} for row in rows])


def _pack_excerpts(connection: Connection, item_ids: Sequence[int]) -> None:
    """Write the excerpts again, in the form that their column has now."""
    for batch in in_batches(item_ids):
        rows = connection.execute(select(items.c.id, items.c.excerpt).where(items.c.id.in_(batch))).all()
        connection.execute(_EXCERPT, [{"item": row.id, "excerpt": row.excerpt} for row in rows])
