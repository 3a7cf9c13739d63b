"""Texts and sketches of items; by their fingerprints and key terms they are found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from aggregator.model import Draft, Sketch
from aggregator.store.open_changes import open_changes
from aggregator.store.rows import pack_hashes
from aggregator.store.schema.tables import sketches, texts
from aggregator.store.schema.text_columns import PLAIN_TEXT, frame_values, packed_values
from aggregator.store.sql import dialect
from aggregator.store.sql.statements import execute_rows, in_batches, in_list

_TEXTS, _SKETCHES = insert(texts), insert(sketches)
_TEXT = select(texts.c.item_id, PLAIN_TEXT).where(in_list(texts.c.item_id, "ids"))


def add_texts(connection: Connection, drafts_by_item: Iterable[tuple[int, Draft]]) -> None:
    """Insert the texts and sketches of items, and index their fingerprints and key terms."""
    drafts = dict(drafts_by_item)
    execute_rows(
        connection, _TEXTS, [{"item_id": item_id, **_packed_values(draft)} for item_id, draft in drafts.items()]
    )
    execute_rows(connection, _SKETCHES, [sketch_row(item_id, draft) for item_id, draft in drafts.items()])
    add_marks(connection, {item_id: draft.sketch for item_id, draft in drafts.items()})


def sketch_row(item_id: int, draft: Draft) -> dict[str, Any]:
    """Return the row of ``sketches`` of an item."""
    return {
        "item_id": item_id,
        "fingerprints": pack_hashes(draft.sketch.fingerprints),
        "key_terms": pack_hashes(draft.sketch.key_terms),
        "features": draft.features,
    }


def add_marks(connection: Connection, sketches: Mapping[int, Sketch]) -> None:
    """Let items be found by their fingerprints and key terms, when the transaction ends."""
    open_changes(connection).marks.update(sketches)


def void_marks(connection: Connection, ids: Sequence[int]) -> None:
    """Let items no longer be found by their fingerprints and key terms, when the transaction ends."""
    open_changes(connection).void(ids)


def _packed_values(draft: Draft) -> dict[str, Any]:
    if draft.stored_text:
        return frame_values(draft.stored_text.frame)
    return packed_values(draft.html, draft.text)


def texts_of(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return item -> its normalized text."""
    return dialect.key_value_dict(connection, _TEXT, {"ids": ids}) if ids else {}


def delete_texts(connection: Connection, ids: Sequence[int]) -> None:
    """Delete the texts and sketches of items, which are no longer found by their fingerprints and key terms."""
    void_marks(connection, ids)
    delete_rows(connection, ids)


def delete_rows(connection: Connection, ids: Sequence[int]) -> None:
    """Delete the texts and sketches of items that are deleted."""
    for chunk in in_batches(ids):
        for table in (texts, sketches):
            connection.execute(delete(table).where(table.c.item_id.in_(chunk)))
