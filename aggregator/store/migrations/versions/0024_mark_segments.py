"""The index of fingerprints and key terms as sorted segments instead of a B-tree; hashes of 32 bits.

Stored sketches keep their 64 bits until their item is edited; of each hash the low bits are used.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_BATCH = 10_000  # items of a segment
_BITS = (1 << 31) - 1  # of a hash; key terms have the next bit as well
_BLOCK_BITS = 24
_PRUNED = "fingerprints pruned"  # counter of the former index
_big_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_texts = sa.table("texts", *(sa.column(name) for name in ("item_id", "marks", "topics")))
_counters = sa.table("counters", sa.column("name"), sa.column("value"))
_Row = Sequence[Any]


def upgrade() -> None:
    segments = op.create_table(
        "mark_segments",
        sa.Column("id", _big_id, primary_key=True, autoincrement=False),
        sa.Column("first_item", sa.BigInteger, nullable=False),
        sa.Column("last_item", sa.BigInteger, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("oldest_text", sa.BigInteger, nullable=False),
        sa.Column("fences", sa.LargeBinary, nullable=False),
    )
    blocks = op.create_table(
        "mark_blocks",
        sa.Column("id", _big_id, primary_key=True, autoincrement=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "voided_marks",
        sa.Column("item_id", _big_id, primary_key=True, autoincrement=False),
        sa.Column("segment_id", sa.BigInteger, nullable=False),
    )
    connection = op.get_bind()
    pruned = connection.execute(sa.select(_counters.c.value).where(_counters.c.name == _PRUNED)).scalar() or 0
    for number, rows in enumerate(_batches(), start=1):
        _fill_segment(segments, blocks, number, rows, pruned)
    connection.execute(sa.delete(_counters).where(_counters.c.name == _PRUNED))
    op.drop_table("marks")


def _batches() -> Iterator[Sequence[_Row]]:
    query = sa.select(_texts).order_by(_texts.c.item_id).limit(_BATCH)
    rows = op.get_bind().execute(query).all()
    while rows:
        yield rows
        rows = op.get_bind().execute(query.where(_texts.c.item_id > rows[-1].item_id)).all()


def _fill_segment(segments: sa.Table, blocks: sa.Table, number: int, rows: Sequence[_Row], pruned: int) -> None:
    import numpy as np  # an empty database, and one of this version, need neither

    from aggregator.store.mark_segments import fences_of, pack_entries, pack_fences, split_blocks

    parts = [
        *((item, np.frombuffer(packed, np.int64) & _BITS) for item, packed, _ in rows if item > pruned),
        *((item, np.frombuffer(packed, np.int64) & _BITS | _BITS + 1) for item, _, packed in rows),
    ]
    marks = np.concatenate([hashes for _, hashes in parts])
    if not marks.size:
        return
    first, last = rows[0][0], rows[-1][0]
    items = np.repeat([item for item, _ in parts], [hashes.size for _, hashes in parts])
    entries = pack_entries(marks, items, first)
    connection = op.get_bind()
    fences = pack_fences(fences_of(entries))
    values = {"id": number, "first_item": first, "last_item": last, "size": entries.size, "fences": fences}
    connection.execute(segments.insert(), values | {"oldest_text": max(first, pruned + 1)})
    packed = enumerate(split_blocks(entries), start=number << _BLOCK_BITS)
    connection.execute(blocks.insert(), [{"id": place, "packed": block} for place, block in packed])


def downgrade() -> None:
    """Fill the former index; hashes of 32 bits, of later items, are found by none of earlier versions."""
    marks = op.create_table(
        "marks",
        sa.Column("mark", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("item_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    for rows in _batches():
        for item, fingerprints, key_terms in rows:
            hashes = [_int64s(fingerprints), _int64s(key_terms)]
            changed = {"marks": hashes[0].tobytes(), "topics": hashes[1].tobytes()}
            connection.execute(_texts.update().where(_texts.c.item_id == item).values(changed))
            pairs = [{"mark": mark, "item_id": item} for mark in {*hashes[0].tolist(), *hashes[1].tolist()}]
            if pairs:
                connection.execute(marks.insert(), pairs)
    for name in ("voided_marks", "mark_blocks", "mark_segments"):
        op.drop_table(name)


def _int64s(packed: bytes) -> array[int]:
    if len(packed) % 8 == 0:
        return array("q", packed)
    return array("q", array("I", packed[1:]).tolist())
