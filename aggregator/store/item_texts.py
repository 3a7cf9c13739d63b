"""Texts of items, and the index of their fingerprints and key terms (table ``marks``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from aggregator.model import Draft
from aggregator.store.rows import pack_int64s, unpack_int64s
from aggregator.store.schema.tables import texts
from aggregator.store.sql import dialect
from aggregator.store.sql.dialect import storable
from aggregator.store.sql.statements import in_batches, in_list

_TEXTS = insert(texts)
_TEXT = select(texts.c.item_id, texts.c.text).where(in_list(texts.c.item_id, "ids"))


def add_texts(connection: Connection, ids: Mapping[str, int], drafts: Iterable[Draft]) -> None:
    """Insert the texts of new items and index their fingerprints and key terms."""
    rows, pairs = [], []
    for draft in drafts:
        item_id = ids[draft.uid]
        sketch = draft.sketch
        blobs = {
            "marks": pack_int64s(sketch.fingerprints),
            "topics": pack_int64s(sketch.key_terms),
            "features": draft.features,
        }
        rows.append({"item_id": item_id, "html": storable(draft.html), "text": storable(draft.text), **blobs})
        pairs += [(mark, item_id) for mark in {*sketch.fingerprints, *sketch.key_terms}]
    connection.execute(_TEXTS, rows)
    if pairs:
        # sorted, so that neighbouring rows of the B-tree are written together
        dialect.insert_marks(connection, sorted(pairs))


def texts_of(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return item -> its normalized text."""
    return dialect.key_value_dict(connection, _TEXT, {"ids": ids}) if ids else {}


def delete_texts(connection: Connection, ids: Sequence[int]) -> None:
    """Delete the texts of items and their index rows."""
    delete_marks(connection, ids)
    for chunk in in_batches(ids):
        connection.execute(delete(texts).where(texts.c.item_id.in_(chunk)))


def delete_marks(connection: Connection, ids: Sequence[int]) -> None:
    """Delete the index rows of items; needs their texts."""
    pairs: list[tuple[int, int]] = []
    for chunk in in_batches(ids):
        query = select(texts.c.item_id, texts.c.marks, texts.c.topics).where(texts.c.item_id.in_(chunk))
        for item_id, of_text, of_topics in connection.execute(query):
            pairs += [(mark, item_id) for mark in {*unpack_int64s(of_text), *unpack_int64s(of_topics)}]
    if pairs:
        dialect.delete_marks(connection, sorted(pairs))
