"""Texts of items, and the index of their fingerprints and key terms (table ``marks``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from aggregator.model import Draft
from aggregator.store.rows import pack_int64s, unpack_int64s
from aggregator.store.schema.tables import counters, items, texts
from aggregator.store.schema.text_columns import PLAIN_TEXT, frame_values, packed_values
from aggregator.store.sql import dialect
from aggregator.store.sql.statements import execute_rows, in_batches, in_list, upsert

_TEXTS = insert(texts)
_TEXT = select(texts.c.item_id, PLAIN_TEXT).where(in_list(texts.c.item_id, "ids"))
_PRUNED = "fingerprints pruned"  # counter: the highest item whose index rows were deleted because of its age


def add_texts(connection: Connection, drafts_by_item: Iterable[tuple[int, Draft]]) -> None:
    """Insert the texts of items and index their fingerprints and key terms."""
    rows, pairs = [], []
    for item_id, draft in drafts_by_item:
        sketch = draft.sketch
        blobs = {
            "marks": pack_int64s(sketch.fingerprints),
            "topics": pack_int64s(sketch.key_terms),
            "features": draft.features,
        }
        rows.append({"item_id": item_id, **_packed_values(draft), **blobs})
        pairs += [(mark, item_id) for mark in {*sketch.fingerprints, *sketch.key_terms}]
    execute_rows(connection, _TEXTS, rows)
    if pairs:
        # sorted, so that neighbouring rows of the B-tree are written together
        dialect.insert_marks(connection, sorted(pairs))


def _packed_values(draft: Draft) -> dict[str, Any]:
    if draft.stored_text:
        return frame_values(draft.stored_text.frame)
    return packed_values(draft.html, draft.text)


def texts_of(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return item -> its normalized text."""
    return dialect.key_value_dict(connection, _TEXT, {"ids": ids}) if ids else {}


def delete_texts(connection: Connection, ids: Sequence[int]) -> None:
    """Delete the texts of items and their index rows."""
    delete_marks(connection, ids)
    for chunk in in_batches(ids):
        connection.execute(delete(texts).where(texts.c.item_id.in_(chunk)))


def delete_marks(connection: Connection, ids: Sequence[int], *, key_terms: bool = True) -> None:
    """Delete the index rows of items, or only those of fingerprints; needs their texts."""
    pairs: list[tuple[int, int]] = []
    for chunk in in_batches(ids):
        query = select(texts.c.item_id, texts.c.marks, texts.c.topics).where(texts.c.item_id.in_(chunk))
        for item_id, of_text, of_topics in connection.execute(query):
            marks = {*unpack_int64s(of_text), *(unpack_int64s(of_topics) if key_terms else ())}
            pairs += [(mark, item_id) for mark in marks]
    if pairs:
        dialect.delete_marks(connection, sorted(pairs))


def prune_marks(connection: Connection, before: datetime, limit: int) -> bool:
    """Delete the index rows of the fingerprints of up to ``limit`` items first seen before ``before``.

    Returns whether there may be more. The texts keep their fingerprints, and the index the key terms, by which related
    items are found. Ids increase with ``first_seen``, so one number holds the progress.
    """
    reached = connection.execute(select(counters.c.value).where(counters.c.name == _PRUNED)).scalar() or 0
    query = select(items.c.id, items.c.first_seen).where(items.c.id > reached).order_by(items.c.id).limit(limit)
    rows = connection.execute(query).all()
    ids = [row.id for row in takewhile(lambda row: row.first_seen < before, rows)]
    if ids:
        delete_marks(connection, ids, key_terms=False)
        connection.execute(upsert(connection, counters, "name", replace="value"), [{"name": _PRUNED, "value": ids[-1]}])
    return len(ids) == limit
