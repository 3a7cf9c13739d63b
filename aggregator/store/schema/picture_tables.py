"""The tables of pictures and thumbnails."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, Table, Text

from aggregator.store.schema.columns import metadata, partial_index, text_column, time_column
from aggregator.store.sql.dialect import BigId

pictures = Table(  # one row for each address of a picture, whatever the number of its items
    "pictures",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),  # model.pictures.picture_id
    text_column("url", nullable=False),
    text_column("host", nullable=False),  # urls.host_key
    text_column("lease_owner"),
    time_column("due"),  # next attempt, or end of the lease; empty: stored, evicted, or given up for ``reason``
    Column("attempts", Integer, nullable=False, server_default="0"),
    text_column("reason"),
    Column("width", Integer),  # of the largest thumbnail, in pixels
    Column("height", Integer),
    Column("size", Integer, nullable=False, server_default="0"),  # bytes of all its thumbnails; 0: none is stored
    time_column("used"),  # last request, to the hour
)
partial_index("pictures_due", pictures, "due", "due IS NOT NULL")
partial_index("pictures_used", pictures, "used size", "size > 0")

thumbnails = Table(
    "thumbnails",
    metadata,
    Column("picture_id", BigId, ForeignKey("pictures.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("width", Integer, primary_key=True, autoincrement=False),  # nominal (model.pictures.WIDTHS)
    Column("body", LargeBinary, nullable=False),  # WebP
)

item_pictures = Table(
    "item_pictures",
    metadata,
    Column("item_id", BigId, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("picture_id", BigInteger, primary_key=True, autoincrement=False),
    Column("is_lead", Boolean, nullable=False),  # represents the item
    sqlite_with_rowid=False,
)
partial_index("item_pictures_picture", item_pictures, "picture_id")

secrets = Table(  # random keys, made when they are first needed
    "secrets", metadata, Column("name", Text, primary_key=True), Column("value", LargeBinary, nullable=False)
)
