"""The tables by which items are found and compared: sketches, and the index of their hashes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table

from aggregator.store.schema.columns import metadata
from aggregator.store.sql.dialect import BigId

sketches = Table(  # apart from texts, which comparing does not read; on PostgreSQL without the foreign key
    "sketches",
    metadata,
    Column("item_id", BigId, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("fingerprints", LargeBinary, nullable=False),  # rows.pack_hashes
    Column("key_terms", LargeBinary, nullable=False),
    Column("features", LargeBinary),  # steps.stories.features; empty for rows of earlier versions
)

mark_segments = Table(  # index of fingerprints and key terms: which items have this hash (``store.mark_index``)
    "mark_segments",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("first_item", BigInteger, nullable=False),
    Column("last_item", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),  # entries
    Column("oldest_text", BigInteger, nullable=False),  # lowest item of which it may have fingerprints
    Column("fences", LargeBinary, nullable=False),  # uint32: the first hash of each block
    Column("first_block", Integer, nullable=False, server_default="0"),  # its number within the segment
)

mark_blocks = Table(
    "mark_blocks",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),  # segment << 24 | number within it
    Column("packed", LargeBinary, nullable=False),  # uint64: hash << 32 | item - first_item
)

voided_marks = Table(  # items whose entries in this and older segments are void, because they were edited or withdrawn
    "voided_marks",
    metadata,
    Column("item_id", BigId, primary_key=True, autoincrement=False),
    Column("segment_id", BigInteger, nullable=False),
)
